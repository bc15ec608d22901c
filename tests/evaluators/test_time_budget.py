"""Evaluations that others wait behind are interrupted, whatever they do, and the sooner the more of them there are."""

from __future__ import annotations

import re
import signal
import threading
import time
from contextlib import suppress

import pytest

from infobip_rules.evaluators.time_budget import LEAST, MOST, TimeBudget, interrupted_after


def loop() -> None:
    while True:
        pass


def match() -> None:
    re.fullmatch("(a*)*b", "a" * 40)


def swallow() -> str:
    with suppress(BaseException):
        loop()
    return "went on"


@pytest.mark.parametrize("hanging", [loop, match, swallow, lambda: time.sleep(3_600), lambda: threading.Event().wait()])
def test_what_takes_too_long_is_interrupted(hanging: object) -> None:
    assert interrupted_after(0.05, hanging) is None  # type: ignore[arg-type]


def test_what_is_in_time_comes_to_what_it_comes_to() -> None:
    assert interrupted_after(60, lambda: "done") == "done"


def test_an_error_passes() -> None:
    with pytest.raises(ZeroDivisionError):
        interrupted_after(60, lambda: 1 / 0)


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)

    interrupted_after(0.01, loop)
    for _ in range(1_000):
        if signal.getsignal(signal.SIGALRM) is before:
            break
        threading.Event().wait(0.01)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_patience_shrinks_with_what_was_waited_for_in_vain_and_grows_again() -> None:
    moment = [0.0]
    budget = TimeBudget(seconds=lambda: moment[0])

    def hang() -> None:
        moment[0] += budget.left + 0.01
        loop()

    assert budget.left == MOST
    for _ in range(3):
        assert budget.wait_for(hang) is None
    assert budget.left == LEAST
    moment[0] += 60
    assert budget.left == MOST
    assert budget.wait_for(lambda: "done") == "done"
    assert budget.left == MOST
