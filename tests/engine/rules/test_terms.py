"""What terms answer about themselves: what is inside them, what they need, what ends them, and how they are written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infobip_rules.engine.rules import model
from infobip_rules.engine.rules.model import (
    ANY_FIELD,
    Accumulate,
    Constraint,
    Existential,
    Fold,
    From,
    Pattern,
    Term,
    ValueTerm,
    Window,
    every_field,
    names_of,
    patterns_of,
)
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal


class Order(Fact):
    number: int = 0
    paid: bool = False


class Payment(Fact):
    order: int = 0


class Question(Signal):
    text: str = ""


def asks(text: str, *fields: str, joins: dict[int, frozenset[str]] | None = None) -> Constraint:
    return Constraint(text=text, predicate=lambda *_: True, fields=frozenset(fields), joins=joins or {})


PAID = asks("m.paid == True", "paid")
OF_ORDER = asks("m.order == c.order.number", "order", joins={0: frozenset({"number"})})


def pattern(kind: type[Fact | Signal], alias: str = "m", **given: object) -> Pattern:
    settings = {"entry_point": getattr(kind, "entry_point", None), "constraints": (), "joins": (), "where": ""}
    return Pattern(alias=alias, type=kind, listens=frozenset(), **{**settings, **given})  # type: ignore[arg-type]


ORDER = replace(pattern(Order, "order", constraints=(PAID,)), listens=frozenset({"paid"}))
PAYMENT = pattern(Payment, "payment", joins=(OF_ORDER,))
ANY_PAYMENT = pattern(Payment)
QUESTION = pattern(Question, "signal")
EVAL = model.Test(constraint=asks("now > noon"))
FROM = From(
    alias="line",
    type=str,
    source=lambda before: before,
    text="$order.lines",
    reads={0: frozenset({"lines"})},
    constraints=(PAID,),
    joins=(),
    where="",
)
COUNT = Fold(function="count", value=None, text="count()")
COUNTED = Accumulate(alias="m", terms=(PAYMENT,), folds=(COUNT,), constraints=(), joins=(), where="")
NOT = Existential(terms=(ANY_PAYMENT,), negated=True)
NOT_OF_ORDER = Existential(terms=(PAYMENT,), negated=True)
EXISTS = Existential(terms=(ANY_PAYMENT,), negated=False)
FORALL = Existential(terms=(ORDER, NOT_OF_ORDER), negated=True)
TERMS: list[Term] = [ORDER, EVAL, FROM, COUNTED, NOT, FORALL]


def test_patterns_are_found_however_deep_they_stand() -> None:
    assert list(patterns_of([QUESTION, FORALL, EVAL, FROM, COUNTED])) == [QUESTION, ORDER, PAYMENT, PAYMENT]


def test_children_are_the_terms_inside() -> None:
    assert [len(term.children) for term in TERMS] == [0, 0, 0, 1, 1, 2]


def test_conditions_are_those_on_the_value_alone_and_then_those_that_read_others() -> None:
    both = replace(PAYMENT, constraints=(PAID,))
    assert both.conditions == (PAID, OF_ORDER)
    assert EVAL.conditions == (EVAL.constraint,)
    assert NOT.conditions == ()


def test_names_are_those_of_terms_that_take_a_position() -> None:
    assert names_of([ORDER, NOT, EVAL, FROM, COUNTED]) == ("order", "line", "m")
    assert [isinstance(term, ValueTerm) for term in TERMS] == [True, False, True, True, False, False]


@pytest.mark.parametrize(
    ("term", "needed"),
    [(ORDER, [ORDER]), (EXISTS, [ANY_PAYMENT]), (NOT, []), (COUNTED, []), (EVAL, []), (FROM, []), (FORALL, [])],
)
def test_needed_are_patterns_that_must_match_for_the_term_to_hold(term: Term, needed: list[Pattern]) -> None:
    assert list(term.needed_patterns()) == needed


@pytest.mark.parametrize(
    ("term", "leaving"),
    [
        (ORDER, []),
        (EXISTS, []),
        (NOT, [ANY_PAYMENT]),
        (COUNTED, [PAYMENT]),
        (FORALL, [ORDER, PAYMENT]),
        (Existential(terms=(ORDER, NOT), negated=False), [ANY_PAYMENT]),
        (EVAL, []),
        (FROM, []),
    ],
)
def test_elements_that_leave_may_satisfy_a_not_and_change_what_is_folded(term: Term, leaving: list[Pattern]) -> None:
    assert list(term.unblocking_patterns()) == leaving


def test_a_lone_pattern_reads_nothing_that_was_matched_before() -> None:
    assert NOT.lone_pattern is EXISTS.lone_pattern is ANY_PAYMENT
    assert [term.lone_pattern for term in (NOT_OF_ORDER, FORALL, ORDER, COUNTED)] == [None] * 4


def test_only_a_not_of_a_lone_pattern_blocks_a_branch() -> None:
    assert NOT.blocker is ANY_PAYMENT
    assert [term.blocker for term in (EXISTS, NOT_OF_ORDER, FORALL, ORDER)] == [None] * 4


def test_a_pattern_behind_a_window_is_no_element_as_it_comes() -> None:
    assert ORDER.is_element
    assert not replace(ORDER, window=Window(kind="length", size=2)).is_element
    assert [term.is_element for term in TERMS[1:]] == [False] * 5


def test_a_signal_is_what_comes_through_an_entry_point() -> None:
    assert QUESTION.is_signal
    assert not ORDER.is_signal


@pytest.mark.parametrize(
    ("term", "heading"),
    [
        (ORDER, "order: Order"),
        (ANY_PAYMENT, "Payment"),
        (FROM, "line from $order.lines"),
        (replace(FROM, alias="m_0"), "from $order.lines"),
        (COUNTED, "accumulate(count())"),
        (replace(COUNTED, alias="n"), "n: accumulate(count())"),
        (NOT, "not"),
        (EXISTS, "exists"),
        (EVAL, "now > noon"),
    ],
)
def test_the_heading_has_the_name_that_the_rule_gives(term: Term, heading: str) -> None:
    assert term.heading == heading


def test_terms_share_a_node_if_they_ask_the_same_under_whatever_name() -> None:
    for term in TERMS:
        assert len([other for other in TERMS if other.sharing_key == term.sharing_key]) == 1
    assert replace(ORDER, alias="o").sharing_key == ORDER.sharing_key
    assert replace(ORDER, constraints=()).sharing_key != ORDER.sharing_key
    assert NOT.sharing_key != EXISTS.sharing_key
    assert replace(COUNTED, folds=(replace(COUNT, text="other"),)).sharing_key != COUNTED.sharing_key


def test_the_order_of_constraints_tells_no_patterns_apart() -> None:
    one, other = asks("m.number == 1", "number"), PAID
    assert replace(ORDER, constraints=(one, other)).key == replace(ORDER, constraints=(other, one)).key


def test_what_computes_behind_the_first_element_asks_for_all_its_changes() -> None:
    everything = every_field(Order)
    assert everything == {"number", "paid", ANY_FIELD}
    assert EVAL.requested_changes(ORDER) == FROM.requested_changes(ORDER) == everything
    assert replace(PAYMENT, queried=True).requested_changes(ORDER) == everything


def test_a_pattern_behind_the_first_element_asks_for_what_that_one_listens_to() -> None:
    assert PAYMENT.requested_changes(ORDER) == NOT.requested_changes(ORDER) == {"paid"}


def test_a_source_that_is_the_element_itself_asks_for_what_is_looked_at_there_too() -> None:
    assert replace(FROM, listens=frozenset({"number"})).requested_changes(ORDER) == {"number", "paid"}


def test_what_stands_inside_asks_as_its_first_term_does() -> None:
    assert replace(COUNTED, terms=(FROM,)).requested_changes(ORDER) == every_field(Order)
    assert Existential(terms=(FORALL, EVAL), negated=False).requested_changes(PAYMENT) == frozenset()
