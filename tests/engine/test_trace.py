"""Traces: why each rule did or did not fire, in records and in words."""

from __future__ import annotations

import contextlib
import gc
import re
from datetime import timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infobip_rules.engine.explain import trace_builder as tracing
from infobip_rules.engine.explain.story import find_missed, story, tell_missed, value_text
from infobip_rules.engine.explain.trace import Condition, MissedRule, Trace
from infobip_rules.engine.explain.trace_builder import NEAREST, Occasion, make_trace
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError, TraceError
from infobip_rules.evaluators import jobs
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, judge
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal
from tests.channels.composing import Numbered
from tests.engine.random_rules import RandomRules
from tests.engine.sessions import AGENT, ANA, NOON, Session, load, received

QUIZ = """
    with ruleset("quiz"):
        @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"), none(c.order << fact(Order)))
        def join(c):
            '''Join the quiz.'''
            c.insert(Order(number="7"))

        @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "STOP"), salience(10))
        def stop(c):
            '''Stop.'''
            c.delete(c.signal)

        @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.order << fact(Order, m.total > 3, m.paid == True))
        def thank(c):
            '''Thank a buyer.'''

        @when_all(c.report << signal(InfobipSmsReceivedReport))
        def note(c):
            '''Note a report.'''
    """


class Traced(Session):
    """A session of which every evaluation is traced."""

    trace: Trace

    def tell(self, *signals: Signal, **more: Any) -> Effects:
        recorder, effects, error = Recorder(), None, None
        opening, now = more.get("opening", ()), more.get("now", NOON)
        try:
            effects = evaluate(
                self.rulebook,
                self.state,
                signals,
                now=now,
                compose=Numbered().compose,
                opening=opening,
                most_firings=20,
                trace=recorder,
            )
        except EvaluationError as problem:
            error = problem
        occasion = Occasion(
            signal=12, type=type(signals[0]).__name__ if signals else "", received_at=NOON, session=ANA, now=now
        )
        self.trace = make_trace(occasion, recorder, self.rulebook, effects=effects, error=error, limit=None)
        if effects is None:
            assert error is not None
            raise error
        self.state = effects.state
        return effects

    def missed(self, name: str) -> MissedRule:
        """The rule of that name, which did not fire."""
        found = find_missed(self.trace, name)
        assert found is not None
        return found


def traced(folder: Path, rules: str) -> Traced:
    return Traced(folder, f'with ruleset("t"):\n{rules}' if "with ruleset" not in rules else rules)


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
    assert [(one.alias, one.element) for one in fired.matched] == [
        ("signal", "InfobipSmsReceivedMessage"),
        ("client", "ClientAgent#1"),
    ]
    assert fired.matched[0].value["text"] == "Hello"
    assert [(message.to, message.text) for message in fired.messages] == [(ANA, "Hi")]
    assert [(one.kind, one.element, one.before, one.after) for one in fired.changes] == [
        ("changed", "ClientAgent#1", {"identifier": ""}, {"identifier": "ana"}),
        ("inserted", "Note#2", {}, {"n": 2}),
        ("deleted", "InfobipSmsReceivedMessage", {}, {}),
    ]
    assert story(session.trace) == (
        "*Reply to received SMS* fired: signal matched, client found; "
        "sent 1 message, changed ClientAgent#1 (identifier: ana), inserted Note#2, deleted InfobipSmsReceivedMessage."
    )


