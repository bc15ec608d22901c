"""What kills or hangs a bare durable-rules process, or has it answer wrongly, said through our language: no longer so."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.errors import EvaluationError, RuleFileError
from infobip_rules.facts import ClientAgent
from infobip_rules.signals import InfobipSmsReceivedMessage
from tests.channels.composing import Numbered, sms_of
from tests.engine.sessions import NOON, Session, fired, load, received, texts

ROOT = Path(__file__).parents[2]


def run(folder: Path, rules: str, *facts: tuple[str, dict[str, Any]]) -> list[str]:
    """What fires in a new session that starts with these facts."""
    session = Session(folder, rules)
    return fired(session.tell(opening=tuple(session.make(name, **fields) for name, fields in facts)))


def matches(folder: Path, condition: str, *facts: tuple[str, dict[str, Any]]) -> int:
    """How often a rule with this condition fires for these facts."""
    return len(run(folder, f'with ruleset("t"):\n    @when_all({condition})\n    def found(c): pass\n', *facts))


def signalled(folder: Path, condition: str, text: str) -> bool:
    """Whether a rule with this condition on the text fires for it."""
    rules = f"""
        with ruleset("t"):
            @when_all(signal(InfobipSmsReceivedMessage, m.text{condition}))
            def found(c): pass
        """
    return bool(Session(folder, rules).tell(received(text)).fired)


PAIR = "c.a << fact(Order), c.b << fact(Payment, {})"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("m.amount > c.a.total", 0),
        ("(m.number == 'B') & (m.amount > c.a.total)", 0),
        ("(m.amount > c.a.total) & (m.number == 'B')", 0),
        ("(m.number == 'B') & (m.amount != c.a.total)", 1),
        ("(m.number == 'B') & ((m.amount > c.a.total) & (m.amount < c.a.total))", 0),
        ("(m.number == 'B') & ((m.amount > c.a.total) | (m.amount <= c.a.total))", 1),
        ("(m.amount == c.a.total) | (m.number == 'B') & (m.amount < c.a.total)", 1),
        ("(m.number == 'B') & (m.amount == c.a.discount)", 0),
        ("(m.number == 'B') & (m.amount > c.a.discount)", 0),
    ],
)
def test_a_join_whose_last_comparison_is_false_or_lacks_a_value_does_not_match(
    tmp_path: Path, condition: str, expected: int
) -> None:
    facts = [("Order", {"total": 1}), ("Payment", {"number": "B", "amount": 0})]
    assert matches(tmp_path, PAIR.format(condition), *facts) == expected


def test_fields_called_id_and_sid_are_fields_like_others(tmp_path: Path) -> None:
    rules = """
        class Visit(Fact):
            id: str
            sid: str

        with ruleset("t"):
            @when_all(c.a << fact(Visit, m.id == "1"), c.b << fact(Visit, m.sid == c.a.id, m.id != c.a.id))
            def found(c): pass
        """
    visits = [("Visit", {"id": "1", "sid": "sid-1"}), ("Visit", {"id": "2", "sid": "1"})]
    assert run(tmp_path, rules, *visits) == ["found(Visit#1, Visit#2)"]


ANSWER = """
    with ruleset("t"):
        @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
        def answer(c):
            InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), c.signal.text)
    """


def test_two_thousand_sessions_keep_apart(tmp_path: Path) -> None:
    rulebook = load(tmp_path, ANSWER)
    sms = Numbered()
    states = {}
    for phone in map(str, range(385_981_000_000, 385_981_002_000)):
        agent = ClientAgent(connections={"phone": phone})
        states[phone] = evaluate(rulebook, None, [], now=NOON, compose=sms.compose, opening=[agent]).state
    for phone, state in states.items():
        effects = evaluate(rulebook, state, [received(phone)], now=NOON, compose=sms.compose)
        assert [(one.to, sms_of(one).text) for one, _ in effects.messages] == [(phone, phone)]


def test_dropping_a_session_that_never_fired_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    sessions = [Session(tmp_path, ANSWER) for _ in range(4)]
    for session in sessions:
        session.tell(opening=(ClientAgent(connections={"phone": "1"}),))
    del sessions[0]
    assert [texts(session.tell(received())) for session in sessions] == [["Hello"]] * 3


def test_an_evaluation_of_nothing_does_nothing(tmp_path: Path) -> None:
    session = Session(tmp_path, ANSWER)
    assert fired(session.tell()) == []
    assert fired(session.tell(opening=())) == []
    assert session.facts == []


def test_retracting_what_was_never_there_is_an_error_and_the_session_goes_on(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(signal(Tick, m.n == 1))
            def wrong(c): c.retract_fact(Order())

            @when_all(signal(Tick))
            def right(c): c.insert(Order())
        """
    session = Session(tmp_path, rules)
    with pytest.raises(EvaluationError, match="This Order is not in working memory"):
        session.tell(session.make("Tick", n=1))
    assert fired(session.tell(session.make("Tick"))) == ["right(Tick)"]


