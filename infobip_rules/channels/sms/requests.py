"""Requests that send text messages: many messages in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infobip_rules.channels.sms.content import SmsContent, read_content
from infobip_rules.infobip.exchange import Request
from infobip_rules.infobip.messages import Outgoing

#: Messages that go into one request.
MOST_MESSAGES = 100
#: Seconds for which Infobip tries to deliver a message at most (48 hours).
_LONGEST_VALIDITY = 172_800


def group_messages(messages: Iterable[Outgoing], *, most: int = MOST_MESSAGES) -> list[list[Outgoing]]:
    """Lists of at most `most` messages, each of which one request can hold.

    URL shortening is asked for a whole request, so that shortened and unshortened messages never share one. Within each
    kind the order stays.
    """
    kinds: dict[bool, list[Outgoing]] = {}
    for message in messages:
        kinds.setdefault(read_content(message.content).shorten_url, []).append(message)
    return [kind[start : start + most] for kind in kinds.values() for start in range(0, len(kind), most)]


def send_request(messages: Sequence[Outgoing], *, delivery_report_url: str | None = None) -> Request:
    """The request that sends messages; with `delivery_report_url`, Infobip posts the reports there.

    Raises ValueError for no messages at all, and for shortened and unshortened ones together.
    """
    if not messages:
        raise ValueError("A request sends at least one message.")
    contents = [read_content(message.content) for message in messages]
    if len({content.shorten_url for content in contents}) > 1:
        raise ValueError("One request can't mix messages with and without URL shortening: group them first.")
    pairs = zip(messages, contents, strict=True)
    body: dict[str, Any] = {"messages": [_message(message, content, delivery_report_url) for message, content in pairs]}
    if contents[0].shorten_url:
        # Inside `tracking`, shortenUrl is true by default: without shortening there must be no such object at all.
        body["options"] = {"tracking": {"shortenUrl": True}}
    return Request(method="POST", path="/sms/3/messages", json=body)


def _message(message: Outgoing, content: SmsContent, delivery_report_url: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {
        "sender": message.sender,
        "destinations": [{"to": message.to, "messageId": message.message_id}],
        "content": {"text": content.text},
    }
    if message.valid_for is not None:
        seconds = min(max(int(message.valid_for.total_seconds()), 1), _LONGEST_VALIDITY)
        body["options"] = {"validityPeriod": {"amount": seconds, "timeUnit": "SECONDS"}}
    webhooks: dict[str, Any] = {}
    if delivery_report_url:
        webhooks |= {"delivery": {"url": delivery_report_url}, "contentType": "application/json"}
    if message.callback_data:
        webhooks["callbackData"] = message.callback_data
    return body | ({"webhooks": webhooks} if webhooks else {})
