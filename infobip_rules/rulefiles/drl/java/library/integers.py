"""`Integer`, `Long`, `Short`, `Byte`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import JavaFailure, null_argument
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, Overloads, does
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.numbers import whole
from infobip_rules.rulefiles.drl.java.values import text_of

_WHOLE = re.compile(r"[+-]?[0-9]+")


def comparison(left: Any, right: Any) -> int:
    """Implements `compareTo`: -1, 0 or 1."""
    return -1 if left < right else 1 if left > right else 0


def _parsing(bits: int) -> Callable[..., int]:
    def parse(text: str | None, radix: int = 10) -> int:
        number = _read(text, radix)
        if not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise _not_a_number(text)
        return number

    return parse


def _read(text: str | None, radix: int) -> int:
    if text is None:
        raise _not_a_number(text)
    if radix == 10 and not _WHOLE.fullmatch(text):
        raise _not_a_number(text)
    if len(text) > 70 or "_" in text or text != text.strip():
        raise _not_a_number(text)
    try:
        return int(text, radix)
    except ValueError:
        raise _not_a_number(text) from None


def _not_a_number(text: str | None) -> JavaFailure:
    shown = "null" if text is None else repr(str(text)[:40])
    return JavaFailure("NumberFormatException", f"{shown} is not a whole number.", "Test the text before it is read.")


def _digits(number: int, base: int) -> str:
    if not 2 <= base <= 36:
        return str(number)
    signs, left, out = "0123456789abcdefghijklmnopqrstuvwxyz", abs(number), ""
    while True:
        left, digit = divmod(left, base)
        out = signs[digit] + out
        if not left:
            return "-" + out if number < 0 else out


def _unsigned(bits: int, base: int) -> Callable[[int], str]:
    return lambda number: _digits(number & ((1 << bits) - 1), base)


def value_methods() -> dict[str, Overloads]:
    """Returns what the classes of numbers share."""
    return {
        "intValue": does(lambda number: whole(number, "int"), "int"),
        "longValue": does(lambda number: whole(number, "long"), "long"),
        "shortValue": does(lambda number: whole(number, "short"), "short"),
        "byteValue": does(lambda number: whole(number, "byte"), "byte"),
        "doubleValue": does(float, "double"),
        "floatValue": does(float, "float"),
    }


def _class(name: str, primitive: str, bits: int, shorter: str) -> JavaClass:
    parse = _parsing(bits)

    def value_of(value: Any) -> int:
        if value is None:
            raise null_argument("A number")
        return parse(value) if isinstance(value, str) else value

    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={**value_methods(), "compareTo": does(comparison, "int", f"{primitive}")},
        statics={
            f"parse{shorter}": (*does(parse, primitive, "String"), *does(parse, primitive, "String int")),
            "valueOf": (
                *does(value_of, name, "String"),
                *does(parse, name, "String int"),
                *does(value_of, name, primitive),
            ),
            "toString": (*does(text_of, "String", primitive), *does(_digits, "String", f"{primitive} int")),
            "compare": does(comparison, "int", f"{primitive} {primitive}"),
            "signum": does(lambda number: comparison(number, 0), "int", primitive),
            "max": does(max, primitive, f"{primitive} {primitive}"),
            "min": does(min, primitive, f"{primitive} {primitive}"),
            "sum": does(lambda first, second: whole(first + second, primitive), primitive, f"{primitive} {primitive}"),
            "abs": does(abs, primitive, primitive),
            "hashCode": does(lambda number: number, "int", primitive),
            "bitCount": does(lambda number: (number & ((1 << bits) - 1)).bit_count(), "int", primitive),
            "toHexString": does(_unsigned(bits, 16), "String", primitive),
            "toBinaryString": does(_unsigned(bits, 2), "String", primitive),
            "toOctalString": does(_unsigned(bits, 8), "String", primitive),
        },
        constants={
            "MAX_VALUE": ((1 << bits - 1) - 1, Kind(primitive)),
            "MIN_VALUE": (-(1 << bits - 1), Kind(primitive)),
        },
        constructors=(Method(value_of, name, ("String",)), Method(value_of, name, (primitive,))),
    )


#: What is only known to be a number: `Number(doubleValue > 10) from ...`.
NUMBER = JavaClass(name="Number", parents=(OBJECT_CLASS,), methods=value_methods())
INTEGER = _class("Integer", "int", 32, "Int")
LONG = _class("Long", "long", 64, "Long")
SHORT = _class("Short", "short", 16, "Short")
BYTE = _class("Byte", "byte", 8, "Byte")
