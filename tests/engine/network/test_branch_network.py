"""The network of a branch: its matches, with memories and without, and which of them wait to fire."""

from __future__ import annotations

from typing import Any

import pytest

from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.match_keys import MatchKey
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Change
from infobip_rules.engine.rules.model import Rule, Term
from tests.engine.parts import Order, Payment, alphas_of, fact, match, none, pattern, rule, same

PAIR = (pattern(), pattern(Payment, "b", joins=(same("number"),)))


def network(*terms: Term, **attributes: Any) -> BranchNetwork:
    """A started network."""
    found = BranchNetwork(alphas_of(rule(*terms, **attributes)).branches[0])
    found.start()
    return found


def stage(into: BranchNetwork, place: int, change: Change, *elements: Element) -> None:
    for element in elements:
        into.stage(element, place, change, next(held for at, held, _ in into.branch.places if at == place))


def numbers(of: BranchNetwork) -> list[list[int]]:
    return [[element.id for element in found.elements] for found in of.pending]


def orders(*ids: int) -> list[Element]:
    return [fact(number, Order(number=number % 2), 0) for number in ids]


def payments(*ids: int) -> list[Element]:
    return [fact(number, Payment(number=number % 2), 1) for number in ids]


@pytest.mark.parametrize("reverses", [False, True])
def test_a_sketch_finds_the_matches_that_memories_would_in_the_same_order(reverses: bool) -> None:
    rules: list[Rule] = [rule(*PAIR)] if not reverses else [rule(*PAIR), rule(*PAIR, order=1)]
    branch = alphas_of(*rules).branches[-1]
    left, right = orders(1, 2, 3, 5), payments(11, 12, 13)
    memories = AlphaMemories()
    for element in (*left, *right):
        memories.add_to_all(element)
    sketched, full = BranchNetwork(branch), BranchNetwork(branch)
    sketched.sketch(memories)
    full.start()
    stage(full, 0, INSERT, *left)
    stage(full, 1, INSERT, *right)
    full.run()
    assert numbers(sketched) == numbers(full)
    assert len(sketched.pending) == 7
    assert sketched.memories_deferred


def test_with_no_loop_a_match_that_its_own_rule_brought_about_does_not_wait() -> None:
    of = network(pattern(), no_loop=True)
    for origin, waits in (("t/r", []), ("t/other", [[1]])):
        [order] = orders(1)
        order.origin = origin
        stage(of, 0, INSERT, order)
        assert numbers(of) == waits


def test_a_match_of_several_patterns_has_the_origin_of_what_changed_last() -> None:
    of = network(*PAIR, no_loop=True)
    [order], [payment] = orders(1), payments(11)
    order.recency, order.origin = 2, "t/r"
    payment.recency, payment.origin = 1, "t/other"
    stage(of, 0, INSERT, order)
    stage(of, 1, INSERT, payment)
    of.run()
    assert numbers(of) == []


def test_the_agenda_is_asked_before_a_match_waits_and_not_about_what_is_gone() -> None:
    of = network(pattern())
    asked: list[tuple[int, bool]] = []

    def admit(network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        asked.append((match.elements[0].id, again))
        return match.elements[0].id != 2

    of.admit = admit
    one, two, gone = orders(1, 2, 3)
    gone.gone = True
    stage(of, 0, INSERT, one, two, gone)
    of.take()
    stage(of, 0, UPDATE, one)
    assert asked == [(1, False), (2, False), (1, True)]
    assert numbers(of) == [[1]]


def test_who_asked_for_it_hears_of_matches_that_end_and_of_those_noted_at_the_next_run() -> None:
    of = network(*PAIR)
    ended: list[tuple[MatchKey, str | None]] = []
    of.on_match_end = lambda key, origin: ended.append((key, origin))
    [order], [payment] = orders(1), payments(11)
    stage(of, 0, INSERT, order)
    stage(of, 1, INSERT, payment)
    of.run()
    of.end((of.branch, (7,)), "t/who")
    assert (of.dirty, ended) == (True, [])
    of.run()
    assert ended == [((of.branch, (7,)), "t/who")]
    payment.recency, payment.origin = 9, "t/by"
    stage(of, 1, DELETE, payment)
    of.run()
    assert [parts for (_, parts), _ in ended] == [(7,), (1, 11)]
    assert numbers(of) == []


def test_computed_salience_is_that_of_the_moment_the_match_came_about() -> None:
    of = network(pattern(), salience=lambda values: values[0].number)
    low, high = fact(1, Order(number=1)), fact(2, Order(number=5))
    stage(of, 0, INSERT, low, high)
    low.value = Order(number=9)
    assert [of.take().elements[0].id, of.take().elements[0].id] == [2, 1]


def test_an_empty_tuple_is_no_event_and_waits_for_the_turn_of_the_rule() -> None:
    of = network(none(pattern()))
    of.run_at_once()
    assert (of.dirty, numbers(of)) == (True, [])
    of.run()
    assert (of.dirty, numbers(of)) == (False, [[]])


def test_a_match_lasts_until_an_element_is_gone_or_in_a_rule_of_one_pattern_has_changed() -> None:
    of, (order,) = network(pattern()), orders(1)
    stage(of, 0, INSERT, order)
    found = of.take()
    assert of.lasts(found)
    stage(of, 0, DELETE, order)
    assert not of.lasts(found)
    other = match(*orders(2))
    other.elements[0].gone = True
    assert not network(*PAIR).lasts(other)


def test_forgetting_gives_back_what_waited() -> None:
    of = network(pattern())
    stage(of, 0, INSERT, *orders(1, 2))
    assert [found.elements[0].id for found in of.forget()] == [1, 2]
    assert numbers(of) == []
    assert of.open() == []