@pytest.mark.parametrize(
    "name", ["sid-x", "sid-385981234567", "$pulse", "$s", "$time", "0", '"', "\\", "\n", "a.b", ""]
)
def test_no_id_or_text_is_taken_for_something_of_the_engines_own(tmp_path: Path, name: str) -> None:
    session = Session(tmp_path, ANSWER)
    session.tell(opening=(ClientAgent(identifier=name, connections={"phone": name, name: name}),))
    message = received(name, messageId=name, callbackData=name)
    for _ in range(2):
        assert texts(session.tell(message)) == [name]


def test_an_error_in_the_first_evaluation_does_not_poison_the_session(tmp_path: Path) -> None:
    session = Session(tmp_path, ANSWER)
    agent = ClientAgent(connections={"phone": "1"})
    session.deploy(ANSWER.replace("c.signal.text", "c.signal.text[100]"))
    for _ in range(3):
        with pytest.raises(EvaluationError, match="IndexError"):
            session.tell(received(), opening=(agent,))
    session.deploy(ANSWER)
    assert texts(session.tell(received(), opening=(agent,))) == ["Hello"]


def on_a_small_stack(work: Callable[[], object]) -> None:
    """Does the work on a thread with a stack of 512 KiB."""
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()


def test_keys_and_texts_of_megabytes_are_matched_on_a_small_stack(tmp_path: Path) -> None:
    session = Session(tmp_path, ANSWER)
    huge = "x" * 5_000_000
    answers: list[list[str]] = []

    def talk() -> None:
        session.tell(opening=(ClientAgent(identifier=huge, connections={"phone": "1", huge: huge}),))
        answers.append(texts(session.tell(received(huge))))

    on_a_small_stack(talk)
    assert answers == [[huge]]


@pytest.mark.parametrize(
    "condition",
    ["m.amount == c.a.total / c.a.weight", "m.amount < m.amount / 0", "m.amount > c.a.total - c.a.total / 0"],
)
def test_a_division_by_zero_matches_nothing(tmp_path: Path, condition: str) -> None:
    assert matches(tmp_path, PAIR.format(condition), ("Order", {"total": 4}), ("Payment", {"amount": 2})) == 0


@pytest.mark.parametrize("depth", [100, 10_000])
def test_values_nested_deep_are_kept_or_refused(tmp_path: Path, depth: int) -> None:
    rules = f"""
        def nested():
            value = []
            for _ in range({depth}):
                value = [value]
            return value

        with ruleset("t"):
            @when_all(signal(Tick))
            def keep(c): c.insert(Order(anything=nested()))
        """
    session = Session(tmp_path, rules)
    if depth > 1000:
        with pytest.raises(EvaluationError):
            session.tell(session.make("Tick"))
    else:
        session.tell(session.make("Tick"))
        assert fired(session.tell(session.make("Tick"))) == ["keep(Tick)"]


def test_a_body_of_brackets_only_is_no_signal() -> None:
    with pytest.raises(ValidationError):
        InfobipSmsReceivedMessage.model_validate_json("[" * 200_000)


