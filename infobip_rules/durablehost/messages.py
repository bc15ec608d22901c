"""Messages of durable-rules, which it calls events and facts: what tells them apart, and what would harm its engine."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from infobip_rules.signals import MomentCame

#: An event or a fact: a JSON object.
Message: TypeAlias = dict[str, Any]

#: Bytes of a text in JSON: durable-rules keeps lengths in 16 bits, and compares longer texts wrongly.
LONGEST_TEXT = 60_000
#: Properties, those of nested objects included: its engine has room for 251.
MOST_PROPERTIES = 240
#: Objects and lists inside each other: it reads them recursively.
DEEPEST = 30
#: Beyond it integers of its engine end, and all compare alike.
_LARGEST = 2**63 - 1
#: Ids of its own facts: a message that has one ends the process.
_OWN_IDS = ("sid-", "$")
#: Names of properties by which it finds timers, sessions and its own facts.
RESERVED = frozenset({"$s", "$time", "$timerName", "$baseTime"})


def encoded(message: Mapping[str, Any]) -> str:
    """Returns a message as the engine takes it. Raises TypeError and ValueError for what JSON has no form for."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False)


def key_of(message: Mapping[str, Any]) -> str:
    """Returns what makes a message the same as another: its id, or else all of its content."""
    if "id" in message:
        return f"id {message['id']}"
    return json.dumps({name: value for name, value in message.items() if name != "sid"}, sort_keys=True)


def type_of(message: Mapping[str, Any]) -> str:
    """Returns what a message is called when it is shown to people."""
    kind = message.get("type")
    return kind if isinstance(kind, str) and kind else "message"


def without_sid(message: Mapping[str, Any]) -> Message:
    """Returns a message without the name of its session."""
    return {name: value for name, value in message.items() if name != "sid"}


def why_unfit(message: Mapping[str, Any], *, own: bool = False) -> str:
    """Returns why a message would harm the engine or be compared wrongly; empty if it would not.

    Messages of the plugin's `own` may have the names that are reserved for timers.
    """
    if "id" in message and (not isinstance(message["id"], str | int) or str(message["id"]).startswith(_OWN_IDS)):
        return "its id is not a text, or begins like those of durable-rules' own facts (`sid-`, `$`)"
    if not own and (reserved := RESERVED & message.keys()):
        return f"it has a property of durable-rules' own, {min(reserved)}"
    for properties, (name, value, depth) in enumerate(_leaves(message), 1):
        if depth > DEEPEST:
            return f"it is nested more than {DEEPEST} deep"
        if properties > MOST_PROPERTIES:
            return f"it has more than {MOST_PROPERTIES} properties"
        if why := _why_unfit_name(name) or _why_unfit_value(value):
            return why
    return ""


def why_unfit_event(event: Mapping[str, Any]) -> str:
    """Returns why an event of the application's, with a `type`, can't be one of the plugin's signals; empty if it can."""
    if "id" in event:
        return "it has an `id`, which the plugin gives each event itself"
    if event["type"] == MomentCame.__name__:
        return "its type is the plugin's own, by which timers fire"
    return why_unfit(event)


def _leaves(value: Any, name: object = "", depth: int = 0) -> Iterator[tuple[object, Any, int]]:
    """Yields every property with its value, in objects and lists too; nothing of what is nested too deep."""
    if not isinstance(value, Mapping | list | tuple) or depth > DEEPEST:
        yield name, value, depth
        return
    if depth:
        yield name, None, depth
    inner = value.items() if isinstance(value, Mapping) else (("", item) for item in value)
    for own, item in inner:
        yield from _leaves(item, own, depth + 1)


def _why_unfit_name(name: object) -> str:
    if not isinstance(name, str):
        return "a name of a property is not text"
    return _why_unfit_text(name) and "a name of a property can't be kept"


def _why_unfit_value(value: Any) -> str:
    if isinstance(value, str):
        return _why_unfit_text(value)
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= _LARGEST else "it has an integer beyond 64 bits"
    if isinstance(value, float):
        written = json.dumps(value)
        if not math.isfinite(value) or ("e" in written and "." not in written):
            return "it has a number that durable-rules can't read"
        return ""
    return f"it has a value of type {type(value).__name__}, which JSON has no form for"


def _why_unfit_text(text: str) -> str:
    if (
        len(text) * 6 > LONGEST_TEXT
        and len(json.dumps(text, ensure_ascii=False).encode(errors="replace")) > LONGEST_TEXT
    ):
        return f"it has a text of more than {LONGEST_TEXT} bytes, which durable-rules compares wrongly"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "it has half a character (a lone surrogate)"
    return ""
