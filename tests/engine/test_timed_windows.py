"""Signals that a rule with a timer sees through a window: loaded again, they leave it as in a session that never ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import orjson
import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Pattern, Rule, RuleTimer, Window
from infobip_rules.signals import MomentCame
from tests.engine.sessions import NOON
from tests.engine.test_immortal_features import DO, Do
from tests.engine.test_immortal_timers import SIGNAL, Lasting, Saved
from tests.engine.test_timed_waiting import rule

LATEST, BRIEFLY = Window(kind="length", size=1), Window(kind="time", size=15)


def waiting(name: str, window: Window, *, order: int = 0, seconds: float = 20, every: float | None = None) -> Rule:
    """A rule that fires some time after a signal, if that is in the window still."""
    pattern: Pattern = replace(SIGNAL, alias="signal", window=window)
    timer = RuleTimer(first=seconds, every=every)
    return replace(rule(name, "A", order=order), timer=timer, branches=((pattern,),))


def saying(number: int) -> Do:
    return Do(what="", kind="", x=number, y=0)


class Both:
    """A session that is saved at every signal and one that never ended, which must do the same."""

    def __init__(self, *rules: Rule) -> None:
        rulebook = Rulebook([DO, *rules])
        self.saved, self.lasting = Saved(rulebook), Lasting(rulebook)

    def tell(self, seconds: float, signal: Do | None = None) -> list[str]:
        """What fires some seconds after noon upon a signal, or because a match is due then."""
        now = NOON + timedelta(seconds=seconds)
        if signal is None:
            assert now in self.saved.moments
        self.saved.now = self.lasting.now = now
        arriving = [MomentCame(moment=now) if signal is None else signal]
        fired = self.saved.tell(arriving)
        assert fired == self.lasting.tell(arriving)
        assert not isinstance(fired, str)
        assert self.saved.moments == self.lasting.moments
        return [name for name, _ in fired if name != "t/do"]

    @property
    def waits_for(self) -> Sequence[datetime]:
        return sorted(self.saved.moments)

    @property
    def windows(self) -> Mapping[str, list[int]]:
        """The numbers of the signals in each window that is not empty, as they are stored."""
        left = orjson.loads(self.saved.state or b"").get("left", {})
        return {name: [number for number, _ in inside] for name, inside in left.get("windows", {}).items() if inside}


def test_a_signal_that_has_grown_too_old_for_its_window_is_waited_with_no_more() -> None:
    session = Both(waiting("late", BRIEFLY))
    session.tell(0, saying(1))
    session.tell(5, saying(2))
    assert session.windows == {"Do() time:15 of t/late 0 0": [1, 2]}
    session.tell(16, saying(3))
    assert session.windows == {"Do() time:15 of t/late 0 0": [2, 3]}
    assert session.waits_for == [NOON + timedelta(seconds=25), NOON + timedelta(seconds=36)]


def test_nor_does_a_match_fire_when_the_signal_grew_too_old_just_before() -> None:
    session = Both(waiting("late", BRIEFLY))
    session.tell(0, saying(1))
    assert session.tell(20) == []
    assert session.waits_for == []


def test_a_signal_that_is_young_enough_is_waited_with() -> None:
    session = Both(waiting("late", BRIEFLY, seconds=10))
    session.tell(0, saying(1))
    assert session.tell(10) == ["t/late"]


def test_of_signals_in_a_window_of_one_the_latest_alone_is_waited_with() -> None:
    session = Both(waiting("late", LATEST))
    session.tell(0, saying(1))
    session.tell(5, saying(2))
    assert session.waits_for == [NOON + timedelta(seconds=25)]
    assert session.tell(25) == ["t/late"]


def test_a_repeating_timer_ends_when_the_signal_leaves_the_window() -> None:
    session = Both(waiting("again", BRIEFLY, seconds=0, every=10))
    assert session.tell(0, saying(1)) == ["t/again"]
    assert session.tell(10) == ["t/again"]
    assert session.tell(20) == []
    assert session.waits_for == []


@pytest.mark.parametrize("sooner", [0, 1])
def test_rules_that_look_through_equal_windows_have_each_their_own(sooner: int) -> None:
    rules = [
        waiting("sooner", LATEST, order=sooner, seconds=10),
        waiting("later", LATEST, order=1 - sooner, seconds=30),
    ]
    session = Both(*rules)
    session.tell(0, saying(1))
    assert session.tell(10) == ["t/sooner"]
    assert session.windows == {"Do() length:1 of t/later 0 0": [1]}
    session.tell(15, saying(2))
    assert session.tell(25) == ["t/sooner"]
    assert session.tell(45) == ["t/later"]
    assert session.waits_for == []


def test_a_window_that_a_deploy_put_before_a_signal_takes_in_what_waits() -> None:
    session = Both(replace(waiting("late", LATEST), branches=((replace(SIGNAL, alias="signal"),),)))
    for number in (1, 2):
        session.tell(0, saying(number))
    session.saved.rulebook = Rulebook([DO, waiting("late", LATEST)])
    session.saved.now = NOON + timedelta(seconds=20)
    assert session.saved.tell([MomentCame(moment=session.saved.now)]) == [("t/late", ("Do",))]
