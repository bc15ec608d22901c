"""A session with rule timers that is saved and loaded at every signal fires what one fires that never ended.

Rules, facts, signals and times are made at random; each moment that something waits for is told to both sessions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.cron import read_cron
from infobip_rules.engine.rules.model import Constraint, Existential, Pattern, Rule, RuleTimer, Window
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.errors import EvaluationError, RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import MomentCame, Signal
from tests.channels.composing import Numbered
from tests.engine.drools.generate_specs import Generator
from tests.engine.drools.specs import TYPES, rules_of
from tests.engine.ordering import put_matches_in_order
from tests.engine.test_immortal_features import DO, Demanding, Do
from tests.engine.test_immortal_session import (
    LIMIT,
    RUNS,
    SEEDS,
    Fired,
    Immortal,
    Mortal,
)

TIMERS = (
    RuleTimer(first=0),
    RuleTimer(first=20),
    RuleTimer(first=20, every=30),
    RuleTimer(first=0, every=20),
    RuleTimer(first=10, every=20, firings=2),
    RuleTimer(cron=read_cron("0/30 * * * * ?")),
)


SIGNAL = next(term for term in DO.branches[0] if isinstance(term, Pattern))
DROPS = replace(
    SIGNAL,
    constraints=(
        Constraint(text="what == drop", predicate=lambda one, _: bool(one.what == "drop"), fields=frozenset({"what"})),
    ),
)


class Brief(Fact):
    """It lasts for half a minute."""

    drl_expires: ClassVar[float] = 30.0
    x: int = 0
    y: int = 0


class Lasting(Immortal):
    """One working memory for all signals and moments."""

    def _tell(self, signals: Iterable[Signal]) -> Fired:
        self.memory.halted = False
        self.memory.pass_time()
        firings: list[tuple[str, tuple[str, ...]]] = []
        try:
            for signal in signals:
                if isinstance(signal, MomentCame):
                    self.memory.release(signal.moment)
                    firings += self._firings(len(firings))
                    self.memory.expire(signal.moment)
                else:
                    self.memory.insert(signal, 0, entry_point=signal.entry_point, origin=None)
            firings += self._firings(len(firings))
            while self.memory.end_signals(self.number):
                firings += self._firings(len(firings))
        except (RecursionError, RuleError):
            return "RecursionError"
        return firings

    @property
    def moments(self) -> set[datetime]:
        """What it waits for."""
        dues = {due.moment for _, due in self.memory.dues() if not due.muted}
        return dues | set(self.memory.expiry.ends.values() if self.memory.expiry else ())


class Saved(Mortal):
    """Saved and loaded at every signal; `moments` are the timers that it has set."""

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook)
        self.moments: set[datetime] = set()

    def tell(self, signals: Iterable[Signal]) -> Fired:
        """What fires."""
        told = list(signals)
        try:
            effects = evaluate(
                self.rulebook, self.state, told, now=self.now, compose=Numbered().compose, most_firings=LIMIT
            )
        except EvaluationError:
            return "RecursionError"
        self.state = effects.state
        self.moments -= {signal.moment for signal in told if isinstance(signal, MomentCame)}
        for timer in effects.timers:
            moment = MomentCame.model_validate_json(timer.payload).moment
            assert (moment in self.moments) == (timer.due_at is None)
            (self.moments.discard if timer.due_at is None else self.moments.add)(moment)
        return [(firing.rule, firing.elements) for firing in effects.fired]


def random_rules(random: Random) -> list[Rule]:
    generator = random.choice((Generator, Demanding))(random.randint(0, 2**32))
    case = (generator.window_case if random.random() < 0.2 else generator.case)(0)
    rules = rules_of(case["rules"])
    rules = [heeding(one, random) if random.random() < 0.2 else one for one in rules]
    return [DO, *(replace(one, **timed(one, random)) for one in rules)]


def heeding(rule: Rule, random: Random) -> Rule:
    """The rule with a `not` or `exists` of a signal somewhere."""
    [terms] = rule.branches
    place, term = random.randint(0, len(terms)), Existential(terms=(DROPS,), negated=random.random() < 0.7)
    return replace(rule, branches=((*terms[:place], term, *terms[place:]),))


def timed(rule: Rule, random: Random) -> dict[str, Any]:
    """A timer for most rules; for some of those a signal to wait with."""
    if random.random() < 0.25:
        return {}
    branches = rule.branches
    if random.random() < 0.4:
        branches = tuple((*terms, waits(random)) for terms in branches)
    found: dict[str, Any] = {"timer": random.choice(TIMERS), "branches": branches}
    if random.random() < 0.5:  # so that matches whose time has come wait for their turn as well
        found["agenda_group"] = random.choice(("MAIN", "g", "h"))
        found["auto_focus"] = random.random() < 0.3
        found["activation_group"] = random.choice((None, None, "p"))
        found["salience"] = random.choice((rule.salience, by_x, by_x))
    return found


def waits(random: Random) -> Pattern:
    """A signal to wait with, for some rules only the latest."""
    windows = (Window(kind="length", size=1), Window(kind="length", size=2), Window(kind="time", size=15))
    return replace(SIGNAL, alias="waits", window=random.choice((None, *windows)))


def by_x(values: tuple[Any, ...]) -> int:
    """The salience of a match that changes with the facts in it."""
    return int(sum(getattr(value, "x", 0) for value in values))


def arriving(random: Random) -> Signal:
    what = random.choice(("put", "put", "put", "change", "drop", "focus"))
    kind = random.choice("gh") if what == "focus" else random.choice(("A", "B", "C", "Brief"))
    return Do(what=what, kind=kind, x=random.randint(0, 2), y=random.randint(0, 2))


@pytest.fixture
def _ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    put_matches_in_order(monkeypatch)
    monkeypatch.setitem(TYPES, "Brief", Brief)


@pytest.mark.usefixtures("_ordered")
@settings(RUNS, derandomize=True)
@given(seed=SEEDS)
def test_timed_matches_fire_once_each_and_in_order_however_often_the_session_is_loaded(seed: int) -> None:
    random = Random(seed)
    rulebook = Rulebook(random_rules(random), fact_types=TYPES.values())
    mortal, immortal = Saved(rulebook), Lasting(rulebook)
    for _ in range(random.randint(3, 15)):
        signal: Signal = arriving(random)
        if mortal.moments and random.random() < 0.6:
            signal = MomentCame(moment=min(mortal.moments))
        now = signal.moment if isinstance(signal, MomentCame) else mortal.now + timedelta(seconds=random.choice((0, 5)))
        # A host that was down comes late.
        mortal.now = immortal.now = max(now, mortal.now) + timedelta(seconds=random.choice((0, 0, 0, 70)))
        firings = mortal.tell([signal])
        assert firings == immortal.tell([signal])
        if isinstance(firings, str):
            return
        assert mortal.facts == immortal.facts
        assert mortal.moments == immortal.moments
