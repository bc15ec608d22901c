"""The trace that is built of an evaluation: what fired and did, what failed, and never at the cost of the signal."""

from __future__ import annotations

import gc
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain import trace_builder as tracing
from infobip_rules.engine.explain.story import missed_sentence, story
from infobip_rules.engine.explain.trace import Trace, TracedError
from infobip_rules.engine.explain.trace_builder import NEAREST, Occasion, failed_trace, make_trace, with_failure
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators import jobs
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, judge
from tests.channels.composing import Numbered
from tests.engine.explain.traced import FAILING, QUIZ, traced
from tests.engine.sessions import AGENT, ANA, NOON, load, received


def test_a_rule_that_fired_is_told_with_what_it_matched_and_did(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        '''Reply to received SMS.'''
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "Hi")
        c.modify(c.client, identifier="ana")
        c.insert(Note(n=2))
        c.delete(c.signal)
    """,
    )
    session.tell(received("Hello"), opening=(AGENT,))
    (fired,) = session.trace.fired
    assert [(matched.alias, matched.element) for matched in fired.matched] == [
        ("signal", "InfobipSmsReceivedMessage"),
        ("client", "ClientAgent#1"),
    ]
    assert fired.matched[0].value["text"] == "Hello"
    assert [(message.to, message.text) for message in fired.messages] == [(ANA, "Hi")]
    assert [(change.kind, change.element, change.before, change.after) for change in fired.changes] == [
        ("changed", "ClientAgent#1", {"identifier": ""}, {"identifier": "ana"}),
        ("inserted", "Note#2", {}, {"n": 2}),
        ("deleted", "InfobipSmsReceivedMessage", {}, {}),
    ]
    assert story(session.trace) == (
        "*Reply to received SMS* fired: signal matched, client found; "
        "sent 1 message, changed ClientAgent#1 (identifier: ana), inserted Note#2, deleted InfobipSmsReceivedMessage."
    )


def test_no_loop_is_told_of_the_rule_that_fired(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order, m.total < 9), no_loop())
    def add(c): c.modify(c.order, total=c.order.total + 1)
    """,
    )
    session.tell(opening=(session.make("Order"),))
    assert [firing.notes for firing in session.trace.fired] == [("its own changes don't make it fire again (no-loop)",)]


def test_a_failed_evaluation_is_told_with_what_happened_before(tmp_path: Path) -> None:
    session = traced(tmp_path, FAILING)
    with pytest.raises(EvaluationError):
        session.tell(session.make("Tick"))
    trace = session.trace
    assert trace.error is not None
    assert trace.error.rule == "t/fail"
    assert [change.element for change in trace.fired[0].changes] == ["Note#1"]
    assert (session.missed("next").kind, session.missed("next").why) == (
        "unfinished",
        "the evaluation failed before its turn",
    )
    assert "LookupError: no" in story(trace)


