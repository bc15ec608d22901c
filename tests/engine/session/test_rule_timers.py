"""Networks of rules with timers: what is due at a moment, and which signals are waited with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from infobip_rules.engine.rules.model import RuleTimer
from infobip_rules.engine.rules.moment import MOMENT
from tests.engine.parts import NOON, Order, Payment, Tick, fire, insert, memory_of, pattern, rule

MINUTE = RuleTimer(first=60.0)
LATER = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def test_a_match_waits_for_its_moment_and_fires_then() -> None:
    memory = memory_of(rule(pattern(), timer=MINUTE))
    insert(memory, 1, Order())
    assert fire(memory) == []
    [(_, due)] = memory.dues()
    assert due.moment == LATER
    memory.release(NOON)
    assert fire(memory) == []
    memory.release(LATER)
    assert fire(memory) == ["r(1)"]
    assert memory.dues() == []


def test_networks_are_released_in_the_order_of_declaration_whichever_was_built_first() -> None:
    first = rule(pattern(), timer=MINUTE, name="first")
    second = rule(pattern(Payment), timer=MINUTE, name="second", order=1)
    memory = memory_of(first, second)
    insert(memory, 1, Payment())
    insert(memory, 2, Order())
    memory.evaluate_all()
    assert [branch.rule.name for (branch, _), _ in memory.dues()] == ["first", "second"]


def test_a_match_that_is_released_has_come_about_just_now() -> None:
    memory = memory_of(rule(pattern(), timer=MINUTE))
    insert(memory, 1, Order())
    fire(memory)
    before = memory.agenda.recency
    memory.release(LATER)
    found = memory.next_match()
    assert found is not None
    assert found[1].recency == memory.agenda.recency == before + 1


def test_a_signal_is_waited_with_by_the_pattern_that_matched_it_alone() -> None:
    memory = memory_of(rule(pattern(Tick), timer=MINUTE), rule(pattern(Tick), name="other", order=1))
    tick = insert(memory, 0, Tick())
    assert fire(memory) == ["other(0)"]
    assert memory.timers is not None
    [(waited_with, indexes)] = memory.timers.signals().items()
    assert waited_with is tick
    assert indexes == {memory.networks[next(iter(memory.networks))].branch.matched_alphas[0]}


def test_without_timers_there_is_none_and_nothing_is_due() -> None:
    memory = memory_of(rule(pattern()))
    assert memory.timers is None
    memory.release(LATER)
    assert memory.dues() == []
