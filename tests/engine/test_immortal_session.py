"""A session that is saved and loaded at every signal behaves as one that never ended.

Which rules fire, on what, what facts are left: all of it must be the same. One thing a state does not hold is the order
in which the matches of one rule wait for each other: as in Drools it comes from when each memory of the rule last changed,
while a loaded session has its facts in the order they came. So the random comparisons fire the matches of one rule in the
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
from infobip_rules.engine import evaluation
from infobip_rules.engine.alpha import ALWAYS
from infobip_rules.engine.context import Context
from infobip_rules.engine.evaluation import evaluate
from infobip_rules.engine.loader import load_rules
from infobip_rules.engine.memory import WorkingMemory
from infobip_rules.engine.network import BranchNetwork, Tuple
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.errors import EvaluationError, RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal
from tests.engine.random_rules import RandomRules
from tests.engine.sessions import NOON, Session, fired, load, numbered_sms

#: Firings of one evaluation beyond which random rules are taken to run in circles.
LIMIT = 40
#: What fired, each as the rule and its elements; or how the evaluation was given up.
Fired = list[tuple[str, tuple[str, ...]]] | str
Facts = list[tuple[int, str, dict[str, Any]]]


class OrderedMemory(WorkingMemory):
    """A working memory in which the matches of one rule fire in the order of their elements."""

    def _run(self, network: BranchNetwork) -> None:
        super()._run(network)
        network.pending = dict.fromkeys(sorted(network.pending, key=_elements))


def _elements(match: Tuple) -> list[tuple[int, str]]:
    return [(element.id, repr(element.value)) for element in match.elements]


class Immortal:
    """A session that never ends: one working memory for all signals."""

    def __init__(self, rulebook: Rulebook, memory: type[WorkingMemory], facts: Iterable[Fact] = ()) -> None:
        self.rulebook = rulebook
        self.now = NOON
        self.memory = memory(rulebook)
        self.last = 0
        self.memory.introduce(
            branch for some in rulebook.alphas.standing.values() for branch in some if branch.key == ALWAYS
        )
        for fact in facts:
            self.memory.insert(fact, self.number(), entry_point=None, origin=None)

    def number(self) -> int:
        """The number for a new fact."""
        self.last += 1
        return self.last

    def tell(self, signals: Iterable[Signal]) -> Fired:
        """Signals come, rules fire, signals end, rules fire."""
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
            branch.rule.action(Context(self, branch.rule.id, branch.positions, match.elements))
            shown = [f"{type(one.value).__name__}{'' if one.entry_point else f'#{one.id}'}" for one in match.elements]
            yield branch.rule.id, tuple(shown)

    @property
    def facts(self) -> Facts:
        """Number, type and fields of every fact."""
        elements = [element for element in self.memory if element.entry_point is None]
        return [(one.id, type(one.value).__name__, one.value.model_dump(mode="json")) for one in elements]


class Mortal:
    """A session that is saved after signals, and loaded before the next."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.state: bytes | None = None

    def tell(self, signals: Iterable[Signal]) -> Fired:
        try:
            effects = evaluate(
                self.rulebook, self.state, signals, now=NOON, make_sms=numbered_sms(), most_firings=LIMIT
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
    monkeypatch.setattr(evaluation, "WorkingMemory", OrderedMemory)


def random_rulebook(random: Random, folder: Path) -> tuple[RandomRules, Rulebook]:
    rules = RandomRules(random)
    file = folder / "random_rules_of_this_run.py"
    file.write_text(rules.rulebook(), encoding="utf-8")
    return rules, load_rules([file])


RUNS = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.usefixtures("_ordered")
@RUNS
@given(random=st.randoms(use_true_random=True))
def test_loading_and_saving_at_every_signal_changes_nothing(folder: Path, random: Random) -> None:
    rules, rulebook = random_rulebook(random, folder)
    mortal, immortal = Mortal(rulebook), Immortal(rulebook, OrderedMemory)
    for _ in range(random.randint(2, 10)):
        arriving = rules.signals()
        firings = mortal.tell(made(rulebook, arriving))
        assert firings == immortal.tell(made(rulebook, arriving))
        if isinstance(firings, str):
            return
        assert mortal.facts == immortal.facts
