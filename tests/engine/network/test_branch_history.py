"""The history of a branch's network: what was staged since it was evaluated."""

from __future__ import annotations

from infobip_rules.engine.network.branch_history import BranchHistory
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE
from infobip_rules.engine.rules.model import Term
from tests.engine.parts import Order, Payment, alphas_of, fact, none, pattern, rule, same

ORDER, PAYMENT = pattern(), pattern(Payment, "b")


def history(*terms: Term) -> BranchHistory:
    """Of a branch that was evaluated just now."""
    found = BranchHistory(alphas_of(rule(*terms)).branches[0])
    found.begin_anew()
    return found


def test_what_comes_and_goes_again_leaves_nothing() -> None:
    of, order = history(ORDER, none(PAYMENT)), fact(1, Order())
    of.note(order, INSERT, ORDER)
    assert list(of.added) == [(0, order)]
    of.note(order, UPDATE, ORDER)
    of.note(order, DELETE, ORDER)
    assert (of.added, of.removed, of.evaluated) == ({}, {}, True)


def test_an_update_of_a_positive_pattern_counts_as_new_and_its_end_as_nothing() -> None:
    of, order, other = history(ORDER, none(PAYMENT)), fact(1, Order()), fact(2, Order())
    of.note(order, UPDATE, ORDER)
    of.note(other, DELETE, ORDER)
    assert (list(of.added), of.removed, of.evaluated) == ([(0, order)], {}, True)


def test_what_a_lone_not_was_judged_by_is_kept_when_it_goes() -> None:
    of, payment, other = history(ORDER, none(PAYMENT)), fact(1, Payment()), fact(2, Payment())
    of.note(payment, DELETE, PAYMENT)
    of.note(other, UPDATE, PAYMENT)
    assert (of.added, list(of.removed), of.evaluated) == ({}, [(1, payment)], True)


def test_what_a_joined_not_was_judged_by_cannot_be_told_afterwards() -> None:
    joined = pattern(Payment, "b", joins=(same("number"),))
    of = history(ORDER, none(joined))
    of.note(fact(1, Payment()), DELETE, joined)
    assert not of.evaluated


def test_behind_another_not_that_does_not_matter() -> None:
    joined = pattern(Payment, "b", joins=(same("number"),))
    of = history(ORDER, none(PAYMENT), none(joined))
    of.note(fact(1, Payment()), DELETE, joined)
    assert of.evaluated


def test_evaluating_begins_it_anew() -> None:
    of = history(ORDER, none(PAYMENT))
    of.note(fact(1), INSERT, ORDER)
    of.note(fact(2), DELETE, PAYMENT)
    of.evaluated = False
    of.begin_anew()
    assert (of.added, of.removed, of.evaluated) == ({}, {}, True)