def test_where_no_rule_matched_the_mistyped_keyword_is_named(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert story(session.trace) == (
        "None of 4 rules matched InfobipSmsReceivedMessage 12; nearest: *Join the quiz* (keyword was JION)."
    )


def test_every_condition_is_shown_with_what_it_saw(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    missed = session.missed("join")
    assert [(one.depth, one.text, one.held) for one in missed.conditions] == [
        (0, "signal: InfobipSmsReceivedMessage", True),
        (1, "m.keyword == 'JOIN'", False),
        (0, "not", True),
        (1, "order: Order", False),
    ]
    assert missed.failed == 1
    assert missed.conditions[1].seen == {"keyword": "JION"}


def test_misses_come_nearest_first(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert [one.rule for one in session.trace.missed] == ["quiz/join", "quiz/stop", "quiz/thank", "quiz/note"]


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("thank", "missing", "no Order is there"),
        ("note", "missing", "no InfobipSmsReceivedReport came"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, name: str, kind: str, why: str) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    missed = session.missed(name)
    assert (missed.kind, missed.why) == (kind, why)


def test_a_not_that_blocks_names_the_element(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received(keyword="JOIN"))
    session.tell(received(keyword="JOIN"))
    missed = session.missed("join")
    assert (missed.kind, missed.why, missed.elements) == ("blocked", "blocked by Order#1", ("Order#1",))


def test_a_signal_that_another_rule_deleted_before_is_told_with_the_order_of_the_two(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        QUIZ
        + """
        @when_all(c.signal << signal(InfobipSmsReceivedMessage))
        def late(c): pass
    """,
    )
    session.tell(received(keyword="STOP"))
    missed = session.missed("late")
    assert (missed.kind, missed.by) == ("deleted", "quiz/stop")
    assert missed.why == "*Stop* had deleted InfobipSmsReceivedMessage, salience 10 goes before 0"


def test_a_signal_that_had_ended_before_the_rest_was_there_is_told(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(none(signal(Tick)))
    def at_the_end(c): c.insert(Note())

    @when_all(signal(Tick), fact(Note))
    def both(c): pass
    """,
    )
    session.tell(session.make("Tick"))
    missed = session.missed("both")
    assert (missed.kind, missed.elements, missed.why) == (
        "deleted",
        ("Tick",),
        "Tick had ended before the rest was there",
    )


def test_a_rule_that_fired_before_for_the_same_facts_says_so(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.note << fact(Note))
    def once(c): pass
    """,
    )
    session.tell(opening=(session.make("Note"),))
    assert [one.rule for one in session.trace.fired] == ["t/once"]
    session.tell(session.make("Tick"))
    assert session.missed("once").kind == "fired before"


def test_a_change_that_a_rule_does_not_listen_to_is_told(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order, m.total > 3))
    def large(c): pass

    @when_all(signal(Tick), c.order << fact(Order))
    def pay(c): c.modify(c.order, paid=True)
    """,
    )
    session.tell(opening=(session.make("Order", total=5),))
    session.tell(session.make("Tick"))
    missed = session.missed("large")
    assert (missed.kind, missed.why) == ("unheard", "it does not listen to paid, and nothing else changed")


def test_no_loop_is_told_of_the_rule_that_fired(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order, m.total < 9), no_loop())
    def add(c): c.modify(c.order, total=c.order.total + 1)
    """,
    )
    session.tell(opening=(session.make("Order"),))
    assert [one.notes for one in session.trace.fired] == [("its own changes don't make it fire again (no-loop)",)]


def test_a_join_that_fails_shows_both_sides(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order), c.payment << fact(Payment, m.amount >= c.order.total))
    def paid(c): pass
    """,
    )
    session.tell(opening=(session.make("Order", total=9), session.make("Payment", amount=4)))
    missed = session.missed("paid")
    assert missed.why == "amount was 4, order.total was 9"
    assert missed.conditions[-1].element == "Payment#2"


def test_the_first_miss_is_one_that_no_other_element_would_mend(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order), c.payment << fact(Payment, m.number == c.order.number), fact(Note, m.n > 3))
    def paid(c): pass
    """,
    )
    make = session.make
    session.tell(
        opening=(make("Order", number="1"), make("Order", number="2"), make("Payment", number="1"), make("Note"))
    )
    assert session.missed("paid").why == "n was 0"


def test_a_nested_field_is_shown_by_its_path(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(signal(InfobipSmsSentMessage, m.status.groupName == "REJECTED"))
    def refused(c): pass
    """,
    )
    session.tell(
        session.make("InfobipSmsSentMessage", messageId="m", to=ANA, sentAt=NOON, status={"groupName": "PENDING"})
    )
    assert session.missed("refused").why == "status.groupName was PENDING"


def test_of_a_rule_with_alternatives_the_nearest_is_told(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_any(signal(InfobipSmsReceivedReport), signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"))
    def either(c): pass
    """,
    )
    session.tell(received(keyword="JIN"))
    assert session.missed("either").why == "keyword was JIN"


FAILING = """
    @when_all(signal(Tick), salience(1))
    def fail(c):
        c.insert(Note(n=1))
        raise LookupError("no")

    @when_all(signal(Tick))
    def next(c): pass
    """


def test_a_failed_evaluation_is_told_with_what_happened_before(tmp_path: Path) -> None:
    session = traced(tmp_path, FAILING)
    with pytest.raises(EvaluationError):
        session.tell(session.make("Tick"))
    trace = session.trace
    assert trace.error is not None
    assert trace.error.rule == "t/fail"
    assert [one.element for one in trace.fired[0].changes] == ["Note#1"]
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


