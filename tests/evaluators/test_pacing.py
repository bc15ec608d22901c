"""Pace: what is done beside the work takes its share of the time and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.explain.trace import Trace
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, judge
from infobip_rules.evaluators.pacing import Pace
from tests.channels.composing import Numbered
from tests.engine.sessions import ANA, NOON, load


class Stopwatch:
    """Seconds that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_nothing_until_time_has_passed() -> None:
    seconds = Stopwatch()
    pace = Pace(share=0.1, burst=1.0, seconds=seconds)
    assert pace.allows()
    pace.spend(1.5)
    assert not pace.allows()
    seconds.now += 4.9
    assert not pace.allows()
    seconds.now += 0.2
    assert pace.allows()


def test_over_a_long_time_it_is_the_share() -> None:
    seconds, spent = Stopwatch(), 0.0
    pace = Pace(share=0.1, burst=1.0, seconds=seconds)
    for _ in range(100_000):
        seconds.now += 0.01
        if pace.allows():
            pace.spend(0.02)
            spent += 0.02
    assert spent / seconds.now == pytest.approx(0.1, rel=0.02)


def test_idle_time_is_not_saved_up_beyond_a_burst() -> None:
    seconds = Stopwatch()
    pace = Pace(share=0.1, burst=1.0, seconds=seconds)
    seconds.now += 1_000_000
    assert pace.allows()
    pace.spend(1.1)
    assert not pace.allows()


@pytest.mark.parametrize(("body", "kept"), [("pass", False), ("raise ValueError('no')", True)])
def test_where_there_is_no_time_only_errors_have_a_trace(tmp_path: Path, body: str, kept: bool) -> None:
    rulebook = load(tmp_path, f'with ruleset("t"):\n    @when_all(signal(Tick))\n    def act(c): {body}\n')
    signal = SignalJob(id=5, kind="Tick", payload="{}")
    job = SessionJob(key=ANA, state=None, signals=(signal,), now=NOON, traced=True)
    pace = Pace(share=0.0, burst=1.0)
    pace.spend(2.0)
    verdict = judge(rulebook, job, signal, None, channels=Numbered(), pace=pace)
    assert (verdict.trace is not None) == kept
    if verdict.trace is not None:
        assert Trace.from_json(verdict.trace).error is not None
