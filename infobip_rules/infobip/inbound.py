"""What Infobip posts to us, or hands out when pulled: each message and delivery report becomes a signal, or is set aside."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from infobip_rules.infobip.envelope import read_results
from infobip_rules.infobip.fields import dates_without_offset
from infobip_rules.infobip.items import BadItem, Kind, ReceivedItem, read_item, recognise

__all__ = ["BadItem", "InboundBatch", "Kind", "ReceivedItem", "parse_inbound"]


class InboundBatch(NamedTuple):
    """One body, in its order; `items` and `bad` together are all of its results."""

    items: tuple[ReceivedItem, ...]
    bad: tuple[BadItem, ...] = ()
    #: How many were reports where messages were expected, or the reverse; they are taken all the same.
    misdirected: int = 0
    #: Where they came in, for whoever looks at the bad ones later.
    path: str = ""
    #: Names of fields that held a date without its offset from UTC, once for each; it was taken as UTC.
    without_offset: tuple[str, ...] = ()


def parse_inbound(body: bytes, *, expected: Kind | None, now: datetime, path: str = "") -> InboundBatch:
    """The signals in a webhook's body, or in one pull of the inbox.

    Each result is recognised by what it holds; `expected` decides only where that says nothing, and None stands for a
    body that may hold both. `now` stands in for a `receivedAt` that is absent, `path` is where the body came in.
    A message without a messageId gets one that is derived from its content, a date without offset is taken as UTC.
    Results that can't be read, and what is no
    SMS (WhatsApp, click reports), are in `bad` and leave the others alone. Raises WebhookError if the body is no envelope
    of results at all; the HTTP status to answer with is its `context["http_status"]`.

        >>> from datetime import UTC, datetime
        >>> body = b'{"results": [{"messageId": "817790313235066447", "from": "385916242493", "text": "JOIN"}]}'
        >>> parse_inbound(body, expected="message", now=datetime.now(UTC)).items[0].signal.text
        'JOIN'
    """
    items: list[ReceivedItem] = []
    bad: list[BadItem] = []
    misdirected = 0
    without_offset: list[str] = []
    for entry in read_results(body):
        kind = recognise(entry)
        misdirected += kind is not None and expected is not None and kind != expected
        item = read_item(entry, kind or expected or "message", now=now)
        if isinstance(item, ReceivedItem):
            items.append(item)
            without_offset += dates_without_offset(entry)  # type: ignore[arg-type]  # it was an object
        else:
            bad.append(item)
    return InboundBatch(tuple(items), tuple(bad), misdirected, path, tuple(without_offset))
