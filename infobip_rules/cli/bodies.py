"""Bodies of webhooks as `simulate` posts them: made from options or read from a file, with the fields that Infobip has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.installed import installed_channels
from infobip_rules.errors import InfobipRulesError, WebhookError
from infobip_rules.infobip.inbound import InboundBatch, Kind

_ENVELOPE = ("results", "messageCount", "pendingMessageCount")
#: Fields by kind: what Infobip documents, of both versions of its delivery reports.
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "message": (
        *("messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt", "smsCount", "price"),
        *("callbackData", "applicationId", "entityId"),
        *("message", "pairedMessageId", "userAgent", "group"),
    ),
    "report": (
        *("messageId", "bulkId", "to", "from", "sender", "sentAt", "doneAt", "smsCount", "messageCount", "mccMnc"),
        *("callbackData", "price", "status", "error", "platform", "applicationId", "entityId"),
    ),
}


class WebhookBodyError(InfobipRulesError, ValueError):
    """A body is not one that Infobip would post, or not one that this program takes."""

    id = "IR806"
    exit_code = 2


def read_body(source: str, text: bytes, *, allow_unknown: bool) -> tuple[Kind, bytes]:
    """The kind of a body and the body, if it is one that Infobip posts. Raises WebhookBodyError, which names `source`."""
    try:
        batch = parse_inbound(text, expected=None, now=datetime.now(UTC), channels=installed_channels())
    except WebhookError as problem:
        raise WebhookBodyError(f"{source}: {problem.fact}", problem.remedy) from None
    _check_readable(source, batch)
    document = orjson.loads(text)
    kinds = [_kind(entry) for entry in document["results"]]
    if not allow_unknown:
        _check_names(source, document, _ENVELOPE)
        for entry, kind in zip(document["results"], kinds, strict=True):
            check_fields(entry, kind, source=source)
    return kinds[0], text


def load(file: str) -> bytes:
    """The content of a file. Raises WebhookBodyError."""
    try:
        return Path(file).read_bytes()
    except OSError as cause:
        raise WebhookBodyError(
            f"{file} can't be read: {cause.strerror}.", "Name a file with the JSON of a body."
        ) from None


def check_fields(names: Iterable[str], kind: Kind, *, source: str) -> None:
    """Raises WebhookBodyError for the first field that Infobip does not document for such an entry."""
    _check_names(source, names, FIELDS[kind])


def read_fields(given: Sequence[str], kind: Kind, *, allow_unknown: bool) -> dict[str, Any]:
    """Fields as `NAME=VALUE`; a value that is JSON is taken as such. Raises WebhookBodyError."""
    fields: dict[str, Any] = {}
    for field in given:
        name, equals, value = field.partition("=")
        if not equals:
            raise WebhookBodyError(f"The field {field!r} has no value.", "Write it as NAME=VALUE.")
        fields[name] = _value(value)
    if not allow_unknown:
        check_fields(fields, kind, source="--field")
    return fields


def as_v2(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery report of today as version 2 of the API words it."""
    renamed = {"sender": "from", "messageCount": "smsCount"}
    platform = entry.get("platform", {})
    return {renamed.get(name, name): value for name, value in entry.items() if name != "platform"} | dict(platform)


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _kind(entry: Mapping[str, Any]) -> Kind:
    return "report" if "status" in entry else "message"


def _check_readable(source: str, batch: InboundBatch) -> None:
    for bad in batch.bad:
        if "not an SMS message" in bad.reason:
            raise WebhookBodyError(
                f"{source}: this is no SMS, as its field {bad.field} shows: infobip-rules has no signal for it.",
                "A host sets such items aside; simulate received messages and delivery reports.",
            )
        raise WebhookBodyError(f"{source}: {bad.field or 'an entry'} {bad.reason}.", "Mend the body.")
    if not batch.items:
        raise WebhookBodyError(f"{source}: there is nothing in `results`.", "Put at least one message or report in.")


def _check_names(source: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise WebhookBodyError(
                f"{source}: Infobip has no field {name!r} there.{meant}",
                f"Known are {', '.join(known)}. To see what a host makes of an unknown one, add --allow-unknown.",
            )
