"""Nodes of patterns and of `eval`: what is paired, what passes, and in which order."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Tuple
from infobip_rules.engine.network.joins import Filter, Join
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Staged
from infobip_rules.engine.rules.model import Constraint
from infobip_rules.engine.rules.model import Test as Eval
from tests.engine.parts import Order, Payment, fact, match, pattern, same

SAME = pattern(Payment, "b", joins=(same("number"),))


def coming(*tuples: Tuple) -> Staged:
    staged = Staged()
    for new in tuples:
        staged.insert(new)
    return staged


def numbers(tuples: dict[Tuple, None]) -> list[list[int]]:
    return [[element.id for element in found.elements] for found in tuples]


def test_new_tuples_meet_what_is_held_and_new_elements_meet_tuples_that_were_there() -> None:
    join = Join(pattern(Payment, "b"))
    join.stage(fact(11), INSERT, SAME)
    assert numbers(join.run(coming(match(fact(1)))).inserted) == [[1, 11]]
    join.stage(fact(12), INSERT, SAME)
    assert numbers(join.run(coming(match(fact(2)))).inserted) == [[1, 12], [2, 11], [2, 12]]


def test_without_tuples_elements_are_only_taken_in() -> None:
    join = Join(SAME)
    join.stage(fact(11, Payment(number=1)), INSERT, SAME)
    assert numbers(join.run(Staged()).inserted) == []
    assert numbers(join.run(coming(match(fact(1, Order(number=1))))).inserted) == [[1, 11]]


def test_a_pair_that_does_not_satisfy_the_join_any_more_is_taken_back() -> None:
    join, payment = Join(SAME), fact(11, Payment(number=1))
    join.stage(payment, INSERT, SAME)
    join.run(coming(match(fact(1, Order(number=1)))))
    payment.value, payment.recency = Payment(number=2), 9
    join.stage(payment, UPDATE, SAME)
    assert numbers(join.run(Staged()).deleted) == [[1, 11]]
    payment.value = Payment(number=1)
    join.stage(payment, UPDATE, SAME)
    [again] = join.run(Staged()).inserted
    assert again.recency == 9


def test_what_goes_on_either_side_takes_its_pairs_with_it() -> None:
    join, payment, order = Join(SAME), fact(11, Payment(number=1)), match(fact(1, Order(number=1)))
    join.stage(payment, INSERT, SAME)
    join.run(coming(order))
    join.stage(payment, DELETE, SAME)
    assert numbers(join.run(Staged()).deleted) == [[1, 11]]
    join.stage(payment, INSERT, SAME)
    join.run(Staged())
    going = Staged()
    going.delete(order)
    assert numbers(join.run(going).deleted) == [[1, 11]]


def test_a_condition_passes_tuples_on_and_takes_them_back() -> None:
    paid = Constraint(text="paid", predicate=lambda _, before: bool(before[0].paid), fields=frozenset())
    node, order = Filter(Eval(constraint=paid)), fact(1, Order(paid=True))
    so_far = match(order)
    assert numbers(node.run(coming(so_far)).inserted) == [[1]]
    changed = Staged()
    changed.update(so_far)
    assert numbers(node.run(changed).updated) == [[1]]
    order.value = Order()
    assert numbers(node.run(changed).deleted) == [[1]]
    assert numbers(node.run(changed).deleted) == []
