"""Jobs and verdicts: what one signal comes to, in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.evaluators.jobs import InProcessEvaluator, SessionJob, SignalJob, judge, put_off
from infobip_rules.rulefiles.loader import load_rules

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
RULES = """
from infobip_rules import Signal
from infobip_rules.lang import *

class Tick(Signal):
    n: int

@route
def by_number(signal):
    return "moved" if signal.n == 7 else None

with ruleset("r"):
    @when_all(c.tick << signal(Tick))
    def fails(c):
        if c.tick.n == 0:
            1 / 0
"""


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    (tmp_path / "ticks.py").write_text(RULES, encoding="utf-8")
    return load_rules([tmp_path])


def job(*payloads: str, kind: str = "Tick", unrouted: bool = False, traced: bool = False) -> SessionJob:
    signals = tuple(
        SignalJob(number, kind, payload, unrouted=unrouted) for number, payload in enumerate(payloads, start=1)
    )
    return SessionJob("385981234567", None, signals, NOW, traced=traced, hasty=True)


@pytest.mark.parametrize(
    ("payload", "kind", "said"),
    [
        ('{"n": 1}', "Tock", "No rule file knows signals of type Tock"),
        ('{"n": "many"}', "Tick", "A stored Tick no longer fits its type: n"),
        ("{}", "Tick", "A stored Tick no longer fits its type: n: Field required"),
        ("{", "Tick", "A stored Tick no longer fits its type"),
    ],
)
def test_a_stored_signal_that_can_not_be_read_is_given_up_with_its_reason(
    rulebook: Rulebook, payload: str, kind: str, said: str
) -> None:
    given = job(payload, kind=kind)
    verdict = judge(rulebook, given, given.signals[0], None, channels=BUILT_IN)
    assert verdict.error is not None
    assert said in verdict.error.fact
    assert verdict.effects is None


def test_a_signal_of_another_session_is_moved_and_not_evaluated(rulebook: Rulebook) -> None:
    given = job('{"n": 7}', unrouted=True, traced=True)
    verdict = judge(rulebook, given, given.signals[0], None, channels=BUILT_IN)
    assert (verdict.moved, verdict.effects, verdict.error, verdict.trace) == ("moved", None, None, None)


def test_an_error_has_a_trace_if_one_is_wanted_and_keeps_none_of_the_rules_frames(rulebook: Rulebook) -> None:
    given = job('{"n": 0}', traced=True)
    verdict = judge(rulebook, given, given.signals[0], None, channels=BUILT_IN)
    assert verdict.error is not None
    assert (verdict.error.__traceback__, verdict.error.__cause__) == (None, None)
    assert verdict.trace is not None
    assert b"fails" in verdict.trace


async def test_behind_an_error_the_signals_of_a_session_go_on_from_the_state_before(rulebook: Rulebook) -> None:
    evaluator = InProcessEvaluator(rulebook, channels=BUILT_IN)
    (verdicts,) = await evaluator.evaluate([job('{"n": 1}', '{"n": 0}', '{"n": 2}')])
    assert [verdict.error is None for verdict in verdicts] == [True, False, True]
    assert [verdict.put_off for verdict in verdicts] == [False] * 3


def test_what_is_put_off_says_that_it_is_tried_again() -> None:
    verdict = put_off(SignalJob(5, "Tick", "{}"))
    assert (verdict.signal, verdict.put_off, verdict.effects) == (5, True, None)
    assert verdict.error is not None
    assert "tried again" in verdict.error.remedy
