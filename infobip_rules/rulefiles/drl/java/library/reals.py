"""`Double`, `Float`, `Boolean` and `Character`."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import JavaFailure, null_argument
from infobip_rules.rulefiles.drl.java.kinds import BOOLEAN, DOUBLE, FLOAT, Kind, boxed
from infobip_rules.rulefiles.drl.java.library import units
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.integers import comparison, value_methods
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.numbers import as_float, whole
from infobip_rules.rulefiles.drl.java.values import Char, text_of, text_of_float

_REAL = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)")


def parse_double(text: str | None) -> float:
    """Implements `Double.parseDouble`: spaces around the number do not matter."""
    if text is None:
        raise null_argument("The text of a number")
    trimmed = text.strip(units.CONTROLS)
    if not _REAL.fullmatch(trimmed):
        raise JavaFailure(
            "NumberFormatException", f"{trimmed[:40]!r} is not a number.", "Test the text before it is read."
        )
    return float(trimmed if trimmed[-1] in "Ny" else trimmed.rstrip("fFdD"))


def _double(value: Any) -> float:
    if value is None:
        raise null_argument("A number")
    return parse_double(value) if isinstance(value, str) else float(value)


def _float(value: Any) -> float:
    return as_float(_double(value))


def _real_class(kind: Kind, value_of: Any, text: Any, greatest: float) -> JavaClass:
    name, primitive = boxed(kind).name, kind.name
    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={
            **value_methods(),
            "compareTo": does(comparison, "int", primitive),
            "isNaN": does(math.isnan, "boolean"),
            "isInfinite": does(math.isinf, "boolean"),
            "toString": does(text, "String"),
        },
        statics={
            f"parse{name}": does(value_of, primitive, "String"),
            "valueOf": (*does(value_of, name, "String"), *does(value_of, name, primitive)),
            "toString": does(text, "String", primitive),
            "compare": does(comparison, "int", f"{primitive} {primitive}"),
            "isNaN": does(math.isnan, "boolean", primitive),
            "isInfinite": does(math.isinf, "boolean", primitive),
            "isFinite": does(math.isfinite, "boolean", primitive),
            "max": does(max, primitive, f"{primitive} {primitive}"),
            "min": does(min, primitive, f"{primitive} {primitive}"),
            "sum": does(lambda first, second: first + second, primitive, f"{primitive} {primitive}"),
        },
        constants={
            "MAX_VALUE": (greatest, kind),
            "NaN": (math.nan, kind),
            "POSITIVE_INFINITY": (math.inf, kind),
            "NEGATIVE_INFINITY": (-math.inf, kind),
        },
        constructors=(Method(value_of, name, ("String",)), Method(value_of, name, (primitive,))),
    )


DOUBLE_CLASS = _real_class(DOUBLE, _double, text_of, 1.7976931348623157e308)
FLOAT_CLASS = _real_class(FLOAT, _float, text_of_float, as_float(3.4028234663852886e38))


def _truth(value: Any) -> bool:
    return isinstance(value, str) and value.lower() == "true" if not isinstance(value, bool) else value


BOOLEAN_CLASS = JavaClass(
    name="Boolean",
    parents=(OBJECT_CLASS,),
    methods={
        "booleanValue": does(lambda value: value, "boolean"),
        "compareTo": does(comparison, "int", "boolean"),
    },
    statics={
        "parseBoolean": does(_truth, "boolean", "String"),
        "valueOf": (*does(_truth, "Boolean", "boolean"), *does(_truth, "Boolean", "String")),
        "toString": does(text_of, "String", "boolean"),
        "compare": does(comparison, "int", "boolean boolean"),
        "logicalAnd": does(lambda first, second: first and second, "boolean", "boolean boolean"),
        "logicalOr": does(lambda first, second: first or second, "boolean", "boolean boolean"),
        "logicalXor": does(lambda first, second: first is not second, "boolean", "boolean boolean"),
    },
    constants={"TRUE": (True, BOOLEAN), "FALSE": (False, BOOLEAN)},
    constructors=(Method(_truth, "Boolean", ("boolean",)), Method(_truth, "Boolean", ("String",))),
)


def _sign(value: Any) -> str:
    return chr(value) if isinstance(value, int) else value


def _digit_value(sign: str) -> int:
    return int(sign, 36) if sign.isascii() and sign.isalnum() else -1


def _numeric(sign: str, base: int = 10) -> int:
    value = _digit_value(sign)
    return value if value < base else -1


def _is_digit(sign: Any) -> bool:
    return unicodedata.category(_sign(sign)) == "Nd"


def _is_letter(sign: Any) -> bool:
    return _sign(sign).isalpha()


CHARACTER = JavaClass(
    name="Character",
    parents=(OBJECT_CLASS,),
    methods={
        "charValue": does(lambda sign: sign, "char"),
        "compareTo": does(lambda first, second: ord(first) - ord(second), "int", "char"),
    },
    statics={
        "isDigit": does(_is_digit, "boolean", "char"),
        "isLetter": does(_is_letter, "boolean", "char"),
        "isAlphabetic": does(_is_letter, "boolean", "char"),
        "isLetterOrDigit": does(lambda sign: _is_letter(sign) or _is_digit(sign), "boolean", "char"),
        "isUpperCase": does(lambda sign: _sign(sign).isupper(), "boolean", "char"),
        "isLowerCase": does(lambda sign: _sign(sign).islower(), "boolean", "char"),
        "isWhitespace": does(lambda sign: _sign(sign) in units.WHITE, "boolean", "char"),
        "isSpaceChar": does(lambda sign: unicodedata.category(_sign(sign)).startswith("Z"), "boolean", "char"),
        "toUpperCase": does(lambda sign: Char(sign.upper() if len(sign.upper()) == 1 else sign), "char", "char"),
        "toLowerCase": does(lambda sign: Char(sign.lower() if len(sign.lower()) == 1 else sign), "char", "char"),
        "toString": does(str, "String", "char"),
        "valueOf": does(lambda sign: sign, "Character", "char"),
        "getNumericValue": does(_digit_value, "int", "char"),
        "digit": does(_numeric, "int", "char int"),
        "compare": does(lambda first, second: ord(first) - ord(second), "int", "char char"),
        "toChars": does(
            lambda code: [Char(unit) for unit in units.units(chr(whole(code, "int")))], "List<Character>", "int"
        ),
    },
)
