"""A log record as an event: a dotted name, and keys with values that may be shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import lru_cache

from infobip_rules.concealing import without_secrets
from infobip_rules.infobip.phone import mask_numbers

#: One event's keys in order, among them `time`, `level` and `event`.
Event = dict[str, object]

#: `event key=%s key=%d`: what every log call of ours is given as its message.
_TEMPLATE = re.compile(r"[a-z%][\w.%]*(?: \w+=%[sd])*")
_KEY = re.compile(r" (\w+)=%[sd]")
#: Ids that may look like a phone number in part, and are none.
_IDS = frozenset({"message_id", "first"})


def event_of(record: logging.LogRecord, *, at: str, trace: str) -> Event:
    """The event of a record: our own ones by their keys, those of libraries as `log` with their words in `message`.

    Texts lose phone numbers and secrets; numbers stay as they are, such as a signal's id.
    """
    event: Event = {"time": at, "level": record.levelname, **_words(record)}
    if trace:
        event["traceback"] = shown(trace)
    return event


def is_event(template: str) -> bool:
    """Whether the message of a log call is an event and keys, as those of this package are."""
    return bool(_TEMPLATE.fullmatch(template)) and "." in template.partition(" ")[0]


def shown(text: str) -> str:
    """Any text as it may be logged."""
    return mask_numbers(without_secrets(text))


def _words(record: logging.LogRecord) -> Event:
    schema, values = _schema(str(record.msg)), record.args or ()
    if schema is None or isinstance(values, Mapping):
        return {"event": "log", "logger": record.name, "message": shown(_message(record))}
    name, keys = schema
    own = len(values) - len(keys)
    named = zip(keys, values[own:], strict=True)
    return {"event": name % values[:own], **{key: _value(key, value) for key, value in named}}


@lru_cache(maxsize=1024)  # there are some dozens; a library may make up a message for each call
def _schema(template: str) -> tuple[str, tuple[str, ...]] | None:
    """The event's name and keys; None for what is no event."""
    return (template.partition(" ")[0], tuple(_KEY.findall(template))) if is_event(template) else None


def _value(key: str, value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    return without_secrets(str(value)) if key in _IDS else shown(str(value))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's own mistake in a log call must not cost the line
        return f"{record.msg} {record.args}"
