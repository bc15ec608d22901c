"""A session that is saved and loaded at every signal behaves as one that never ended.

Which rules fire, on what, what facts are left: all of it must be the same. One thing a state does not hold is the order
in which the matches of one rule wait for each other: as in Drools it comes from the moments at which each memory of the rule
took its elements in, while a loaded session takes them in together. So the random comparisons fire the matches of one rule in the
order of their elements, on both sides; between rules nothing is arranged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infobip_rules.clock import SystemClock
from infobip_rules.engine.network.alpha import ALWAYS
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.context import Context
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.engine.session.state import SessionState, read_state, stored, write_state
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.errors import EvaluationError, RuleError
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal
from tests.channels.composing import Numbered
from tests.engine.ordering import put_matches_in_order
from tests.engine.random_rules import RandomRules
from tests.engine.sessions import NOON, load

#: Firings of one evaluation beyond which random rules are taken to run in circles.
LIMIT = 20
#: What fired, each as the rule and its elements; or how the evaluation was given up.
Fired = list[tuple[str, tuple[str, ...]]] | str
Facts = list[tuple[int, str, dict[str, Any]]]


class Immortal:
    """A session that never ends: one working memory for all signals."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.now = NOON
        self.memory = WorkingMemory(rulebook)
        self.last = 0
        self.memory.first_evaluation(
            branch for some in rulebook.alphas.standing.values() for branch in some if branch.key == ALWAYS
        )

    def number(self) -> int:
        """The number for a new fact."""
        self.last += 1
        return self.last

    def tell(self, signals: Iterable[Signal]) -> Fired:
        """Signals come, rules fire, signals end, rules fire; then every rule is looked at, as at the end of each evaluation."""
        outer = MOMENT.set(self.now)
        try:
            fired = self._tell(signals)
            self.memory.evaluate_all()
        finally:
            MOMENT.reset(outer)
        return fired

    def pass_time(self) -> None:
        """Lets go what is too old by now, as at the beginning of each evaluation."""
        outer = MOMENT.set(self.now)
        self.memory.pass_time()
        MOMENT.reset(outer)

    def _tell(self, signals: Iterable[Signal]) -> Fired:
        self.memory.halted = False
        for signal in signals:
            self.memory.insert(signal, 0, entry_point=signal.entry_point, origin=None)
        try:
            firings = [*self._firings()]
            while ended := [element for element in self.memory if isinstance(element.value, Signal)]:
                for element in ended:
                    self.memory.delete(element, origin=None)
                firings += self._firings(len(firings))
        except (RecursionError, RuleError) as problem:
            return type(problem).__name__
        return firings

    def _firings(self, before: int = 0) -> Iterator[tuple[str, tuple[str, ...]]]:
        while (found := self.memory.next_match()) is not None:
            branch, match = found
            before += 1
            if before > LIMIT:
                raise RecursionError
            branch.rule.action(Context(self, branch.rule.id, branch.names, match.elements))
            shown = [f"{type(one.value).__name__}{'' if one.entry_point else f'#{one.id}'}" for one in match.elements]
            yield branch.rule.id, tuple(shown)

    def loaded_again(self) -> Immortal:
        """The session after its memory was saved, lost and loaded."""
        facts = [stored(one.id, one.value) for one in self.memory if isinstance(one.value, Fact)]
        state, _ = read_state(write_state(SessionState(facts=facts)), self.rulebook.fact_types)
        loaded = Immortal.__new__(Immortal)
        loaded.rulebook, loaded.now, loaded.last = self.rulebook, self.now, self.last
        loaded.memory = WorkingMemory(self.rulebook)
        for fact in state.facts:
            assert fact.value is not None
            loaded.memory.load(fact.value, fact.number)
        return loaded

    @property
    def facts(self) -> Facts:
        """Number, type and fields of every fact."""
        elements = [element for element in self.memory if element.entry_point is None]
        return [(one.id, type(one.value).__name__, one.value.model_dump(mode="json")) for one in elements]