def test_rules_that_run_in_circles_are_told(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.note << fact(Note, m.n >= 0))
    def again(c): c.modify(c.note, n=c.note.n + 1)
    """,
    )
    with pytest.raises(EvaluationError):
        session.tell(opening=(session.make("Note"),))
    assert len(session.trace.fired) == 21
    assert session.trace.error is not None


def job(**more: Any) -> tuple[SessionJob, SignalJob]:
    signal = SignalJob(id=5, kind="Tick", payload="{}", received_at=NOON, **more)
    return SessionJob(key=ANA, state=None, signals=(signal,), now=NOON + timedelta(seconds=1), traced=True), signal


def test_a_verdict_has_a_trace_where_one_is_wanted(tmp_path: Path) -> None:
    rulebook = load(tmp_path, f'with ruleset("t"):\n{FAILING}')
    wanted, signal = job()
    verdict = judge(rulebook, wanted, signal, None, channels=Numbered())
    trace = Trace.from_json(verdict.trace or b"")
    assert (trace.signal, trace.session, trace.received_at) == (5, ANA, NOON)
    assert trace.error is not None
    assert trace.took > 0


def test_an_evaluation_that_is_not_traced_is_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "Recorder", lambda: pytest.fail("something was recorded"))
    wanted, signal = job()
    verdict = judge(load(tmp_path, QUIZ), wanted._replace(traced=False), signal, None, channels=Numbered())
    assert verdict.trace is None


@pytest.mark.parametrize("traced", [False, True])
def test_an_evaluation_leaves_nothing_to_the_garbage_collector(tmp_path: Path, traced: bool) -> None:
    rulebook, (wanted, _) = load(tmp_path, QUIZ), job()
    signal = SignalJob(
        id=5, kind="InfobipSmsReceivedMessage", payload=received(keyword="JOIN").model_dump_json(by_alias=True)
    )

    def evaluated() -> int:
        verdict = judge(rulebook, wanted._replace(traced=traced), signal, None, channels=Numbered())
        assert verdict.effects is not None
        assert verdict.effects.fired
        return gc.collect()

    evaluated()
    gc.disable()
    try:
        assert evaluated() == 0
    finally:
        gc.enable()


def test_an_explanation_that_fails_does_not_cost_the_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracing, "find_missed_rules", lambda *_, **__: 1 / 0)
    wanted, signal = job()
    rulebook = load(tmp_path, 'with ruleset("t"):\n    @when_all(signal(Tick))\n    def note(c): c.insert(Note())\n')
    verdict = judge(rulebook, wanted, signal, None, channels=Numbered())
    assert (verdict.effects is not None, verdict.error, verdict.trace) == (True, None, None)
    assert "tracing.failed signal=5" in caplog.text


def test_a_signal_that_no_rule_file_knows_has_a_trace_with_the_error(tmp_path: Path) -> None:
    wanted, _ = job()
    unknown = SignalJob(id=6, kind="Nothing", payload="{}")
    verdict = judge(load(tmp_path, QUIZ), wanted, unknown, None, channels=Numbered())
    trace = Trace.from_json(verdict.trace or b"")
    assert trace.error is not None
    assert "No rule file knows signals of type Nothing" in trace.error.reason


def many_keywords(count: int) -> str:
    rules = "".join(
        f'    @when_all(signal(InfobipSmsReceivedMessage, m.keyword == "{word}"))\n    def r{n}(c): pass\n'
        for n, word in enumerate([*(f"WORD{n}" for n in range(count)), "ZEBRA"])
    )
    return f'with ruleset("t"):\n{rules}'


def test_of_many_rules_the_nearest_are_kept_and_the_rest_counted(tmp_path: Path) -> None:
    rulebook = load(tmp_path, many_keywords(300))
    payload = received(keyword="ZERBA").model_dump_json(by_alias=True)
    signal = SignalJob(id=5, kind="InfobipSmsReceivedMessage", payload=payload)
    wanted = SessionJob(key=ANA, state=None, signals=(signal,), now=NOON, traced=True)
    trace = Trace.from_json(judge(rulebook, wanted, signal, None, channels=Numbered()).trace or b"")
    assert (len(trace.missed), trace.more) == (NEAREST, 301 - NEAREST)
    assert missed_sentence(trace.missed[0]) == "*r300* (keyword was ZERBA)"


OCCASION = Occasion(signal=5, type="Tick", received_at=NOON, session=ANA, now=NOON)
ERROR = EvaluationError("It broke.", rule="t/fail", traceback="Traceback ...")


def test_of_an_evaluation_that_ended_its_process_only_the_error_is_known() -> None:
    trace = failed_trace(OCCASION, ERROR)
    assert (trace.signal, trace.rules, trace.fired, trace.missed, trace.fields) == (5, 0, (), (), {})
    assert trace.error == TracedError(reason=str(ERROR), rule="t/fail", traceback="Traceback ...")


def test_an_evaluation_that_never_began_has_a_trace_without_rules_that_missed(tmp_path: Path) -> None:
    trace = make_trace(OCCASION, Recorder(), load(tmp_path, QUIZ), channels=BUILT_IN)
    assert (trace.fired, trace.missed, trace.more, trace.fields) == ((), (), 0, {})
    assert trace.rules == 4


def test_an_error_that_comes_afterwards_is_put_into_the_trace(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JOIN", keyword="JOIN"))
    later = Trace.from_json(with_failure(session.trace.to_json(), ERROR))
    assert later == replace(
        session.trace, error=TracedError(reason=str(ERROR), rule="t/fail", traceback=ERROR.traceback)
    )


def test_a_fact_that_is_changed_shows_only_the_fields_that_differ(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(signal(Tick), c.order << fact(Order))
    def change(c): c.modify(c.order, total=0, number="8")
    """,
    )
    session.tell(session.make("Tick"), opening=(session.make("Order", number="7"),))
    (change,) = session.trace.fired[0].changes
    assert (change.before, change.after) == ({"number": "7"}, {"number": "8"})


def test_a_message_to_what_is_no_number_is_traced_with_the_reason(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(signal(Tick))
    def send(c): InfobipAdapterAPI.send_sms_text_message("nobody", "Hi")
    """,
    )
    session.tell(session.make("Tick"))
    (message,) = session.trace.fired[0].messages
    assert message.dropped
