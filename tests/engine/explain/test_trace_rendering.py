"""Conditions, elements and values as a trace shows them."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.engine.explain.story import story
from tests.engine.explain.traced import QUIZ, traced
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
    assert [(one.depth, one.text, one.held) for one in missed.conditions] == [
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
    assert [(one.alias, one.element) for one in session.trace.fired[0].matched] == [
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