class Mortal:
    """A session that is saved after signals, and loaded before the next."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.now = NOON
        self.state: bytes | None = None

    def tell(self, signals: Iterable[Signal]) -> Fired:
        try:
            effects = evaluate(
                self.rulebook, self.state, signals, now=self.now, compose=Numbered().compose, most_firings=LIMIT
            )
        except EvaluationError as problem:
            return "RecursionError" if "Stopped after" in str(problem) else "RuleError"
        self.state = effects.state
        return [(firing.rule, firing.elements) for firing in effects.fired]

    @property
    def facts(self) -> Facts:
        return [tuple(fact) for fact in orjson.loads(self.state or b"")["facts"]]


def made(rulebook: Rulebook, arriving: list[tuple[str, dict[str, object]]]) -> list[Signal]:
    return [rulebook.signal_types[name](**fields) for name, fields in arriving]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rules")


@pytest.fixture
def _ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    put_matches_in_order(monkeypatch)


def random_rulebook(random: Random, folder: Path) -> tuple[RandomRules, Rulebook]:
    rules = RandomRules(random)
    file = folder / "random_rules_of_this_run.py"
    file.write_text(rules.rulebook(), encoding="utf-8")
    return rules, load_rules([file])


RUNS = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
SEEDS = st.integers(0, 2**32)


@pytest.mark.usefixtures("_ordered")
@RUNS
@given(seed=SEEDS)
def test_loading_and_saving_at_every_signal_changes_nothing(folder: Path, seed: int) -> None:
    random = Random(seed)
    rules, rulebook = random_rulebook(random, folder)
    mortal, immortal = Mortal(rulebook), Immortal(rulebook)
    for _ in range(random.randint(2, 10)):
        arriving = rules.signals()
        firings = mortal.tell(made(rulebook, arriving))
        assert firings == immortal.tell(made(rulebook, arriving))
        if isinstance(firings, str):
            return
        assert mortal.facts == immortal.facts


@pytest.mark.usefixtures("_ordered")
@RUNS
@given(seed=SEEDS)
def test_loading_now_and_then_changes_nothing(folder: Path, seed: int) -> None:
    random = Random(seed)
    rules, rulebook = random_rulebook(random, folder)
    loaded, immortal = Immortal(rulebook), Immortal(rulebook)
    for step in range(random.randint(2, 12)):
        # A session is first saved after its first signal.
        if step > 0 and random.random() < 0.4:
            loaded = loaded.loaded_again()
        arriving = rules.signals()
        firings = loaded.tell(made(rulebook, arriving))
        assert firings == immortal.tell(made(rulebook, arriving))
        if isinstance(firings, str):
            return
        assert loaded.facts == immortal.facts


#: Rules whose matches never wait for each other inside a node that joins: their order has one source only.
PLAIN = """
    with ruleset("t"):
        @when_all(c.tick << signal(Tick, m.n > 2), exists(fact(Note, m.n < c.tick.n)))
        def some(c): c.insert(Payment(amount=1))

        @when_all(c.note << fact(Note, m.n > 3), salience(1))
        def noted(c): c.insert(Payment(amount=c.note.n))

        @when_all(c.tick << signal(Tick))
        def keep(c): c.insert(Note(n=c.tick.n)), c.insert(Note(n=5 - c.tick.n))

        @when_all(c.payment << fact(Payment, m.amount == 5), none(fact(Note, m.n == 1)))
        def spend(c): c.delete(c.payment)
    """


@settings(RUNS, max_examples=100)
@given(numbers=st.lists(st.integers(0, 5), max_size=12))
def test_the_order_is_the_same_too_where_no_rule_joins_several_facts(folder: Path, numbers: list[int]) -> None:
    rulebook = load(folder, PLAIN)
    mortal, immortal = Mortal(rulebook), Immortal(rulebook)
    for number in numbers:
        arriving = made(rulebook, [("Tick", {"n": number})])
        assert mortal.tell(arriving) == immortal.tell(arriving)
        assert mortal.facts == immortal.facts


def test_facts_that_wait_for_another_match_it_in_the_order_of_a_session_that_never_ended(folder: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.tick << signal(Tick, m.n > 0))
            def note(c): c.insert(Note(n=c.tick.n))

            @when_all(c.tick << signal(Tick, m.n == 0))
            def pay(c): c.insert(Payment())

            @when_all(c.note << fact(Note), c.payment << fact(Payment))
            def both(c): pass
        """
    rulebook = load(folder, rules)
    mortal, immortal = Mortal(rulebook), Immortal(rulebook)
    for number in (1, 2, 3, 0):
        arriving = made(rulebook, [("Tick", {"n": number})])
        firings = mortal.tell(arriving)
        assert firings == immortal.tell(arriving)
    assert len(firings) == 4


@settings(RUNS, max_examples=20)
@given(waits=st.lists(st.integers(0, 10_000_000), min_size=1, max_size=6))
def test_time_is_told_by_the_clock_alike(folder: Path, waits: list[int]) -> None:
    rules = """
        with ruleset("t"):
            @when_all(signal(Tick), none(fact(Order)))
            def first(c): c.insert(Order(placed=c.now))

            @when_all(signal(Tick), c.order << fact(Order, +m.placed), no_loop())
            def again(c):
                c.insert(Note(n=int((c.now - c.order.placed).total_seconds())))
                c.modify(c.order, placed=c.now)
        """
    rulebook = load(folder, rules)
    mortal, immortal = Mortal(rulebook), Immortal(rulebook)
    with freeze_time("2026-11-09T12:00:00Z") as frozen:
        for wait in (0, *waits):
            frozen.tick(timedelta(seconds=wait))
            mortal.now = immortal.now = SystemClock().now()
            arriving = made(rulebook, [("Tick", {})])
            assert mortal.tell(arriving) == immortal.tell(arriving)
            assert mortal.facts == immortal.facts
    assert [fact[2]["n"] for fact in mortal.facts if fact[1] == "Note"][-len(waits) :] == waits
    assert mortal.now == datetime(2026, 11, 9, 12, tzinfo=UTC) + timedelta(seconds=sum(waits))
