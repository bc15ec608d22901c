"""Webhook bodies as Infobip would post them, parsed as the host does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.installed import installed_channels
from infobip_rules.errors import TrialError
from infobip_rules.infobip.inbound import InboundBatch, Kind
from infobip_rules.sandbox.statuses import DeliveryError, error_of, status_named
from infobip_rules.sandbox.wire import inbound_body, inbound_result, stamp
from infobip_rules.testing.stage import OUR_NUMBER

_PATHS: dict[Kind, str] = {"message": "/sms-received-message", "report": "/sms-delivery-report"}


def message_entry(
    text: str,
    *,
    from_: str,
    keyword: str | None,
    clean_text: str | None,
    to: str,
    message_id: str,
    callback_data: str | None,
    now: datetime,
) -> dict[str, Any]:
    """A received message; `keyword` and `cleanText` are absent without a keyword, unless a clean text is given."""
    entry = inbound_result(
        message_id=message_id,
        from_=from_,
        to=to,
        text=text,
        keyword=keyword,
        callback_data=callback_data,
        received_at=stamp(now),
    )
    return entry if clean_text is None else {**entry, "cleanText": clean_text}


def report_entry(
    message_id: str,
    status: str,
    *,
    to: str,
    sent_at: datetime,
    error: str | Mapping[str, Any] | None,
    permanent: bool,
    callback_data: str = "",
    now: datetime,
) -> dict[str, Any]:
    """A delivery report; one that is not final has no `doneAt`."""
    reached = status_named(status.upper())
    entry = {
        "bulkId": f"bulk-{message_id}",
        "messageId": message_id,
        "to": to,
        "sender": OUR_NUMBER,
        "sentAt": stamp(sent_at),
        "messageCount": 1,
        "status": reached.body(),
        "error": _error(error, error_of(reached), permanent),
    }
    if callback_data:
        entry["callbackData"] = callback_data
    return {**entry, "doneAt": stamp(now)} if reached.final else entry


def batch(entry: Mapping[str, Any], kind: Kind, now: datetime) -> InboundBatch:
    """The batch of a webhook with this entry. Raises TrialError for an entry against Infobip's schema."""
    body = inbound_body([entry]) if kind == "message" else {"results": [entry]}
    read = parse_inbound(orjson.dumps(body), expected=kind, now=now, channels=installed_channels())
    if read.bad:
        raise TrialError(
            f"The {kind} would be set aside: {read.bad[0].field} {read.bad[0].reason}.", "Give it as Infobip does."
        )
    return InboundBatch(items=read.items, path=_PATHS[kind])


def _error(error: str | Mapping[str, Any] | None, usual: DeliveryError, permanent: bool) -> dict[str, Any]:
    body = usual.body()
    if isinstance(error, str):
        body |= {"name": error, "description": error.removeprefix("EC_").replace("_", " ").capitalize()}
    elif error is not None:
        body |= error
    return {**body, "permanent": True} if permanent else body
