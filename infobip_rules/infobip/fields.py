"""The fields of one received message or delivery report, checked before they go into a signal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from infobip_rules.errors import WebhookError
from infobip_rules.infobip.phone import session_address
from infobip_rules.infobip.tolerant import read_moment
from infobip_rules.signals import ReportError, ReportStatus, Signal

_Signal = TypeVar("_Signal", bound=Signal)
#: Given the name of a field and what it holds, what is kept of it; None for nothing.
_Reader = Callable[[str, object], object]

#: Bytes of UTF-8 that one text may have.
MOST_TEXT = 64 * 1024
#: Characters that a number or an id may have; Infobip's own have up to 64 and 200.
MOST_IDENTIFIER = 256

#: What no number, name or id holds: sessions go by them, and logs and lists show them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: A time of day with its offset from UTC behind it.
_OFFSET = re.compile(r":\d\d.*(?:[Zz]|[+-]\d\d(?::?\d\d)?)\s*$")
_DATES = ("receivedAt", "sentAt", "doneAt")

_OBJECTS: Mapping[str, type[BaseModel]] = {"status": ReportStatus, "error": ReportError}

#: What is wrong with a field, by pydantic's name of it; pydantic's own sentences may repeat what the field holds.
_REASONS = {
    "missing": "is missing",
    "string_type": "is not text",
    "string_too_short": "is empty",
    "model_type": "is not an object",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "bool_type": "is not true or false",
    "bool_parsing": "is not true or false",
}


class FieldError(WebhookError):
    """A field can't be read: `field` is its name as Infobip spells it, `reason` what is wrong, without its value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field or 'The entry'} {reason}.")
        self.field = field
        self.reason = reason


def read_signal(kind: type[_Signal], fields: Mapping[str, Any]) -> _Signal:
    """A signal of fields that `read_fields` made. Raises FieldError for the first that does not fit."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise FieldError(name, _REASONS.get(first["type"], "can't be read")) from None


def readers(*names: str) -> tuple[tuple[str, _Reader], ...]:
    """How `read_fields` reads the fields of these names."""
    return tuple((name, _READERS.get(name, check_text_field)) for name in names)


def read_fields(entry: Mapping[str, Any], known: Iterable[tuple[str, _Reader]]) -> dict[str, Any]:
    """The known fields, by `readers`, that are there and not null: dates in UTC, numbers as sessions go by them.

    Numbers and ids may be JSON integers. Raises FieldError.
    """
    fields = {}
    for name, read in known:
        if (value := entry.get(name)) is not None and (value := read(name, value)) is not None:
            fields[name] = value
    return fields


def dates_without_offset(entry: Mapping[str, Any]) -> list[str]:
    """The names of those fields of an entry that hold a date without its offset from UTC, which is taken as UTC."""
    return [name for name in _DATES if isinstance(date := entry.get(name), str) and date and not _OFFSET.search(date)]


def check_text_field(name: str, value: object) -> object:
    """The value, which is for the model to judge unless it is text. Raises FieldError for a text that can't be kept."""
    if not isinstance(value, str) or (value.isascii() and len(value) <= MOST_TEXT):
        return value
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise FieldError(name, "holds half a surrogate pair") from None
    if size > MOST_TEXT:
        raise FieldError(name, f"is over {MOST_TEXT // 1024} KiB")
    return value


def _read_object(name: str, value: object) -> object:
    if not isinstance(value, dict):
        return check_text_field(name, value)
    return {
        key: check_text_field(f"{name}.{key}", value[key])
        for key in _OBJECTS[name].model_fields
        if value.get(key) is not None
    }


def _read_moment(name: str, value: object) -> datetime | None:
    if value == "":
        return None
    moment = read_moment(value)
    if moment is None:
        raise FieldError(name, "is not a date")
    return moment


def _read_id(name: str, value: object) -> str:
    return _printable(name, _identifier(name, value).strip())


def _read_number(name: str, value: object) -> str:
    return _printable(name, session_address(_identifier(name, value)))


def _printable(name: str, value: str) -> str:
    if _CONTROL.search(value):
        raise FieldError(name, "holds a control character")
    return value


def _identifier(name: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise FieldError(name, "is not text")
    if len(value) > MOST_IDENTIFIER:
        raise FieldError(name, f"is longer than {MOST_IDENTIFIER} characters")
    check_text_field(name, value)
    return value


_READERS: Mapping[str, _Reader] = {
    **dict.fromkeys(("receivedAt", "sentAt", "doneAt"), _read_moment),
    **dict.fromkeys(("from", "sender", "to"), _read_number),
    **dict.fromkeys(("messageId", "bulkId"), _read_id),
    **dict.fromkeys(_OBJECTS, _read_object),
}
