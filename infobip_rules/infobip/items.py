"""One entry of a webhook's `results`: recognised by what it holds, read into a signal, or set aside with the reason."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson
from pydantic_core import to_json

from infobip_rules.infobip.envelope import is_click
from infobip_rules.infobip.fields import FieldError, read_fields, read_parts, read_signal, readers
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport

#: What an entry, or a webhook, brings.
Kind: TypeAlias = Literal["message", "report"]

_MESSAGE_FIELDS = readers(
    *("messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt"),
    *("callbackData", "pairedMessageId", "userAgent"),
)
_REPORT_FIELDS = readers(
    *("messageId", "from", "sender", "to", "sentAt", "doneAt", "status", "error"),
    *("callbackData", "bulkId"),
)

_NO_SMS = "not an SMS message"
#: Characters of a messageId that is told to people; Infobip's have fewer.
_LONGEST_ID = 100


class ReceivedItem(NamedTuple):
    """A message or delivery report that was understood; plain texts, as it goes from process to process."""

    kind: type[InfobipSmsReceivedMessage | InfobipSmsReceivedReport]
    #: The signal's JSON.
    payload: str
    #: The number that tells whose it is: the sender of a message, the recipient of what a report is on; or empty.
    address: str
    #: Its own JSON, as sent but for white space.
    raw: str
    #: The same whenever Infobip posts the same item again.
    dedup_key: str

    @property
    def signal(self) -> InfobipSmsReceivedMessage | InfobipSmsReceivedReport:
        """The signal, made anew each time."""
        return self.kind.model_validate_json(self.payload)

    def __repr__(self) -> str:
        return f"ReceivedItem(kind={self.kind.__name__}, dedup_key={self.dedup_key!r})"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BadItem:
    """An entry that could not be understood, to be kept for a person to look at."""

    #: Its JSON.
    item: str = dataclasses.field(repr=False)
    #: Which field is wrong, as Infobip spells it (`status.groupName`); empty if it is the whole entry.
    field: str
    #: What is wrong with it ("is missing"); repeats nothing of what was sent.
    reason: str
    #: Empty where it has none that could be one.
    message_id: str = ""


def recognise(entry: object) -> Kind | None:
    """Whether an entry is a message or a delivery report, by what it holds; None if that can't be told."""
    if not isinstance(entry, dict) or _other_channel(entry):
        return None
    if isinstance(entry.get("status"), dict):
        return "report"
    text = _has(entry, "text") or isinstance(entry.get("message"), list)
    if not text and _has(entry, "messageId") and (_has(entry, "doneAt") or _has(entry, "sentAt")):
        return "report"
    return "message" if _has(entry, "from") and (text or _has(entry, "receivedAt")) else None


def read_item(entry: object, kind: Kind, *, now: datetime) -> ReceivedItem | BadItem:
    """The signal in an entry of the given kind, or what is wrong with it; `now` is when it came. Never raises."""
    try:
        if not isinstance(entry, dict):
            raise FieldError("", "is not an object")
        if other := _other_channel(entry):
            raise FieldError(other, _NO_SMS)
        return _read_report(entry) if kind == "report" else _read_message(entry, now)
    except FieldError as problem:
        return BadItem(item=_json(entry), field=problem.field, reason=problem.reason, message_id=message_id_of(entry))


def message_id_of(entry: object) -> str:
    """The messageId of an entry, however broken the rest of it is; empty where there is none."""
    found = entry.get("messageId") if isinstance(entry, dict) else None
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID and found.isprintable() else ""


def _has(entry: dict[str, Any], name: str) -> bool:
    return entry.get(name) is not None


def _other_channel(entry: dict[str, Any]) -> str:
    """The field that shows that an entry is no SMS: a click, or a message of WhatsApp or another channel; or empty."""
    if is_click(entry):
        return "notificationType"
    channel = entry.get("integrationType")
    if isinstance(channel, str) and channel.upper() not in {"", "SMS"}:
        return "integrationType"
    return "message" if isinstance(entry.get("message"), dict) else ""


def _read_message(entry: dict[str, Any], now: datetime) -> ReceivedItem:
    fields = {"receivedAt": now} | read_fields(entry, _MESSAGE_FIELDS)
    if isinstance(parts := entry.get("message"), list):  # an MMS
        fields = read_parts(parts) | fields
    fields["messageId"] = fields.get("messageId") or _content_id(entry)
    signal = read_signal(InfobipSmsReceivedMessage, fields)
    return _item(signal, signal.from_, entry, f"m:{signal.messageId}")


def _read_report(entry: dict[str, Any]) -> ReceivedItem:
    signal = read_signal(InfobipSmsReceivedReport, read_fields(entry, _REPORT_FIELDS))
    status = signal.status.groupName if signal.status.id is None else signal.status.id
    done_at = signal.doneAt.isoformat() if signal.doneAt else ""
    return _item(signal, signal.to or "", entry, f"r:{signal.messageId}:{status}:{done_at}")


def _item(
    signal: InfobipSmsReceivedMessage | InfobipSmsReceivedReport, address: str, entry: object, dedup_key: str
) -> ReceivedItem:
    payload = to_json(signal, by_alias=True).decode()
    return ReceivedItem(type(signal), payload, address, _json(entry), dedup_key)


def _content_id(entry: dict[str, Any]) -> str:
    """An id for a message that came without one: the same for the same content, in whatever order."""
    return f"sha256:{hashlib.sha256(_json(entry, sort_keys=True).encode()).hexdigest()}"


def _json(entry: object, *, sort_keys: bool = False) -> str:
    try:
        return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS if sort_keys else None).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, or a number of more than 64 bits
        return json.dumps(entry, sort_keys=sort_keys, separators=(",", ":"))
