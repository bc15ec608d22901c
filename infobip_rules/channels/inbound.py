"""Bodies that Infobip posts, or hands out when pulled: each entry is read by the channel that it came by, or set aside."""

from __future__ import annotations

import logging
from datetime import datetime

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.infobip.envelope import read_results
from infobip_rules.infobip.fields import FieldError, dates_without_offset
from infobip_rules.infobip.inbound import BadItem, InboundBatch, Kind, ReceivedItem, json_of, message_id_of

log = logging.getLogger("infobip_rules.channels")


def parse_inbound(
    body: bytes,
    *,
    expected: Kind | None,
    now: datetime,
    path: str = "",
    channels: Channels = BUILT_IN,
    began: float | None = None,
) -> InboundBatch:
    """The signals in a webhook's body, or in one pull of the inbox.

    Each result is recognised by what it holds, and read by the channel that recognises it; `expected` decides only where
    that says nothing, and None stands for a body that may hold both. `now` stands in for a `receivedAt` that is absent,
    `path` is where the body came in, `began` when, by the clock of `time.monotonic`. A date without offset is taken as UTC.
    Results that can't be read, and those of no channel, are in `bad` and leave the others alone. Raises WebhookError if
    the body is no envelope of results at all; the HTTP status to answer with is its `context["http_status"]`.

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
        if not isinstance(entry, dict):
            bad.append(_bad(entry, FieldError("", "is not an object")))
            continue
        channel = None
        try:
            channel, kind = channels.recognise(entry)
            misdirected += kind is not None and expected is not None and kind != expected
            items.append(channel.read_item(entry, kind or expected or "message", now=now))
        except FieldError as problem:
            bad.append(_bad(entry, problem))
        except Exception as problem:  # a fault of a channel: the entry is kept, and the others are read
            name = channel.name if channel is not None else ""
            log.exception("channels.not_read channel=%s", name)
            reason = f"could not be read by the channel {name} ({type(problem).__name__})"
            bad.append(_bad(entry, FieldError("", reason)))
        else:
            without_offset += dates_without_offset(entry)
    return InboundBatch(tuple(items), tuple(bad), misdirected, path, tuple(without_offset), began)


def _bad(entry: object, problem: FieldError) -> BadItem:
    return BadItem(item=json_of(entry), field=problem.field, reason=problem.reason, message_id=message_id_of(entry))
