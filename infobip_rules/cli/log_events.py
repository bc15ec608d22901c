"""A log record as an event: a dotted name, and keys with values that may be shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.redaction import without_secrets

#: One event's keys in order, among them `time`, `level` and `event`.
Event = dict[str, object]

#: `event key=%s key=%d`: the message of every log call of this package.
_TEMPLATE = re.compile(r"[a-z%][\w.%]*(?: \w+=%[sd])*")
_KEY = re.compile(r" (\w+)=%[sd]")
#: Ids, which may look like a phone number in part.
_IDS = frozenset({"message_id", "first"})
#: Types of values that are shown as they are.
_NUMBERS = frozenset({int, float, bool, type(None)})


class LogFormat(StrEnum):
    """The forms of log lines."""

    TEXT = "text"
    JSON = "json"


def event_of(record: logging.LogRecord, *, at: str, trace: str) -> Event:
    """The event of a record: this package's by their keys, those of libraries as `log` with their text in `message`.

    Texts lose phone numbers and secrets; numbers stay as they are, such as a signal's id.
    """
    event: Event = {"time": at, "level": record.levelname}
    _fill(event, record)
    if trace:
        event["traceback"] = shown(trace)
    return event


def is_event(template: str) -> bool:
    """Whether the message of a log call is an event and keys, as those of this package are."""
    return bool(_TEMPLATE.fullmatch(template)) and "." in template.partition(" ")[0]


def shown(text: str) -> str:
    """Any text as it may be logged."""
    return mask_numbers(without_secrets(text))


def _fill(event: Event, record: logging.LogRecord) -> None:
    schema, values = _schema(str(record.msg)), record.args or ()
    if schema is None or isinstance(values, Mapping):
        event |= {"event": "log", "logger": record.name, "message": shown(_message(record))}
        return
    name, keys = schema
    own = len(values) - len(keys)
    event["event"] = name % values[:own] if own else name
    for key, value in zip(keys, values[own:], strict=True):
        event[key] = value if type(value) in _NUMBERS else _text(key, str(value))


@lru_cache(maxsize=1024)  # there are some dozens; a library may make up a message for each call
def _schema(template: str) -> tuple[str, tuple[str, ...]] | None:
    """The event's name and keys; None for what is no event."""
    return (template.partition(" ")[0], tuple(_KEY.findall(template))) if is_event(template) else None


def _text(key: str, value: str) -> str:
    return without_secrets(value) if key in _IDS else shown(value)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's own mistake in a log call must not cost the line
        return f"{record.msg} {record.args}"