def test_a_trace_is_read_back_as_it_was(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert Trace.from_json(session.trace.to_json()) == session.trace


@pytest.mark.parametrize("text", ["\ud83d half", "tab\tand\nline", "\u202eright to left", "emoji 😀", "\x00"])
def test_odd_characters_can_be_kept(tmp_path: Path, text: str) -> None:
    session = traced(
        tmp_path, '    @when_all(signal(Tick))\n    def note(c): c.insert(Order(notes={"a": c.m.n and "x" or "y"}))\n'
    )
    session.tell(session.make("Tick", n=2**70))
    kept = make_trace(
        Occasion(signal=1, type=text, received_at=None, session=text, now=NOON), Recorder(), session.rulebook
    )
    assert Trace.from_json(kept.to_json()).type == text.encode(errors="backslashreplace").decode()
    assert Trace.from_json(session.trace.to_json()).fields == {"n": str(2**70)}


@pytest.mark.parametrize("document", [b"", b"{}", b"[1]", b'{"signal": "x"}', b"\xff"])
def test_what_is_no_trace_is_refused(document: bytes) -> None:
    with pytest.raises(TraceError, match="Evaluate its signal again"):
        Trace.from_json(document)


def test_numbers_are_masked_everywhere_but_ids_and_moments_stay(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.from_ == "{ANA}", m.keyword == "x"))
    def one(c): pass

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "Call {ANA}")
    """,
    )
    session.tell(received(f"I am {ANA}", messageId="12345678-1234"), opening=(AGENT,))
    hidden = session.trace.masked()
    assert ANA in session.trace.to_json().decode()
    assert ANA not in hidden.to_json().decode()
    assert hidden.fired[0].messages[0].text == "Call 385*****4567"
    assert hidden.fired[0].messages[0].message_id == session.trace.fired[0].messages[0].message_id
    assert hidden.started_at == session.trace.started_at


def test_secrets_stay_secret(tmp_path: Path) -> None:
    session = Traced(
        tmp_path,
        """
        from pydantic import SecretStr

        class Account(Fact):
            key: SecretStr = SecretStr("")

        with ruleset("t"):
            @when_all(signal(Tick), fact(Account))
            def look(c): pass
        """,
    )
    with pytest.raises(EvaluationError):  # such a fact can't be kept anyway
        session.tell(session.make("Tick"), opening=(session.make("Account", key="very secret"),))
    assert b"very secret" not in session.trace.to_json()


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
    monkeypatch.setattr(tracing, "explain", lambda *_, **__: 1 / 0)
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
    assert tell_missed(trace.missed[0]) == "*r300* (keyword was ZERBA)"


def test_a_condition_that_fails_when_asked_is_not_judged(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    class Odd:
        def __eq__(self, other): raise RuntimeError("no")

    @when_all(signal(Tick), fact(Order, m.anything == 1))
    def odd(c): pass
    """,
    )
    order = session.make("Order")
    session.tell(session.make("Tick"), opening=(order,))
    assert session.missed("odd").why == "anything was not there"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("JION", "JION"),
        ("", '""'),
        ("two words", '"two words"'),
        (None, "not there"),
        (True, "true"),
        (3, "3"),
        ("a\nb", "a\\nb"),
        ("x" * 50, "x" * 37 + "..."),
    ],
)
def test_values_are_short_and_on_one_line(value: object, text: str) -> None:
    assert value_text(value) == text


RUNS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SEEDS = st.integers(0, 2**32)
#: A condition of the random rules.
COMPARISON = re.compile(r"m\.\w+ (==|!=|<|<=|>|>=) .+")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


class RandomSession(Traced):
    """A traced session under random rules."""

    def __init__(self, folder: Path, rules: RandomRules) -> None:
        file = folder / "random_rules_of_this_run.py"
        file.write_text(rules.rulebook(), encoding="utf-8")
        self.rulebook: Rulebook = load_rules([file])
        self.state = None


def holds(condition: Condition) -> bool:
    """Whether a condition holds on the values it is shown with."""
    own = {path: value for path, value in condition.seen.items() if "." not in path}
    others: dict[str, dict[str, Any]] = {}
    for path, value in condition.seen.items():
        alias, _, name = path.rpartition(".")
        others.setdefault(alias, {})[name] = value
    names = {"m": SimpleNamespace(**own), "c": SimpleNamespace(**{a: SimpleNamespace(**v) for a, v in others.items()})}
    return bool(eval(condition.text, {}, names))  # noqa: S307 - text that this test made itself


@RUNS
@given(seed=SEEDS)
def test_every_rule_is_explained_and_truly(folder: Path, seed: int) -> None:
    random = Random(seed)
    rules = RandomRules(random)
    session = RandomSession(folder, rules)
    for _ in range(random.randint(1, 6)):
        arriving = [session.rulebook.signal_types[name](**fields) for name, fields in rules.signals()]
        plain: list[str] | None = None
        with contextlib.suppress(EvaluationError):
            plain = [
                one.rule
                for one in evaluate(
                    session.rulebook, session.state, arriving, now=NOON, compose=Numbered().compose, most_firings=20
                ).fired
            ]
        with contextlib.suppress(EvaluationError):
            session.tell(*arriving)
        trace = session.trace
        fired, missed = [one.rule for one in trace.fired], [one.rule for one in trace.missed]
        assert plain is None or plain == fired
        assert sorted({*fired, *missed}) == sorted(rule.id for rule in session.rulebook.rules)
        assert not set(fired) & set(missed)
        for one in trace.missed:
            check(one)
        assert [one.distance for one in trace.missed] == sorted(one.distance for one in trace.missed)
        if trace.error is not None:
            return


def check(missed: MissedRule) -> None:
    assert missed.kind != "unknown", missed
    assert missed.why
    if missed.kind in ("failed", "missing", "deleted", "blocked"):
        assert missed.failed is not None
        failed = missed.conditions[missed.failed]
        assert failed.held is False
    for condition in missed.conditions:
        if condition.held is not None and COMPARISON.fullmatch(condition.text):
            assert holds(condition) == condition.held, missed
