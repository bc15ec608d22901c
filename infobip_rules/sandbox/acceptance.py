"""The decision on a message: a pure function of the message, the earlier ones and the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.sandbox.links import Shortened, shorten
from infobip_rules.sandbox.parts import size
from infobip_rules.sandbox.records import Message, Settings, Standing
from infobip_rules.sandbox.schema import (
    Content,
    Destination,
    MessageRequest,
    MessageWebhooks,
    Platform,
    SendRequest,
    Tracking,
)
from infobip_rules.sandbox.statuses import STATUSES, Status, error_of, status_named

_NUMBER = re.compile(r"[1-9][0-9]{7,14}")
_MOST_PARTS = 25
_MOST_BYTES = 4000
#: Bytes of a message of one part, and of each part of several: six go to the header that joins them.
_BYTES, _BYTES_OF_A_PART = 140, 134
_FLOOD_SPAN = timedelta(hours=1)
_FLOOD_VARIED = 20
_FLOOD_IDENTICAL = 6


def draft(
    request: SendRequest,
    outgoing: MessageRequest,
    destination: Destination,
    *,
    message_id: str,
    bulk_id: str,
    now: datetime,
    settings: Settings,
    serial: Iterator[int],
) -> Message:
    """The record of one message to one destination, before the decision: its history is empty."""
    tracking = request.options.tracking if request.options else None
    webhooks = outgoing.webhooks or MessageWebhooks()
    delivery = webhooks.delivery
    content, options = outgoing.content, outgoing.options
    delivered = _shortened(content.text or "", tracking, serial)
    return Message(
        message_id=message_id,
        bulk_id=bulk_id,
        to=destination.to,
        sender=outgoing.sender or settings.number,
        text=content.text or "",
        binary=_binary(content),
        delivered_text=delivered.text,
        links=delivered.links,
        shorten_url=_shortens(tracking),
        tracking_url=tracking.tracking_url if tracking and tracking.track_clicks else None,
        delivery_report_url=delivery.url if delivery and delivery.notify is not False else None,
        intermediate_report=bool(delivery and delivery.intermediate_report),
        callback_data=webhooks.callback_data,
        platform=_platform(options.platform if options else None),
        campaign_reference_id=options.campaign_reference_id if options else None,
        content_type=webhooks.content_type or "application/json",
        validity=options.validity_period.span if options and options.validity_period else None,
        parts=_parts(content, delivered.text),
        accepted_at=now,
        history=(),
    )


def rejection(message: Message, earlier: Sequence[Message], request: SendRequest, settings: Settings) -> Status | None:
    """The status that rejects `message` inside a 200, or None; `earlier` are the accepted messages to its destination."""
    if not _NUMBER.fullmatch(message.to):
        return STATUSES["REJECTED_DESTINATION"]
    if message.parts > _MOST_PARTS or len(message.delivered_text.encode()) > _MOST_BYTES:
        return STATUSES["REJECTED_MESSAGE_TOO_LONG"]
    tracking = request.options.tracking if request.options else None
    if tracking and tracking.custom_domain and tracking.custom_domain not in settings.custom_domains:
        return STATUSES["REJECTED_SYSTEM_ERROR"]
    if settings.anti_flooding and _floods(message, earlier):
        return STATUSES["REJECTED_FLOODING_FILTER"]
    return None


def fate(message: Message, answered: Status, settings: Settings) -> tuple[Standing, ...]:
    """The history of an accepted message: the status of the answer, an intermediate one if asked for, the outcome."""
    statuses = [answered]
    outcome = settings.outcomes.get(message.to, settings.outcome)
    if message.intermediate_report:
        statuses.append(STATUSES["PENDING_ENROUTE"])
    if outcome != "NONE":
        statuses.append(status_named(outcome))
    return tuple(standing(status, message.accepted_at) for status in statuses)


def standing(status: Status, at: datetime) -> Standing:
    """`status` as reached at `at`, with the error that goes with it."""
    return Standing(at=at, status=status, error=error_of(status))


def _shortens(tracking: Tracking | None) -> bool:
    # shortenUrl defaults to true inside a tracking object; without the object there is no shortening.
    return tracking is not None and tracking.shorten_url is not False


def _shortened(text: str, tracking: Tracking | None, serial: Iterator[int]) -> Shortened:
    if tracking is None or not _shortens(tracking):
        return Shortened(text, {})
    domain = tracking.custom_domain or "s.test"
    return shorten(text, serial, domain=domain, remove_protocol=bool(tracking.remove_protocol))


def _binary(content: Content) -> dict[str, Any] | None:
    if content.hex is None:
        return None
    return {"hex": content.hex, "dataCoding": content.data_coding, "esmClass": content.esm_class}


def _parts(content: Content, delivered: str) -> int:
    if content.hex is None:
        return size(delivered, content.language.language_code if content.language else None).parts
    length = len(content.hex.replace(" ", "")) // 2
    return 1 if length <= _BYTES else -(-length // _BYTES_OF_A_PART)


def _platform(platform: Platform | None) -> dict[str, str]:
    if platform is None:
        return {"applicationId": "default"}
    return platform.model_dump(by_alias=True, exclude_none=True)


def _floods(message: Message, earlier: Sequence[Message]) -> bool:
    recent = [other for other in earlier if message.accepted_at - other.accepted_at < _FLOOD_SPAN]
    identical = [other for other in recent if other.text == message.text]
    return len(recent) >= _FLOOD_VARIED or len(identical) >= _FLOOD_IDENTICAL