def test_a_rule_may_take_its_signal_and_all_its_facts_away(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.s1 << signal(Tick), c.a << fact(Order), c.b << fact(Payment), salience(1))
            def take(c):
                c.delete(c.s1)
                c.delete(c.a)
                c.delete(c.b)
                c.insert(Note())

            @when_any(fact(Order), fact(Payment), signal(Tick))
            def too_late(c): pass

            @when_all(fact(Note))
            def noted(c): pass
        """
    session = Session(tmp_path, rules)
    effects = session.tell(session.make("Tick"), opening=(session.make("Order"), session.make("Payment")))
    assert fired(effects) == ["take(Tick, Order#1, Payment#2)", "noted(Note#3)"]


def test_deleting_the_fact_of_a_rule_that_has_fired_leaves_other_matches_waiting(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.order << fact(Order), salience(1))
            def seen(c): pass

            @when_all(c.order << fact(Order, m.number == "1"))
            def drop(c): c.delete(c.order)

            @when_all(c.order << fact(Order, m.number == "2"), c.payment << fact(Payment))
            def answer(c): pass
        """
    facts = [("Order", {"number": "1"}), ("Order", {"number": "2"}), ("Payment", {})]
    assert run(tmp_path, rules, *facts)[-2:] == ["drop(Order#1)", "answer(Order#2, Payment#3)"]


def test_a_session_can_not_be_deleted_from_inside_a_rule(tmp_path: Path) -> None:
    rules = 'with ruleset("t"):\n    @when_all(signal(Tick))\n    def end(c): c.delete_state()\n'
    session = Session(tmp_path, rules)
    with pytest.raises(EvaluationError, match=r"c\.delete_state is a word of durable\.lang"):
        session.tell(session.make("Tick"))


def test_six_hundred_rules_with_different_conditions_are_fine(tmp_path: Path) -> None:
    rules = ['with ruleset("t"):']
    for n in range(600):
        rules += [f"    @when_all(fact(Order, m.total > {n}))", f"    def r{n}(c): pass"]
    assert len(run(tmp_path, "\n".join(rules), ("Order", {"total": 80}))) == 80


def test_six_hundred_rules_with_the_same_first_pattern_are_fine(tmp_path: Path) -> None:
    rules = ['with ruleset("t"):']
    for n in range(600):
        rules += [f"    @when_all(fact(Order, m.total == 1), fact(Payment, m.amount == {n}))", f"    def r{n}(c): pass"]
    facts = [("Order", {"total": 1}), ("Payment", {"amount": 7}), ("Payment", {"amount": 599})]
    assert run(tmp_path, "\n".join(rules), *facts) == ["r7(Order#1, Payment#2)", "r599(Order#1, Payment#3)"]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("[一-龥]+", "漢字", True),
        ("[一-龥]+", "abc", False),
        ("a*b" * 200, "b" * 200, True),
        ("(" * 90 + "a" + ")" * 90, "a", True),
        ("a{101}", "a" * 101, True),
        (".*(help|stop).*", "5help sto", True),
        ("(b+|c)", "bc", False),
        ("[a-z ]*help[a-z ]*", "please help me", True),
    ],
)
def test_regular_expressions_are_pythons(tmp_path: Path, pattern: str, text: str, expected: bool) -> None:
    assert signalled(tmp_path, f".matches({pattern!r})", text) is expected


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "(?P<n>a)(?P<n>b)", "*"])
def test_regular_expressions_that_can_not_be_are_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(RuleFileError, match="is wrong"):
        signalled(tmp_path, f".matches({pattern!r})", "a")


def test_groups_nested_deeper_than_python_can_read_are_refused(tmp_path: Path) -> None:
    pattern = "(" * 499 + "a" + ")" * 499
    with pytest.raises(RuleFileError, match="is wrong"):
        signalled(tmp_path, f".matches({pattern!r})", "a")


