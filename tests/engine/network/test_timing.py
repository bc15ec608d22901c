"""Moments at which the matches of a rule with a timer fire."""

from __future__ import annotations

from datetime import timedelta

from infobip_rules.engine.network.timing import Due, due_again, due_unmuted, first_due, next_due
from infobip_rules.engine.rules.model import RuleTimer
from tests.engine.parts import NOON

SECOND = timedelta(seconds=1)


def test_the_first_time_is_after_the_delay_from_now_or_from_the_start() -> None:
    assert first_due(RuleTimer(first=5.0), NOON) == Due(moment=NOON + 5 * SECOND)
    assert first_due(RuleTimer(first=5.0, start=NOON + SECOND), NOON) == Due(moment=NOON + 6 * SECOND)
    assert first_due(RuleTimer(first=5.0, start=NOON - SECOND), NOON) == Due(moment=NOON + 5 * SECOND)


def test_nothing_is_due_after_the_end_or_beyond_the_calendar() -> None:
    assert first_due(RuleTimer(first=5.0, end=NOON + 5 * SECOND), NOON) is not None
    assert first_due(RuleTimer(first=5.0, end=NOON + 4 * SECOND), NOON) is None
    assert first_due(RuleTimer(first=1e12), NOON) is None
    assert next_due(RuleTimer(every=1e12), Due(moment=NOON), NOON) is None


def test_moments_that_were_missed_are_left_out() -> None:
    timer, due = RuleTimer(first=0.0, every=10.0), Due(moment=NOON)
    assert next_due(timer, due, NOON) == Due(moment=NOON + 10 * SECOND)
    assert next_due(timer, due, NOON + 35 * SECOND) == Due(moment=NOON + 40 * SECOND)


def test_the_last_firing_is_followed_by_none_and_a_single_one_is_the_last() -> None:
    assert next_due(RuleTimer(every=10.0), Due(moment=NOON, left=1), NOON) is None
    assert next_due(RuleTimer(every=10.0), Due(moment=NOON, left=2), NOON) == Due(moment=NOON + 10 * SECOND, left=1)
    assert next_due(RuleTimer(first=1.0), Due(moment=NOON), NOON) is None


def test_a_match_that_has_fired_for_the_last_time_fires_at_once_when_it_is_judged_anew() -> None:
    assert due_again(RuleTimer(first=5.0, firings=2), NOON) == Due(moment=NOON, left=2)
    assert due_again(RuleTimer(first=5.0, end=NOON - SECOND), NOON) is None


def test_a_muted_match_goes_on_at_the_next_of_its_moments() -> None:
    timer = RuleTimer(first=5.0, every=10.0)
    coming, passed = Due(moment=NOON + SECOND, muted=True), Due(moment=NOON, muted=True)
    assert due_unmuted(timer, coming, NOON) == Due(moment=NOON + SECOND)
    assert due_unmuted(timer, passed, NOON) == Due(moment=NOON + 10 * SECOND)
