"""How far a message has come, as its bubble says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow, OutboxState
from infobip_rules.phonepage.bubbles import bubble_of_received, bubble_of_sent, tick_of
from infobip_rules.phonepage.stories import recent_signal
from infobip_rules.signals import InfobipSmsReceivedMessage
from tests.channels.composing import sms

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
SENT = OutboxRow(
    message_id="m-1",
    inbox_id=1,
    session_key="385981234567",
    rule="client/reply",
    recipient="385981234567",
    sender="38599",
    state=OutboxState.READY,
    due_at=NOON,
    attempts=0,
    lookups=0,
    created_at=NOON,
    sent_at=None,
    status=None,
    report=None,
    delivery_group="",
    reason="",
    channel="sms",
    content=sms("\u017eivjeli"),
)
RECEIVED = InboxRow(
    id=1,
    dedup_key="m:1",
    session_key="385981234567",
    kind="InfobipSmsReceivedMessage",
    payload=InfobipSmsReceivedMessage.model_validate(
        {"messageId": "1", "from": "385981234567", "to": "38599", "text": "hi", "receivedAt": NOON}
    ).model_dump_json(by_alias=True),
    raw="{}",
    received_at=NOON,
    state=InboxState.DONE,
    attempts=0,
    reason="",
    rule="",
    traceback="",
    done_at=NOON,
    fired=("client/reply",),
)
REFUSED = '{"groupName": "REJECTED", "id": 12, "name": "REJECTED_NOT_ENOUGH_CREDITS"}'


@pytest.mark.parametrize(
    ("change", "name", "expected"),
    [
        ({}, "pending", "Pending"),
        ({"attempts": 2, "reason": "HTTP 429"}, "pending", "Tried 2 times. HTTP 429"),
        ({"reason": "held back: 20 messages an hour"}, "pending", "held back"),
        ({"state": OutboxState.SENDING}, "pending", "Pending"),
        ({"state": OutboxState.ACCEPTED}, "sent", "not yet reported"),
        ({"state": OutboxState.ACCEPTED, "delivery_group": "PENDING"}, "sent", "not yet reported"),
        ({"state": OutboxState.ACCEPTED, "delivery_group": "OF_A_LATER_DAY"}, "sent", "not yet reported"),
        ({"state": OutboxState.ACCEPTED, "delivery_group": "DELIVERED"}, "delivered", "Delivered"),
        ({"state": OutboxState.ACCEPTED, "delivery_group": "EXPIRED", "report": "<html>"}, "expired", "EXPIRED"),
        ({"state": OutboxState.REJECTED, "status": REFUSED}, "rejected", "not enough credit"),
        ({"state": OutboxState.FAILED, "reason": "given up after a day"}, "rejected", "given up after a day"),
        ({"state": OutboxState.UNKNOWN}, "pending", "the logs will be asked"),
    ],
)
def test_a_tick_says_how_far_a_message_has_come(change: dict[str, object], name: str, expected: str) -> None:
    tick = tick_of(SENT._replace(**change))
    assert tick.name == name
    assert expected in f"{tick.label} {tick.reason}"


def test_a_bubble_shows_the_text_as_it_reached_the_phone_and_what_it_costs() -> None:
    bubble = bubble_of_sent(SENT, BUILT_IN, 0, lambda _: "shortened")
    assert (bubble.text, bubble.cost.because) == ("shortened", "Unicode for “\u017e”")


def test_a_question_stands_before_its_answer_of_the_same_moment() -> None:
    asked, answered = bubble_of_received(RECEIVED, BUILT_IN.first), bubble_of_sent(SENT, BUILT_IN, 0, lambda _: None)
    assert asked is not None
    assert asked.order < answered.order


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({}, ""),
        ({"fired": ()}, "No rule matched"),
        ({"state": InboxState.PENDING, "fired": ()}, "Waiting for its turn"),
        ({"state": InboxState.DEAD, "reason": "It failed.", "fired": ()}, "Dead letter: It failed."),
    ],
)
def test_a_message_that_was_not_answered_says_so(change: dict[str, object], note: str) -> None:
    bubble = bubble_of_received(replace(RECEIVED, **change), BUILT_IN.first)
    assert bubble is not None
    assert bubble.note == note


def test_a_signal_that_can_not_be_read_any_more_has_no_bubble() -> None:
    assert bubble_of_received(replace(RECEIVED, payload="{}"), BUILT_IN.first) is None


def test_what_follows_a_message_of_ours_is_not_shown_by_itself() -> None:
    assert recent_signal(RECEIVED, BUILT_IN).leading
    assert not recent_signal(replace(RECEIVED, kind="InfobipSmsReceivedReport"), BUILT_IN).leading
