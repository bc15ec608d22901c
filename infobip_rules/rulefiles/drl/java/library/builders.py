"""`StringBuilder`, `StringBuffer` and `StringJoiner`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import LARGEST, too_large
from infobip_rules.rulefiles.drl.java.library import units
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS, READING
from infobip_rules.rulefiles.drl.java.values import text_of


class Builder:
    """A text under construction."""

    __slots__ = ("_parts", "_size")

    def __init__(self, text: object = "") -> None:
        self._parts: list[str] = []
        self._size = 0
        self.append("" if isinstance(text, int) else text)

    def append(self, value: object) -> Builder:
        """Adds the text of a value; JavaFailure if that is too much."""
        text = text_of(value)
        self._size += len(text)
        if self._size > LARGEST:
            raise too_large("A text", LARGEST)
        self._parts.append(text)
        return self

    def put(self, text: str) -> Builder:
        """Makes this the whole text."""
        self._parts, self._size = [], 0
        return self.append(text)

    def __str__(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]


def _reading(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda builder, *arguments: call(str(builder), *arguments)


def _insert(builder: Builder, at: int, value: object) -> Builder:
    text = str(builder)
    return builder.put(units.part(text, 0, at) + text_of(value) + units.part(text, at))


def _delete(builder: Builder, start: int, end: int) -> Builder:
    text = str(builder)
    return builder.put(units.part(text, 0, start) + units.part(text, max(start, min(end, units.length(text)))))


def _replace(builder: Builder, start: int, end: int, new: str) -> Builder:
    text = str(builder)
    return builder.put(units.part(text, 0, start) + new + units.part(text, min(end, units.length(text))))


def _reverse(builder: Builder) -> Builder:
    return builder.put(str(builder)[::-1])


def _set_length(builder: Builder, length: int) -> None:
    text = str(builder)
    have = units.length(text)
    builder.put(units.part(text, 0, length) if length <= have else text + "\0" * min(length - have, LARGEST + 1))


def _set_sign(builder: Builder, at: int, sign: str) -> None:
    _replace(builder, at, at + 1, sign)


BUILDER = JavaClass(
    name="StringBuilder",
    parents=(OBJECT_CLASS,),
    methods={
        **{
            name: tuple(Method(_reading(overload.call), overload.result, overload.parameters) for overload in overloads)
            for name, overloads in READING.items()
        },
        "append": does(Builder.append, "this", "Object"),
        "insert": does(_insert, "this", "int Object"),
        "delete": does(_delete, "this", "int int"),
        "deleteCharAt": does(lambda builder, at: _delete(builder, at, at + 1), "this", "int"),
        "replace": does(_replace, "this", "int int String"),
        "reverse": does(_reverse, "this"),
        "setLength": does(_set_length, "void", "int"),
        "setCharAt": does(_set_sign, "void", "int char"),
        "toString": does(str, "String"),
    },
    constructors=(Method(Builder, "StringBuilder", ()), Method(Builder, "StringBuilder", ("Object",))),
)


class Joiner:
    """Texts with a separator between them."""

    __slots__ = ("_ends", "_parts", "_separator", "_size")

    def __init__(self, separator: str, start: str = "", end: str = "") -> None:
        self._separator, self._ends = separator, (start, end)
        self._parts: list[str] = []
        self._size = 0

    def add(self, value: object) -> Joiner:
        """Adds one; JavaFailure if that is too much."""
        text = text_of(value)
        self._size += len(text) + len(self._separator)
        if self._size > LARGEST:
            raise too_large("A text", LARGEST)
        self._parts.append(text)
        return self

    def __str__(self) -> str:
        return self._ends[0] + self._separator.join(self._parts) + self._ends[1]


JOINER = JavaClass(
    name="StringJoiner",
    parents=(OBJECT_CLASS,),
    methods={
        "add": does(Joiner.add, "this", "Object"),
        "toString": does(str, "String"),
        "length": does(lambda joiner: units.length(str(joiner)), "int"),
    },
    constructors=(
        Method(Joiner, "StringJoiner", ("CharSequence",)),
        Method(Joiner, "StringJoiner", ("CharSequence", "CharSequence", "CharSequence")),
    ),
)
