"""Nodes of `not` and `exists`: when a tuple passes, and who brought that about."""

from __future__ import annotations

import pytest

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.existentials import Exists, NotExistsGroup
from infobip_rules.engine.network.nodes import node_for
from infobip_rules.engine.network.staging import DELETE, INSERT, Staged
from tests.engine.parts import Order, Payment, fact, match, none, pattern, same, some

PAYMENT = pattern(Payment, "b", joins=(same("number"),))
ORDER = pattern(Order, "c")


def coming(*tuples: Tuple) -> Staged:
    staged = Staged()
    for new in tuples:
        staged.insert(new)
    return staged


def payment(number: int, *, recency: int = 0, origin: str | None = None) -> Element:
    element = fact(10 + number, Payment(number=number))
    element.recency, element.origin = recency, origin
    return element


def node(*, negated: bool, group: bool) -> Exists | NotExistsGroup:
    """A node of one pattern, or of the same pattern with an order besides."""
    terms = (PAYMENT, ORDER) if group else (PAYMENT,)
    found = node_for(none(*terms) if negated else some(*terms))
    assert isinstance(found, NotExistsGroup if group else Exists)
    found.stage(fact(99, Order()), INSERT, ORDER) if group else None
    return found


@pytest.mark.parametrize("group", [False, True], ids=["a pattern", "several terms"])
@pytest.mark.parametrize("negated", [True, False], ids=["not", "exists"])
def test_a_tuple_passes_and_is_taken_back_as_elements_come_and_go(negated: bool, group: bool) -> None:
    of, so_far = node(negated=negated, group=group), match(fact(1, Order(number=1)))
    other, fitting = payment(2), payment(1, recency=5, origin="t/r")
    of.stage(other, INSERT, PAYMENT)
    first = of.run(coming(so_far))
    assert len(first.inserted) == negated
    of.stage(fitting, INSERT, PAYMENT)
    second = of.run(Staged())
    assert (len(second.inserted), len(second.deleted)) == ((0, 1) if negated else (1, 0))
    [changed] = second.deleted or second.inserted
    assert (changed.recency, changed.origin) == (5, "t/r")
    fitting.recency, fitting.origin = 7, "t/by"
    of.stage(fitting, DELETE, PAYMENT)
    third = of.run(Staged())
    assert (len(third.inserted), len(third.deleted)) == ((1, 0) if negated else (0, 1))
    [changed] = third.deleted or third.inserted
    assert (changed.recency, changed.origin) == (7, "t/by")


@pytest.mark.parametrize("group", [False, True], ids=["a pattern", "several terms"])
def test_a_second_element_changes_nothing(group: bool) -> None:
    of, so_far = node(negated=False, group=group), match(fact(1, Order(number=1)))
    first, second = payment(1), fact(12, Payment(number=1))
    of.stage(first, INSERT, PAYMENT)
    of.run(coming(so_far))
    of.stage(second, INSERT, PAYMENT)
    target = of.run(Staged())
    assert (len(target.inserted), len(target.updated), len(target.deleted)) == (0, 0, 0)
    of.stage(first, DELETE, PAYMENT)
    assert len(of.run(Staged()).deleted) == 0


@pytest.mark.parametrize("group", [False, True], ids=["a pattern", "several terms"])
def test_a_tuple_that_changes_is_judged_anew_and_one_that_goes_takes_what_passed(group: bool) -> None:
    of, so_far = node(negated=True, group=group), match(fact(1, Order(number=1)))
    of.run(coming(so_far))
    changed, gone = Staged(), Staged()
    changed.update(so_far)
    assert len(of.run(changed).updated) == 1
    gone.delete(so_far)
    assert len(of.run(gone).deleted) == 1
