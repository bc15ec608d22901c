"""The JSON of the API: entries of answers, rows of logs, bodies of webhooks.

It is written here once more on purpose, without the formats of `infobip_rules.channels`: so the fake checks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from infobip_rules.sandbox.parts import size
from infobip_rules.sandbox.records import Message, Standing
from infobip_rules.sandbox.statuses import Status

#: The country and the network of every phone there.
MCC, MNC = "219", "01"
_NETWORK = MCC + MNC


def stamp(moment: datetime, zone: tzinfo = UTC) -> str:
    """`moment` as the API writes dates: `2026-11-09T16:00:00.000+0000`, in the account's own offset."""
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def price(per_message: float) -> dict[str, Any]:
    """A `price` object."""
    return {"pricePerMessage": per_message, "currency": "EUR"}


def sent_entry(message_id: str, to: str, status: Status, *, parts: int | None) -> dict[str, Any]:
    """One entry of `messages` in the answer to a POST; `details` only where parts were asked for."""
    entry: dict[str, Any] = {"messageId": message_id, "status": status.body(), "destination": to}
    return entry if parts is None else {**entry, "details": {"messageCount": parts}}


def report_result(message: Message, standing: Standing, zone: tzinfo) -> dict[str, Any]:
    """One entry of `results` in a delivery report, v3; an intermediate one has no `doneAt`."""
    result: dict[str, Any] = {
        "bulkId": message.bulk_id,
        "price": price(_cost(standing.status)),
        "status": standing.status.body(),
        "error": standing.error.body(),
        "messageId": message.message_id,
        "to": message.to,
        "sender": message.sender,
        "sentAt": stamp(message.accepted_at, zone),
        "messageCount": message.parts,
        "mccMnc": _NETWORK,
        "platform": dict(message.platform),
    }
    if standing.status.final:
        result["doneAt"] = stamp(standing.at, zone)
    if message.callback_data is not None:
        result["callbackData"] = message.callback_data
    if message.campaign_reference_id is not None:
        result["campaignReferenceId"] = message.campaign_reference_id
    return result


def log_row(message: Message, zone: tzinfo) -> dict[str, Any]:
    """One row of `GET /sms/3/logs`; `doneAt` once there is nothing more to come."""
    standing = message.standing
    row: dict[str, Any] = {
        "sender": message.sender,
        "destination": message.to,
        "bulkId": message.bulk_id,
        "messageId": message.message_id,
        "sentAt": stamp(message.accepted_at, zone),
        "messageCount": message.parts,
        "price": price(_cost(standing.status)),
        "status": standing.status.body(),
        "error": standing.error.body(),
        "platform": dict(message.platform),
        "content": {"text": message.text} if message.binary is None else dict(message.binary),
        "mccMnc": _NETWORK,
    }
    if message.campaign_reference_id is not None:
        row["campaignReferenceId"] = message.campaign_reference_id
    return {**row, "doneAt": stamp(standing.at, zone)} if standing.status.final else row


def inbound_result(
    *, message_id: str, from_: str, to: str, text: str, keyword: str | None, callback_data: str | None, received_at: str
) -> dict[str, Any]:
    """One entry of `results` in an inbound body; what there is none of is absent, `cleanText` goes with `keyword`."""
    result: dict[str, Any] = {
        "messageId": message_id,
        "from": from_,
        "to": to,
        "text": text,
        "receivedAt": received_at,
        "smsCount": size(text).parts,
        "price": price(0.0),
    }
    if callback_data is not None:
        result["callbackData"] = callback_data
    if keyword is not None:
        result |= {"cleanText": _without_keyword(text, keyword), "keyword": keyword}
    return result


def inbound_body(results: Sequence[Mapping[str, Any]], *, pending: int = 0) -> dict[str, Any]:
    """The body of an inbound webhook, and of the pull inbox."""
    return {"results": list(results), "messageCount": len(results), "pendingMessageCount": pending}


def click_body(message: Message, url: str, at: datetime) -> dict[str, Any]:
    """The body of a click webhook: one object, its time in epoch milliseconds."""
    body: dict[str, Any] = {
        "notificationType": "CLICKED",
        "recipient": message.to,
        "url": url,
        "sendDateTime": int(at.timestamp() * 1000),
        "messageId": message.message_id,
        "bulkId": message.bulk_id,
        "recipientInfo": {"deviceType": "Phone", "os": "iOS 12", "deviceName": "Apple"},
        "geoLocationInfo": {"countryName": "United States", "city": "Los Angeles"},
        **message.platform,
    }
    return body if message.callback_data is None else {**body, "callbackData": message.callback_data}


def keyword_of(text: str, keywords: frozenset[str]) -> str | None:
    """The keyword that `text` starts with, upper-cased, or None if its first word is not one of `keywords`."""
    first, *_ = text.split(maxsplit=1) or [""]
    return first.upper() if first.upper() in {keyword.upper() for keyword in keywords} else None


def _without_keyword(text: str, keyword: str) -> str:
    first, *rest = text.split(maxsplit=1) or [""]
    return "".join(rest) if first.upper() == keyword.upper() else text


def _cost(status: Status) -> float:
    return 0.0 if status.group_name == "REJECTED" else 0.01
