"""Text, numbers and names of types as a `.drl` file writes them."""

from __future__ import annotations

import re
from decimal import Decimal

from infobip_rules.rulefiles.drl.syntax.building.source import UnsupportedError
from infobip_rules.rulefiles.drl.syntax.syntax import Literal, Place, TypeName

_ESCAPE = re.compile(r"\\(u+[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|.)", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "s": " ", '"': '"', "'": "'", "\\": "\\"}
_TYPE_PART = re.compile(r"[\w.$]+|[<>,?\[]")
_DEEPEST = 10
_MOST = {"int": 2**31, "long": 2**63}


def text(written: str, at: Place) -> str:
    """Returns the text inside quotes, Java's escapes undone."""
    inner = written[1:-1]
    return inner if "\\" not in inner else _ESCAPE.sub(lambda found: _sign(found[1], at), inner)


def _sign(escaped: str, at: Place) -> str:
    if escaped in _SIGNS:
        return _SIGNS[escaped]
    if escaped[0] == "u" and len(escaped) > 1:
        return chr(int(escaped.lstrip("u"), 16))
    if escaped[0] in "01234567":
        return chr(int(escaped, 8))
    remedy = f"Write \\\\{escaped} for a backslash, e.g. in a pattern." if escaped.isprintable() else "Write \\\\."
    raise UnsupportedError(at, f"\\{escaped} is no escape of Java.", remedy)


def quoted(written: str, at: Place, *, java: bool) -> Literal:
    """Returns a text; in Java single quotes hold one character."""
    value = text(written, at)
    if not java or written[0] == '"':
        return Literal(at=at, value=value, kind="String")
    if len(value) != 1:
        raise UnsupportedError(at, "Single quotes hold one character in Java.", 'Write text in double quotes: "...".')
    return Literal(at=at, value=value, kind="char")


def number(written: str, at: Place) -> Literal:
    """Returns a number; its last letter says its type (`10L`, `1.5f`, `9.99B`), int and double are those without."""
    digits, letter = written.replace("_", ""), ""
    if digits[:2].lower() != "0x" and digits[-1] in "lLfFdDBI":
        digits, letter = digits[:-1], digits[-1]
    elif digits[-1] in "lL":
        digits, letter = digits[:-1], "L"
    if letter == "B":
        return Literal(at=at, value=Decimal(digits), kind="BigDecimal")
    if (letter in "fFdD" and letter) or (digits[:2].lower() != "0x" and not digits.isdigit()):
        return Literal(at=at, value=float(digits), kind="float" if letter in ("f", "F") else "double")
    return _whole(digits, "long" if letter in ("l", "L") else "BigInteger" if letter == "I" else "int", at)


def _whole(digits: str, kind: str, at: Place) -> Literal:
    if len(digits) > 1_000:
        raise UnsupportedError(at, f"A number of {len(digits)} digits is too long.", "At most 1000.")
    octal = len(digits) > 1 and digits[0] == "0" and digits.isdigit()
    try:
        value = int(digits, 8 if octal else 0)
    except ValueError:
        raise UnsupportedError(at, f"{digits} is no number.", "A 0 before a number makes it octal in Java.") from None
    if kind in _MOST and value > _MOST[kind]:
        larger = f"{digits}L" if kind == "int" and value <= _MOST["long"] else f"{digits}B"
        raise UnsupportedError(at, f"{digits} is too large for {kind}.", f"Write {larger}.")
    return Literal(at=at, value=value, kind=kind)


def type_name(written: str, at: Place) -> TypeName:
    """Reads `Map<String, List<Order>>[]` as a tree; nested types get the place of the whole."""
    if written.count("<") > _DEEPEST:
        raise UnsupportedError(at, "This type is not understood.", "Write it as in Java: List<String>.")
    parts = _TYPE_PART.findall(written)
    parts.reverse()
    return _type(parts, at)


def _type(parts: list[str], at: Place) -> TypeName:
    name = parts.pop() if parts and parts[-1] not in "<>,[" else "Object"
    arguments: list[TypeName] = []
    if parts and parts[-1] == "<":
        parts.pop()
        while parts and parts[-1] != ">":
            if parts[-1] in (",", "?", "extends", "super"):
                parts.pop()
            elif parts[-1] in "<[":
                raise UnsupportedError(at, "This type is not understood.", "Write it as in Java: List<String>.")
            else:
                arguments.append(_type(parts, at))
        if not parts:
            raise UnsupportedError(at, "This type is not understood.", "Write it as in Java: List<String>.")
        parts.pop()
    dimensions = 0
    while parts and parts[-1] == "[":
        parts.pop()
        dimensions += 1
    return TypeName(at=at, name=name, arguments=tuple(arguments), dimensions=dimensions)
