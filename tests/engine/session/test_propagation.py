"""Propagation: which networks a change reaches, and what is staged in them."""

from __future__ import annotations

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.match_keys import key_of
from infobip_rules.engine.network.staging import DELETE, UPDATE
from infobip_rules.engine.session.working_memory import WorkingMemory
from tests.engine.parts import Order, Payment, Tick, fire, insert, match, memory_of, none, pattern, rule

PAIR = (pattern(listens={"number"}), pattern(Payment, "b"))


def network(memory: WorkingMemory, name: str = "r") -> BranchNetwork:
    return next(network for branch, network in memory.networks.items() if branch.rule.name == name)


def names(branches: dict[Branch, BranchNetwork]) -> list[str]:
    return [branch.rule.name for branch in branches]


def test_a_change_builds_networks_of_branches_whose_key_has_been_there_and_of_no_others() -> None:
    memory = memory_of(rule(*PAIR), rule(pattern(Tick), pattern(alias="b"), name="of_signals", order=1))
    insert(memory, 1, Payment())
    assert names(memory.networks) == []
    insert(memory, 2, Order())
    assert names(memory.networks) == ["r"]
    insert(memory, 0, Tick())
    assert names(memory.networks) == ["r", "of_signals"]


def test_rules_learn_of_a_change_in_the_order_of_declaration_if_the_order_counts() -> None:
    later = rule(pattern(number=1), name="later", order=1, no_loop=True)
    memory = memory_of(rule(pattern(), no_loop=True), later)
    insert(memory, 1, Order(number=1))
    assert names(memory.networks) == ["r", "later"]


def test_an_update_of_fields_that_nobody_listens_to_only_moves_the_element() -> None:
    memory = memory_of(rule(*PAIR))
    order = insert(memory, 1, Order())
    insert(memory, 2, Payment())
    assert fire(memory) == ["r(1, 2)"]
    memory.propagation.prepare([0])
    memory.propagation.propagate(order, [(0, UPDATE)], frozenset({"paid"}))
    assert not network(memory).dirty
    memory.propagation.propagate(order, [(0, UPDATE)], frozenset({"number"}))
    assert network(memory).dirty
    memory.scheduler.evaluate(network(memory))
    memory.propagation.propagate(order, [(0, UPDATE)], None)
    assert network(memory).dirty


def test_a_pattern_that_listens_to_any_field_hears_of_each_and_of_none_if_none_changed() -> None:
    memory = memory_of(rule(pattern(listens={"*"})))
    assert memory.propagation.listening([0], frozenset({"paid"})) == [0]
    assert memory.propagation.listening([0], frozenset()) == []
    assert memory.propagation.listening([0], None) == [0]


def test_deferred_memories_are_built_before_alpha_memories_change() -> None:
    memory = memory_of(rule(*PAIR))
    insert(memory, 2, Payment())
    insert(memory, 1, Order())
    assert fire(memory) == ["r(1, 2)"]
    assert network(memory).memories_deferred
    memory.propagation.prepare([1])
    assert not network(memory).memories_deferred
    assert fire(memory) == []


def test_the_end_of_an_element_is_watched_where_it_can_make_something_match() -> None:
    memory = memory_of(rule(pattern(), none(pattern(Payment, "b"))), rule(*PAIR, name="pair", order=1))
    order, payment = insert(memory, 1, Order()), insert(memory, 2, Payment())
    assert memory.propagation.watched(order) == []
    [index] = memory.propagation.watched(payment)
    assert fire(memory) == ["pair(1, 2)"]
    memory.memories.remove(payment, index)
    memory.propagation.propagate_end(payment, [index])
    assert fire(memory) == ["r(1)"]


def test_without_such_rules_no_end_is_watched() -> None:
    memory = memory_of(rule(*PAIR))
    assert list(memory.propagation.watched(insert(memory, 1, Order()))) == []


def test_the_end_of_a_justifying_match_is_noticed_at_the_turn_of_its_rule() -> None:
    memory = memory_of(rule(*PAIR))
    order, payment = insert(memory, 1, Order()), insert(memory, 2, Payment())
    ended: list[tuple[object, str | None]] = []
    network(memory).on_match_end = lambda match, origin: ended.append((match, origin))
    key = key_of(network(memory).branch, match(order, payment))
    memory.propagation.propagate_end_of_match(network(memory), key, "t/who")
    assert ended == []
    fire(memory)
    assert ended == [(key, "t/who")]


def test_an_element_that_leaves_a_pattern_and_one_that_it_enters_are_both_told() -> None:
    memory = memory_of(rule(pattern(paid=False)), rule(pattern(paid=True), name="paid", order=1))
    order = insert(memory, 1, Order())
    assert fire(memory) == ["r(1)"]
    memory.modify(order, Order(paid=True), frozenset({"paid"}), origin=None)
    assert fire(memory) == ["paid(1)"]
    memory.propagation.prepare([1])
    memory.memories.remove(order, 1)
    memory.propagation.propagate(order, [(1, DELETE)])
    assert fire(memory) == []
