"""The node of `accumulate`: results come, change and go with what is folded."""

from __future__ import annotations

from typing import Any

from infobip_rules.engine.network.accumulate_node import AccumulateNode
from infobip_rules.engine.network.elements import Tuple
from infobip_rules.engine.network.nodes import node_for
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Staged
from infobip_rules.engine.rules.model import Accumulate, Constraint, Fold
from tests.engine.parts import Payment, fact, match, pattern

PAYMENT = pattern(Payment, "p")
SUM = Fold(function="sum", value=lambda before: before[-1].number, text="sum")
HIGHEST = Fold(function="max", value=lambda before: before[-1].number, text="max")
LARGE = Constraint(text="> 2", predicate=lambda results, _: bool(results[0] > 2), fields=frozenset())


def node(*folds: Fold, constraints: tuple[Constraint, ...] = ()) -> AccumulateNode:
    term = Accumulate(alias="s", terms=(PAYMENT,), folds=folds, constraints=constraints, joins=(), where="test")
    found = node_for(term)
    assert isinstance(found, AccumulateNode)
    return found


def begin(of: AccumulateNode) -> tuple[Tuple, Staged]:
    """One tuple comes."""
    so_far, staged = match(), Staged()
    staged.insert(so_far)
    return so_far, of.run(staged)


def results(tuples: dict[Tuple, None]) -> list[Any]:
    return [found.elements[-1].value for found in tuples]


def test_a_sum_over_nothing_is_a_result_and_a_maximum_over_nothing_is_none() -> None:
    assert results(begin(node(SUM))[1].inserted) == [(0,)]
    assert results(begin(node(HIGHEST))[1].inserted) == []
    assert results(begin(node(SUM, HIGHEST))[1].inserted) == [(0, None)]


def test_results_change_in_place_and_know_who_changed_them() -> None:
    of = node(SUM)
    _, first = begin(of)
    payment = fact(1, Payment(number=3))
    payment.recency, payment.origin = 4, "t/r"
    of.stage(payment, INSERT, PAYMENT)
    target = of.run(Staged())
    assert (results(target.updated), list(target.updated)) == ([(3,)], list(first.inserted))
    assert [(found.recency, found.origin) for found in target.updated] == [(4, "t/r")]
    payment.value = Payment(number=5)
    of.stage(payment, UPDATE, PAYMENT)
    assert results(of.run(Staged()).updated) == [(5,)]
    of.stage(payment, DELETE, PAYMENT)
    assert results(of.run(Staged()).updated) == [(0,)]


def test_results_that_satisfy_the_constraints_no_more_are_taken_back() -> None:
    of, payment = node(SUM, constraints=(LARGE,)), fact(1, Payment(number=3))
    of.stage(payment, INSERT, PAYMENT)
    _, target = begin(of)
    assert results(target.inserted) == [(3,)]
    of.stage(payment, DELETE, PAYMENT)
    assert len(of.run(Staged()).deleted) == 1


def test_a_tuple_that_goes_takes_its_results_with_it() -> None:
    of = node(SUM)
    so_far, _ = begin(of)
    gone = Staged()
    gone.delete(so_far)
    assert len(of.run(gone).deleted) == 1
    of.stage(fact(1, Payment()), INSERT, PAYMENT)
    assert len(of.run(Staged()).inserted) == 0
