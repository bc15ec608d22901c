"""The subnetwork of `not`, `exists` and `accumulate`: the matches inside, and the outer tuples that they belong to."""

from __future__ import annotations

from infobip_rules.engine.network.nodes import node_for
from infobip_rules.engine.network.staging import DELETE, INSERT, Staged
from infobip_rules.engine.network.subnetwork import Subnetwork
from tests.engine.parts import Order, Payment, fact, match, pattern, same

PAYMENT = pattern(Payment, "b", joins=(same("number"),))


def subnetwork() -> Subnetwork:
    node = node_for(PAYMENT)
    return Subnetwork([node], {id(PAYMENT): [node]})


def test_matches_inside_belong_to_the_tuple_that_they_begin_with() -> None:
    of, outers = subnetwork(), [match(fact(n, Order(number=n))) for n in (1, 2)]
    of.stage(fact(11, Payment(number=2)), INSERT, PAYMENT)
    staged = Staged()
    for outer in outers:
        staged.insert(outer)
    [inside] = of.run(staged).inserted
    assert of.outer(inside) is outers[1]
    assert inside.elements[0] is outers[1].elements[0]


def test_a_match_of_a_tuple_that_went_belongs_to_nothing() -> None:
    of, outer, payment = subnetwork(), match(fact(1, Order(number=1))), fact(11, Payment(number=1))
    of.stage(payment, INSERT, PAYMENT)
    coming, going = Staged(), Staged()
    coming.insert(outer)
    of.run(coming)
    going.delete(outer)
    [gone] = of.run(going).deleted
    assert of.outer(gone) is None
    going.deleted.clear()
    of.stage(payment, DELETE, PAYMENT)
    assert len(of.run(going).deleted) == 0


def test_an_outer_tuple_that_changes_hands_its_cause_to_what_stands_for_it() -> None:
    of, outer = subnetwork(), match(fact(1, Order(number=1)))
    of.stage(fact(11, Payment(number=1)), INSERT, PAYMENT)
    coming, changing = Staged(), Staged()
    coming.insert(outer)
    of.run(coming)
    outer.recency, outer.origin = 8, "t/r"
    changing.update(outer)
    [inside] = of.run(changing).updated
    assert (inside.recency, inside.origin) == (8, "t/r")
