"""The timetable of a rule with a timer: which matches are due, and what changes keep or move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from infobip_rules.engine.network.timetable import Timetable, is_kept
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.rules.model import RuleTimer
from infobip_rules.engine.rules.moment import MOMENT
from tests.engine.parts import NOON, fact, match, signal

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def test_a_match_waits_and_keeps_its_moment_when_it_is_judged_anew() -> None:
    timetable, found = Timetable(RuleTimer(first=5.0)), match(fact(1))
    assert not timetable.comes(found, again=False)
    MOMENT.set(NOON + SECOND)
    assert not timetable.comes(found, again=True)
    assert list(timetable) == [(found, Due(moment=NOON + 5 * SECOND))]


def test_without_delay_it_fires_at_once_and_waits_for_the_next_time() -> None:
    timetable, found = Timetable(RuleTimer(every=5.0)), match(fact(1))
    assert timetable.comes(found, again=False)
    assert list(timetable) == [(found, Due(moment=NOON + 5 * SECOND))]


def test_at_its_moment_it_is_released_once() -> None:
    timetable, found = Timetable(RuleTimer(first=5.0)), match(fact(1))
    timetable.comes(found, again=False)
    assert timetable.release(NOON) == []
    assert timetable.release(NOON + 5 * SECOND) == [found]
    assert timetable.release(NOON + 5 * SECOND) == []


def test_what_has_fired_for_the_last_time_fires_at_once_when_it_changes() -> None:
    timetable, found = Timetable(RuleTimer(first=5.0)), match(fact(1))
    assert timetable.comes(found, again=True)


def test_a_muted_match_is_passed_over_until_something_else_changes_it() -> None:
    timetable, found = Timetable(RuleTimer(first=5.0, every=5.0)), match(fact(1))
    timetable.comes(found, again=False)
    timetable.mute(found)
    assert timetable.release(NOON + 5 * SECOND) == []
    MOMENT.set(NOON + 6 * SECOND)
    assert not timetable.comes(found, again=True)
    assert list(timetable) == [(found, Due(moment=NOON + 10 * SECOND))]


def test_what_is_gone_or_removed_waits_no_more() -> None:
    timetable, element = Timetable(RuleTimer(first=5.0)), fact(1)
    gone, removed = match(element), match(fact(2))
    for found in (gone, removed):
        timetable.comes(found, again=False)
    element.gone = True
    timetable.remove(removed)
    timetable.mute(removed)
    assert list(timetable) == []


def test_a_signal_that_is_kept_brings_no_new_match_about() -> None:
    kept = signal()
    assert not is_kept(kept)
    kept.id = 3
    assert is_kept(kept)
    assert not is_kept(fact(3))
    timetable = Timetable(RuleTimer())
    assert not timetable.comes(match(kept), again=False)
    assert list(timetable) == []
