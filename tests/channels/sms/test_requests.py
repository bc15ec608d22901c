"""Requests that send text messages: what is in them, and how messages are put together."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from infobip_rules.channels.sms.requests import group_messages, send_request
from infobip_rules.infobip.messages import Outgoing
from tests.infobip.samples import message, sample_json

REPORT_URL = "https://adapter.example.com/sms-delivery-report"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["messages", "messageId", "status", "groupName", "groupId", "id", "name", "destination"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def body_of(*messages: Outgoing, delivery_report_url: str | None = None) -> Any:
    content = send_request(messages, delivery_report_url=delivery_report_url).content
    assert content is not None
    return json.loads(content)


def test_the_basic_request_is_byte_for_byte_the_documented_one() -> None:
    request = send_request([message()])
    expected = json.dumps(sample_json("send_v3_request_basic.json"), separators=(",", ":")).encode()
    assert (request.method, request.path, request.content) == ("POST", "/sms/3/messages", expected)


def test_without_shortening_no_tracking_is_sent_as_it_would_shorten_by_default() -> None:
    assert body_of(message()).keys() == {"messages"}


def test_shortening_is_asked_for_the_whole_request() -> None:
    assert body_of(message(shorten_url=True))["options"] == {"tracking": {"shortenUrl": True}}


def test_many_messages_go_in_one_request() -> None:
    messages = body_of(message("m-1"), message("m-2", to="447712345678"))["messages"]
    assert [one["destinations"] for one in messages] == [
        [{"to": "385981234567", "messageId": "m-1"}],
        [{"to": "447712345678", "messageId": "m-2"}],
    ]


def test_messages_with_and_without_shortening_do_not_share_a_request() -> None:
    with pytest.raises(ValueError, match="can't mix"):
        send_request([message("m-1"), message("m-2", shorten_url=True)])


def test_a_request_without_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        send_request([])


def test_reports_are_asked_for_with_each_message() -> None:
    (sent,) = body_of(message(), delivery_report_url=REPORT_URL)["messages"]
    assert sent["webhooks"] == {"delivery": {"url": REPORT_URL}, "contentType": "application/json"}


def test_callback_data_goes_with_its_message() -> None:
    (sent,) = body_of(message(callback_data="event 42"), delivery_report_url=REPORT_URL)["messages"]
    assert sent["webhooks"]["callbackData"] == "event 42"


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(minutes=10), 600), (timedelta(milliseconds=1), 1), (timedelta(days=3), 172_800)],
)
def test_infobip_tries_a_message_for_as_long_as_it_is_worth_sending(valid_for: timedelta, seconds: int) -> None:
    (sent,) = body_of(message(valid_for=valid_for))["messages"]
    assert sent["options"] == {"validityPeriod": {"amount": seconds, "timeUnit": "SECONDS"}}


def test_groups_keep_the_order_and_hold_one_kind_each() -> None:
    messages = [message(f"m-{number}", shorten_url=number % 3 == 0) for number in range(6)]
    groups = [[one.message_id for one in group] for group in group_messages(messages, most=3)]
    assert groups == [["m-0", "m-3"], ["m-1", "m-2", "m-4"], ["m-5"]]


def test_groups_hold_a_hundred_at_most() -> None:
    groups = group_messages(message(f"m-{number}") for number in range(250))
    assert [len(group) for group in groups] == [100, 100, 50]


def test_a_message_shows_neither_its_number_nor_its_text() -> None:
    shown = repr(message(callback_data="secret"))
    assert all(word not in shown for word in ("385981234567", "447491163443", "test link", "secret"))
