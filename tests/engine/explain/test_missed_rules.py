"""The rules that did not fire, each with the reason that is true."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infobip_rules.engine.explain.story import story
from infobip_rules.engine.explain.trace import MissedRule, TracedCondition
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.errors import EvaluationError
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered
from tests.engine.explain.traced import QUIZ, Traced, traced
from tests.engine.random_rules import RandomRules
from tests.engine.sessions import NOON, received


def test_where_no_rule_matched_the_mistyped_keyword_is_named(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert story(session.trace) == (
        "None of 4 rules matched InfobipSmsReceivedMessage 12; nearest: *Join the quiz* (keyword was JION)."
    )


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
    assert [firing.rule for firing in session.trace.fired] == ["t/once"]
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


def holds(condition: TracedCondition) -> bool:
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
                firing.rule
                for firing in evaluate(
                    session.rulebook, session.state, arriving, now=NOON, compose=Numbered().compose, most_firings=20
                ).fired
            ]
        with contextlib.suppress(EvaluationError):
            session.tell(*arriving)
        trace = session.trace
        fired, missed = [firing.rule for firing in trace.fired], [unfired.rule for unfired in trace.missed]
        assert plain is None or plain == fired
        assert sorted({*fired, *missed}) == sorted(rule.id for rule in session.rulebook.rules)
        assert not set(fired) & set(missed)
        for missed_rule in trace.missed:
            check(missed_rule)
        distances = [missed_rule.distance for missed_rule in trace.missed]
        assert distances == sorted(distances)
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
