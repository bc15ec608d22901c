"""Alpha memories: the elements of each pattern, and whether a branch could match with them."""

from __future__ import annotations

from infobip_rules.engine.network.alpha import ALWAYS, Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from tests.engine.parts import Payment, Tick, alphas_of, fact, none, pattern, rule, some


def branch() -> Branch:
    """That there is an order (0) and some payment (1), and no tick (2)."""
    return alphas_of(rule(pattern(), some(pattern(Payment, "b")), none(pattern(Tick, "t")))).branches[0]


def test_a_branch_is_linked_while_all_it_needs_is_there_and_nothing_that_blocks_it() -> None:
    memories, of = AlphaMemories(), branch()
    order, tick = fact(1, None, 0), fact(2, None, 2)
    memories.add_to_all(order)
    assert not memories.is_linked(of)
    memories.add_to_all(fact(3, None, 1))
    assert memories.is_linked(of)
    memories.add_to_all(tick)
    assert not memories.is_linked(of)
    memories.remove_from_all(tick)
    memories.remove(order, 0)
    assert not memories.is_linked(of)


def test_it_was_linked_if_what_is_stored_would_have_been_enough() -> None:
    memories, of = AlphaMemories(), branch()
    order, payment = fact(1, None, 0), fact(2, None, 1)
    for element in (order, payment):
        memories.add_to_all(element)
    order.already_matched = True
    assert not memories.was_linked(of)
    payment.already_matched = True
    assert memories.was_linked(of)
    memories.add_to_all(fact(3, None, 2))  # came later, and blocks nothing that was before
    assert memories.was_linked(of)


def test_without_a_positive_pattern_a_branch_counts_as_having_had_matches() -> None:
    assert AlphaMemories().has_matched(ALWAYS)
    assert not AlphaMemories().has_matched(0)


def test_only_holders_under_a_key_that_has_been_there_are_reached() -> None:
    alphas = alphas_of(rule(pattern(), pattern(Payment, "b")), rule(pattern(Tick), pattern(Payment, "b"), order=1))
    payments = alphas.alphas[1].holders
    memories = AlphaMemories()
    assert memories.reached(payments) == []
    order = fact(1, None, 0)
    memories.add_to_all(order)
    assert [found.rule.order for found, _, _ in memories.reached(payments)] == [0]
    memories.remove_from_all(order)  # its rule has learned of it, so it learns of what follows
    assert [found.rule.order for found, _, _ in memories.reached(payments)] == [0]
    for index in range(2, 9):
        memories.add_to_all(fact(index, None, index))
    assert [found.rule.order for found, _, _ in memories.reached(payments)] == [0, 1]


def test_withdrawing_from_a_pattern_touches_no_list_that_elements_share() -> None:
    memories, shared = AlphaMemories(), [0, 1]
    one, other = fact(1), fact(2)
    one.alphas = other.alphas = shared
    for element in (one, other):
        memories.add_to_all(element)
    memories.withdraw(one, 0)
    assert (one.alphas, other.alphas) == ([1], [0, 1])
    assert (list(memories[0]), list(memories[1])) == ([other], [one, other])


def test_elements_of_a_branch_come_pattern_by_pattern_with_the_number_of_the_pattern() -> None:
    memories = AlphaMemories()
    payment, order = fact(1, None, 1), fact(2, None, 0)
    for element in (payment, order):
        memories.add_to_all(element)
    assert memories.held(branch()) == [(0, order), (1, payment)]
