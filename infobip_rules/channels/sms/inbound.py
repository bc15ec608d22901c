"""Received text messages and delivery reports: recognised by what they hold, and read into signals."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from infobip_rules.infobip.envelope import is_click
from infobip_rules.infobip.fields import FieldError, check_text_field, read_fields, read_signal, readers
from infobip_rules.infobip.inbound import Kind, ReceivedItem, json_of
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport

_MESSAGE_FIELDS = readers(
    *("messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt"),
    *("callbackData", "pairedMessageId", "userAgent"),
)
_REPORT_FIELDS = readers(
    *("messageId", "from", "sender", "to", "sentAt", "doneAt", "status", "error"),
    *("callbackData", "bulkId"),
)

_NO_SMS = "not an SMS message"


def recognise(entry: Mapping[str, Any]) -> Kind | None:
    """Whether an entry is a message or a delivery report, by what it holds; None if that can't be told."""
    if _other_channel(entry):
        return None
    if isinstance(entry.get("status"), dict):
        return "report"
    text = _has(entry, "text") or isinstance(entry.get("message"), list)
    if not text and _has(entry, "messageId") and (_has(entry, "doneAt") or _has(entry, "sentAt")):
        return "report"
    return "message" if _has(entry, "from") and (text or _has(entry, "receivedAt")) else None


def read_item(entry: Mapping[str, Any], kind: Kind, *, now: datetime) -> ReceivedItem:
    """The signal in an entry of the given kind; `now` is when it came. Raises FieldError.

    A message without a messageId gets one that is derived from its content.
    """
    if other := _other_channel(entry):
        raise FieldError(other, _NO_SMS)
    return _read_report(entry) if kind == "report" else _read_message(entry, now)


def _has(entry: Mapping[str, Any], name: str) -> bool:
    return entry.get(name) is not None


def _other_channel(entry: Mapping[str, Any]) -> str:
    """The field that shows that an entry is no SMS: a click, or a message of WhatsApp or another channel; or empty."""
    if is_click(entry):
        return "notificationType"
    channel = entry.get("integrationType")
    if isinstance(channel, str) and channel.upper() not in {"", "SMS"}:
        return "integrationType"
    return "message" if isinstance(entry.get("message"), dict) else ""


def _read_message(entry: Mapping[str, Any], now: datetime) -> ReceivedItem:
    fields = {"receivedAt": now} | read_fields(entry, _MESSAGE_FIELDS)
    if isinstance(parts := entry.get("message"), list):  # an MMS
        fields = _read_parts(parts) | fields
    fields["messageId"] = fields.get("messageId") or _content_id(entry)
    signal = read_signal(InfobipSmsReceivedMessage, fields)
    return _item(signal, signal.from_, entry, f"m:{signal.messageId}")


def _read_report(entry: Mapping[str, Any]) -> ReceivedItem:
    signal = read_signal(InfobipSmsReceivedReport, read_fields(entry, _REPORT_FIELDS))
    status = signal.status.groupName if signal.status.id is None else signal.status.id
    done_at = signal.doneAt.isoformat() if signal.doneAt else ""
    return _item(signal, signal.to or "", entry, f"r:{signal.messageId}:{status}:{done_at}")


def _item(
    signal: InfobipSmsReceivedMessage | InfobipSmsReceivedReport, address: str, entry: object, dedup_key: str
) -> ReceivedItem:
    payload = to_json(signal, by_alias=True).decode()
    return ReceivedItem(type(signal), payload, address, json_of(entry), dedup_key, "sms")


def _content_id(entry: Mapping[str, Any]) -> str:
    """An id for a message that came without one: the same for the same content, in whatever order."""
    return f"sha256:{hashlib.sha256(json_of(entry, sort_keys=True).encode()).hexdigest()}"


def _read_parts(parts: Sequence[object]) -> dict[str, Any]:
    """The text and media in the parts of an MMS that came on an SMS number; both may be empty. Raises FieldError.

    Parts of text are joined by line breaks. What is neither text nor has a URL, such as the order in which parts are to
    be shown, is left out.
    """
    texts, media = [], []
    for place, part in enumerate(parts):
        if not isinstance(part, dict):
            raise FieldError(f"message.{place}", "is not an object")
        kind, value, url = (_read_part(part, place, name) for name in ("contentType", "value", "url"))
        if kind.partition(";")[0].strip().lower() == "text/plain" and not url:
            texts.append(value)
        elif url:
            media.append({"contentType": kind, "url": url})
    return {"text": "\n".join(texts), "media": media}


def _read_part(part: Mapping[str, Any], place: int, name: str) -> str:
    value = part.get(name)
    if value is None:
        return ""
    path = f"message.{place}.{name}"
    if not isinstance(value, str):
        raise FieldError(path, "is not text")
    check_text_field(path, value)
    return value
