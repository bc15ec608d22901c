"""Conditions, elements and values as a trace shows them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.explain.search import Candidate
from infobip_rules.engine.explain.story import story
from infobip_rules.engine.explain.trace_rendering import conditions, first_failed, name_of, shown
from infobip_rules.engine.network.elements import Derived, Element
from infobip_rules.engine.rules.model import Term
from tests.engine.drools.specs import TYPES
from tests.engine.explain.traced import QUIZ, only_term, traced
from tests.engine.sessions import AGENT, ANA, NOON, received

UNNAMED = """
    @when_all(signal(InfobipSmsReceivedMessage, m.text == "hello"), fact(ClientAgent))
    def greet(c):
        c.delete(c.m_0)
    """


def test_every_condition_is_shown_with_what_it_saw(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    missed = session.missed("join")
    assert [(line.depth, line.text, line.held) for line in missed.conditions] == [
        (0, "signal: InfobipSmsReceivedMessage", True),
        (1, "m.keyword == 'JOIN'", False),
        (0, "not", True),
        (1, "order: Order", False),
    ]
    assert missed.failed == 1
    assert missed.conditions[1].seen == {"keyword": "JION"}


def test_a_nested_field_is_shown_by_its_path(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(signal(InfobipSmsSentMessage, m.status.groupName == "REJECTED"))
    def refused(c): pass
    """,
    )
    session.tell(
        session.make("InfobipSmsSentMessage", messageId="m", to=ANA, sentAt=NOON, status={"groupName": "PENDING"})
    )
    assert session.missed("refused").why == "status.groupName was PENDING"


def test_a_join_that_fails_shows_both_sides(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    @when_all(c.order << fact(Order), c.payment << fact(Payment, m.amount >= c.order.total))
    def paid(c): pass
    """,
    )
    session.tell(opening=(session.make("Order", total=9), session.make("Payment", amount=4)))
    missed = session.missed("paid")
    assert missed.why == "amount was 4, order.total was 9"
    assert missed.conditions[-1].element == "Payment#2"


def test_elements_without_a_name_get_none(tmp_path: Path) -> None:
    session = traced(tmp_path, UNNAMED)
    session.tell(received("hello"), opening=(AGENT,))
    assert [(matched.alias, matched.element) for matched in session.trace.fired[0].matched] == [
        ("", "InfobipSmsReceivedMessage"),
        ("", "ClientAgent#1"),
    ]
    assert story(session.trace).startswith("*greet* fired: InfobipSmsReceivedMessage matched, ClientAgent#1 found;")


def test_elements_without_a_name_that_are_missed_get_none(tmp_path: Path) -> None:
    session = traced(tmp_path, UNNAMED)
    session.tell(received("good bye"), opening=(AGENT,))
    texts = [line.text for line in session.missed("greet").conditions]
    assert texts == ["InfobipSmsReceivedMessage", "m.text == 'hello'", "ClientAgent"]


def test_a_condition_that_fails_when_asked_is_not_judged(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        """
    class Odd:
        def __eq__(self, other): raise RuntimeError("no")

    @when_all(signal(Tick), fact(Order, m.anything == 1))
    def odd(c): pass
    """,
    )
    order = session.make("Order")
    session.tell(session.make("Tick"), opening=(order,))
    assert session.missed("odd").why == "anything was not there"


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "rendered"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (NOON, "2026-11-09T12:00:00+00:00"),
        (NOON.date(), "2026-11-09"),
        (Decimal("1.50"), "1.50"),
        ({1: {"a": Odd()}}, {"1": {"a": "odd"}}),
        ([1, (2, 3)], [1, [2, 3]]),
        (AGENT, {"connections": {"phone": ANA}}),
    ],
)
def test_values_are_rendered_as_json_has_them(value: object, rendered: object) -> None:
    assert shown(value) == rendered


def test_an_element_goes_by_its_type_and_number_a_signal_by_its_type_and_a_computed_value_by_nothing() -> None:
    assert name_of(Element(3, AGENT, None, [])) == "ClientAgent#3"
    assert name_of(Element(3, received(), "signals", [])) == "InfobipSmsReceivedMessage"
    assert name_of(Derived(7, "key")) == ""


def candidate(term: Term, **more: Any) -> Candidate:
    return Candidate(term, more.pop("before", ()), **more)


PATTERN = only_term({"type": "A", "as": "a", "if": [["x", ">", 1]]})


def test_an_element_that_is_gone_counts_as_not_there_whatever_held() -> None:
    element = Element(1, TYPES["A"](x=2), None, [])
    tried = candidate(PATTERN, element=element, value=element.value, held=[True])
    assert [line.held for line in conditions([tried], ())] == [True, True]
    assert [line.held for line in conditions([tried], [element])] == [False, True]


def test_of_a_term_that_was_not_judged_nothing_is_said_to_hold_or_fail() -> None:
    lines = conditions([candidate(PATTERN, kind="unknown", held=[None])], ())
    assert [line.held for line in lines] == [None, None]
    assert first_failed(lines) is None


def test_the_first_line_that_fails_is_that_of_the_pattern_if_there_is_no_element() -> None:
    lines = conditions([candidate(PATTERN, kind="missing", held=[None])], ())
    assert (first_failed(lines), [line.seen for line in lines]) == (0, [{}, {}])
