"""A session that is saved and loaded at every signal behaves as one that never ended, also where rules have several ways.

The ways of one rule are equals in a heap: which comes first depends on what else waited there, evaluations ago.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import example, given, settings

from infobip_rules.engine.rules.model import Existential, Pattern, Rule
from tests.engine.drools.specs import TYPES, rules_of
from tests.engine.ordering import put_matches_in_order
from tests.engine.test_immortal_features import Demanding, compare, signals
from tests.engine.test_immortal_session import RUNS, SEEDS


@pytest.fixture
def _ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    put_matches_in_order(monkeypatch)


def any_type(random: Random) -> Pattern:
    kind = TYPES[random.choice("ABC")]
    return Pattern(alias="zz", type=kind, entry_point=None, constraints=(), joins=(), listens=frozenset(), where="test")


def with_ways(rule: Rule, random: Random) -> Rule:
    """The rule with one or two ways more, which ask for something besides.

    Not with no-loop: which of a rule's own changes was the last of a fact is not kept with the session (decision 0021).
    """
    if random.random() >= 0.6 or rule.no_loop:
        return rule
    (terms,) = rule.branches
    ways = [terms]
    for _ in range(random.randint(1, 2)):
        besides = any_type(random)
        ways.append((*terms, Existential(negated=random.random() < 0.5, terms=(besides,))))
    random.shuffle(ways)
    return replace(rule, branches=tuple(ways))


@pytest.mark.usefixtures("_ordered")
@settings(RUNS, derandomize=True)
@given(seed=SEEDS)
@example(seed=2789)  # a way that waited was between others of which nothing waits any more
@example(seed=3155)  # the same after a halt
@example(seed=4564)
def test_loading_and_saving_at_every_signal_changes_nothing(seed: int) -> None:
    random = Random(seed)
    generator = Demanding(random.randint(0, 2**32))
    case = (generator.window_case if random.random() < 0.2 else generator.case)(0)
    rules = [with_ways(rule, random) for rule in rules_of(case["rules"])]
    steps = [
        ([one for _ in range(random.choice((1, 1, 1, 2, 3))) for one in signals(random)], random.choice((0, 0, 1, 2)))
        for _ in range(random.randint(3, 14))
    ]
    compare(rules, steps)