def test_a_rule_that_asks_only_for_a_missing_field_matches_elements_of_its_type_only(tmp_path: Path) -> None:
    assert matches(tmp_path, "fact(Order, -m.discount)") == 0
    assert matches(tmp_path, "fact(Order, -m.discount)", ("Order", {}), ("Note", {}), ("Order", {"discount": 1})) == 1


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        (' == "stop"', "stop" + "x" * 65_532, False),
        (' == "stop"', "stop", True),
        (' == "stop"', "stop\x00", False),
        (' == "stop" + "x" * 65_532', "stop" + "x" * 65_532, True),
        ('.matches("stop.*")', "stop" + "x" * 65_536, True),
        (' == ""', "", True),
        ('.matches("a.b")', "a\nb", True),
        (".matches('a.b')", 'a"b', True),
        (' == "\\u010d\\U0001f600"', "č😀", True),
        (' == "\\ud800"', "\ud800", True),
        (' != "x"', "\ud800 \udfff \x00 \u202e", True),
    ],
)
def test_text_is_compared_whole_whatever_is_in_it(tmp_path: Path, condition: str, text: str, expected: bool) -> None:
    assert signalled(tmp_path, condition, text) is expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("m.anything == 1e22", 1e22, 1),
        ("m.anything == 1e-7", 1e-7, 1),
        ("m.anything == 2**63 - 1", 2**62, 0),
        ("m.total == 2**63 - 1", 1, 0),
        ("m.total < 2**70", 2**63 - 1, 1),
        ('m.anything < float("inf")', 5, 1),
        ('m.anything == float("nan")', 5, 0),
        ("m.anything == '5'", 5, 0),
        ("m.anything == 5", "5", 0),
        ("m.anything <= 5", "", 0),
        ("m.anything == 0", "", 0),
        ("m.anything > 5", "10", 0),
        ("m.anything == 1", 1.0, 1),
    ],
)
def test_numbers_are_compared_as_numbers_and_texts_as_texts(
    tmp_path: Path, condition: str, value: object, expected: int
) -> None:
    field = "total" if "m.total" in condition else "anything"
    assert matches(tmp_path, f"fact(Order, {condition})", ("Order", {field: value})) == expected


def test_a_hundred_conditions_may_be_true_at_once(tmp_path: Path) -> None:
    rules = ['with ruleset("t"):']
    for n in range(100):
        rules += [f"    @when_all(signal(Tick, m.n != {-1 - n}))", f"    def r{n}(c): pass"]
    session = Session(tmp_path, "\n".join(rules))
    assert len(session.tell(session.make("Tick")).fired) == 100


def test_twenty_patterns_may_stand_in_one_rule_and_fifty_joins_on_one_pattern(tmp_path: Path) -> None:
    many = ", ".join(f'c.e{n} << fact(Order, m.number == "{n}")' for n in range(20))
    assert matches(tmp_path, many, *(("Order", {"number": str(n)}) for n in range(20))) == 1
    joins = ", ".join(f"m.amount < c.a.total + {n}" for n in range(50))
    assert matches(tmp_path, PAIR.format(joins), ("Order", {"total": 1}), ("Payment", {})) == 1


def test_a_fact_may_have_hundreds_of_fields(tmp_path: Path) -> None:
    fields = "\n".join(f"            f{n}: int = {n}" for n in range(400))
    rules = f"""
        class Wide(Fact):
{fields}

        with ruleset("t"):
            @when_all(fact(Wide, m.f399 == 399))
            def found(c): pass
        """
    assert run(tmp_path, rules, ("Wide", {})) == ["found(Wide#1)"]


def test_an_alternative_fires_once_for_a_fact_in_the_first_pattern(tmp_path: Path) -> None:
    assert matches(tmp_path, "fact(Order, (m.total == 1) | (m.paid == False))", ("Order", {"total": 1})) == 1


def test_the_rest_of_a_body_runs_when_no_rule_matches_what_it_inserted(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(signal(Tick))
            def act(c):
                c.modify(c.insert(Note()), n=3)
                c.insert(Payment())
        """
    session = Session(tmp_path, rules)
    session.tell(session.make("Tick"))
    assert session.facts == [("Note", {"n": 3}), ("Payment", {})]


def test_no_odd_rule_text_or_number_ends_the_process() -> None:
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.engine.fuzzing", "500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr[-3000:]) == (0, "")
