"""`String`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infobip_rules.rulefiles.drl.java import regex
from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure, null_argument, too_large
from infobip_rules.rulefiles.drl.java.hashes import hash_of
from infobip_rules.rulefiles.drl.java.library import units
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.formatting import format_text
from infobip_rules.rulefiles.drl.java.values import Char, equals, limited, text_of


def compare_texts(left: str, right: str) -> int:
    """Implements `compareTo`: the difference of the first units that differ, or of the lengths."""
    first, second = units.units(left), units.units(right)
    for mine, theirs in zip(first, second, strict=False):
        if mine != theirs:
            return ord(mine) - ord(theirs)
    return len(first) - len(second)


def folded(text: str) -> str:
    """Returns what texts that are equal but for case have in common."""
    return text.upper().lower()


def _repeat(text: str, count: int) -> str:
    if count < 0:
        raise JavaFailure("IllegalArgumentException", f"A text can't be repeated {count} times.", "Give 0 or more.")
    if len(text) * count > LARGEST:
        raise too_large("A text", LARGEST)
    return text * count


def _replace(text: str, old: str, new: str) -> str:
    if text.count(old) * len(new) + len(text) > 4 * LARGEST:
        raise too_large("A text", LARGEST)
    return limited(text.replace(old, new))


def replace_all(text: str, pattern: str, new: str) -> str:
    """Implements `replaceAll`."""
    return limited(regex.replaced(text, pattern, new))


def _replace_first(text: str, pattern: str, new: str) -> str:
    return limited(regex.replaced(text, pattern, new, 1))


def split(text: str, pattern: str, limit: int = 0) -> list[str]:
    """Implements `split`: without empty texts at the end, unless a limit below zero asks for them."""
    parts: list[str] = []
    start = 0
    for found in regex.find(text, pattern):
        if 0 < limit <= len(parts) + 1:
            break
        if found.end() == 0:
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    if not start and not parts:
        return [text]
    parts.append(text[start:])
    while limit == 0 and parts and not parts[-1]:
        parts.pop()
    return parts


def _equals_ignoring_case(text: str, other: str | None) -> bool:
    return other is not None and len(text) == len(other) and folded(text) == folded(other)


def _region_matches(text: str, start: int, other: str, offset: int, count: int) -> bool:
    mine, theirs = units.units(text), units.units(other)
    if min(start, offset) < 0 or start + count > len(mine) or offset + count > len(theirs):
        return False
    return mine[start : start + count] == theirs[offset : offset + count]


def _contents(text: str, other: object) -> bool:
    return text == (other if isinstance(other, str) else text_of(other))


def join(separator: str, parts: Iterable[Any]) -> str:
    """Implements `String.join`."""
    if parts is None:
        raise null_argument("What is to be joined")
    return limited(separator.join([text_of(part) for part in parts]))


def _joined(separator: str, parts: list[Any]) -> str:
    spread = parts[0] if len(parts) == 1 and not isinstance(parts[0], str) and parts[0] is not None else parts
    return join(separator, spread)


def _lines(text: str) -> list[str]:
    return text.splitlines()


def _stripped_left(text: str) -> str:
    return text.lstrip(units.WHITE)


def _stripped_right(text: str) -> str:
    return text.rstrip(units.WHITE)


def _of_signs(signs: Any) -> str:
    return text_of(signs) if not isinstance(signs, list) else "".join(signs)


COMPARING = {
    "equals": does(equals, "boolean", "Object"),
    "hashCode": does(hash_of, "int"),
    "toString": does(text_of, "String"),
}
#: What every object can do.
OBJECT_CLASS = JavaClass(name="Object", methods=COMPARING)

#: What String shares with StringBuilder, whose functions are given its text.
READING = {
    "length": does(units.length, "int"),
    "charAt": does(units.unit_at, "char", "int"),
    "isEmpty": does(lambda text: not text, "boolean"),
    "substring": (*does(units.part, "String", "int"), *does(units.part, "String", "int int")),
    "subSequence": does(units.part, "String", "int int"),
    "indexOf": (
        *does(units.place_of, "int", "String"),
        *does(units.place_of, "int", "char"),
        *does(units.place_of, "int", "String int"),
        *does(units.place_of, "int", "char int"),
    ),
    "lastIndexOf": (
        *does(units.last_place_of, "int", "String"),
        *does(units.last_place_of, "int", "char"),
        *does(units.last_place_of, "int", "String int"),
        *does(units.last_place_of, "int", "char int"),
    ),
    "compareTo": does(compare_texts, "int", "String"),
}

STRING = JavaClass(
    name="String",
    parents=(OBJECT_CLASS,),
    methods={
        **READING,
        "isBlank": does(lambda text: not text.strip(units.WHITE), "boolean"),
        "equalsIgnoreCase": does(_equals_ignoring_case, "boolean", "String"),
        "compareToIgnoreCase": does(lambda text, other: compare_texts(folded(text), folded(other)), "int", "String"),
        "startsWith": (
            *does(lambda text, start: text.startswith(start), "boolean", "String"),
            *does(lambda text, start, at: units.units(text).startswith(start, at) and at >= 0, "boolean", "String int"),
        ),
        "endsWith": does(lambda text, end: text.endswith(end), "boolean", "String"),
        "contains": does(lambda text, wanted: text_of(wanted) in text, "boolean", "CharSequence"),
        "contentEquals": does(_contents, "boolean", "CharSequence"),
        "regionMatches": does(_region_matches, "boolean", "int String int int"),
        "matches": does(regex.matches, "boolean", "String"),
        "toUpperCase": does(lambda text: text.upper(), "String"),
        "toLowerCase": does(lambda text: text.lower(), "String"),
        "trim": does(lambda text: text.strip(units.CONTROLS), "String"),
        "strip": does(lambda text: text.strip(units.WHITE), "String"),
        "stripLeading": does(_stripped_left, "String"),
        "stripTrailing": does(_stripped_right, "String"),
        "concat": does(lambda text, other: limited(text + other), "String", "String"),
        "repeat": does(_repeat, "String", "int"),
        "replace": (
            *does(_replace, "String", "char char"),
            *does(
                lambda text, old, new: _replace(text, text_of(old), text_of(new)), "String", "CharSequence CharSequence"
            ),
        ),
        "replaceAll": does(replace_all, "String", "String String"),
        "replaceFirst": does(_replace_first, "String", "String String"),
        "split": (*does(split, "List<String>", "String"), *does(split, "List<String>", "String int")),
        "lines": does(_lines, "List<String>"),
        "toCharArray": does(lambda text: [Char(unit) for unit in units.units(text)], "List<Character>"),
        "codePointAt": does(lambda text, at: ord(units.joined(units.units(text)[at : at + 2])[0]), "int", "int"),
        "intern": does(lambda text: text, "String"),
        "formatted": does(format_text, "String", "Object..."),
    },
    statics={
        "valueOf": (Method(_of_signs, "String", ("Object",)),),
        "copyValueOf": (Method(_of_signs, "String", ("Object",)),),
        "format": does(format_text, "String", "String Object..."),
        "join": does(_joined, "String", "CharSequence Object..."),
    },
    constructors=(Method(lambda: "", "String", ()), Method(_of_signs, "String", ("Object",))),
)
