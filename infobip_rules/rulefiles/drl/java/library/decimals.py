"""`BigDecimal`, `BigInteger` and `RoundingMode`."""

from __future__ import annotations

import re
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import JavaFailure, null_argument, too_large
from infobip_rules.rulefiles.drl.java.kinds import DECIMAL, Kind
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.integers import comparison, value_methods
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.numbers import (
    DIGITS,
    EXACT,
    add_decimal,
    decimal,
    divide_decimal,
    divide_whole,
    multiply_decimal,
    remainder_whole,
    rescaled,
    scale,
    subtract_decimal,
)
from infobip_rules.rulefiles.drl.java.values import text_of

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
ROUNDING = {
    "UP": ROUND_UP,
    "DOWN": ROUND_DOWN,
    "CEILING": ROUND_CEILING,
    "FLOOR": ROUND_FLOOR,
    "HALF_UP": ROUND_HALF_UP,
    "HALF_DOWN": ROUND_HALF_DOWN,
    "HALF_EVEN": ROUND_HALF_EVEN,
}


class Rounding(str):
    """One of RoundingMode's constants; its text is its name."""

    __slots__ = ()

    @property
    def mode(self) -> str:
        """Python's name of it."""
        return ROUNDING[str(self)]


def _of(value: Any) -> Decimal:
    if isinstance(value, str):
        if len(value) > DIGITS or not _NUMBER.fullmatch(value):
            raise JavaFailure(
                "NumberFormatException", f"{value[:40]!r} is not a number.", "Test the text before it is read."
            )
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(value)
    return decimal(value)


def _divide(left: Decimal, right: Decimal, digits: Any, rounding: Any = None) -> Decimal:
    if rounding is None:
        digits, rounding = scale(left), digits
    if right == 0:
        raise JavaFailure("ArithmeticException", "A BigDecimal is divided by zero.", "Test the divisor first.")
    if abs(digits) > DIGITS:
        raise too_large("A scale", DIGITS)
    # Two steps would round twice: cut off far behind the digits, then mark that there is more.
    cut = Context(prec=2 * DIGITS, rounding=ROUND_DOWN, Emax=999_999, Emin=-999_999)
    quotient = cut.divide(left, right)
    if cut.multiply(quotient, right) != left:
        quotient = cut.add(quotient, Decimal(1).scaleb(quotient.adjusted() - DIGITS - 50).copy_sign(quotient))
    return quotient.quantize(Decimal(1).scaleb(-digits), rounding=rounding.mode, context=cut)


def _set_scale(number: Decimal, digits: int, rounding: Any = None) -> Decimal:
    if rounding is None and rescaled(number, digits) != number:
        raise JavaFailure("ArithmeticException", "Rounding necessary.", "Write setScale(2, RoundingMode.HALF_UP).")
    return rescaled(number, digits, ROUND_HALF_UP if rounding is None else rounding.mode)


def _power(number: Decimal, exponent: int) -> Decimal:
    if not 0 <= exponent <= 999 or len(number.as_tuple().digits) * exponent > DIGITS:
        raise JavaFailure("ArithmeticException", f"The power {exponent} is too large.", "Keep numbers smaller.")
    result = Decimal(1)
    for _ in range(exponent):
        result = multiply_decimal(result, number)
    return result


def _stripped(number: Decimal) -> Decimal:
    return number.normalize(EXACT) if number else Decimal(0)


def _remainder(left: Decimal, right: Decimal) -> Decimal:
    if right == 0:
        raise JavaFailure("ArithmeticException", "A BigDecimal is divided by zero.", "Test the divisor first.")
    return EXACT.remainder(left, right)


def _plain(number: Decimal) -> str:
    return format(number, "f")


DECIMAL_CLASS = JavaClass(
    name="BigDecimal",
    parents=(OBJECT_CLASS,),
    methods={
        **value_methods(),
        "add": does(add_decimal, "BigDecimal", "BigDecimal"),
        "subtract": does(subtract_decimal, "BigDecimal", "BigDecimal"),
        "multiply": does(multiply_decimal, "BigDecimal", "BigDecimal"),
        "divide": (
            *does(divide_decimal, "BigDecimal", "BigDecimal"),
            *does(_divide, "BigDecimal", "BigDecimal RoundingMode"),
            *does(_divide, "BigDecimal", "BigDecimal int RoundingMode"),
        ),
        "remainder": does(_remainder, "BigDecimal", "BigDecimal"),
        "negate": does(lambda number: -number if number else number, "BigDecimal"),
        "abs": does(lambda number: number.copy_abs(), "BigDecimal"),
        "pow": does(_power, "BigDecimal", "int"),
        "max": does(lambda first, second: second if second > first else first, "BigDecimal", "BigDecimal"),
        "min": does(lambda first, second: second if second < first else first, "BigDecimal", "BigDecimal"),
        "signum": does(lambda number: comparison(number, 0), "int"),
        "scale": does(scale, "int"),
        "precision": does(lambda number: len(number.as_tuple().digits), "int"),
        "setScale": (
            *does(_set_scale, "BigDecimal", "int"),
            *does(_set_scale, "BigDecimal", "int RoundingMode"),
        ),
        "stripTrailingZeros": does(_stripped, "BigDecimal"),
        "toPlainString": does(_plain, "String"),
        "compareTo": does(comparison, "int", "BigDecimal"),
    },
    statics={
        "valueOf": (
            *does(decimal, "BigDecimal", "long"),
            *does(decimal, "BigDecimal", "double"),
            *does(lambda number, digits: Decimal(number).scaleb(-digits, EXACT), "BigDecimal", "long int"),
        )
    },
    constants={name: (Decimal(value), DECIMAL) for name, value in (("ZERO", 0), ("ONE", 1), ("TEN", 10))}
    | {f"ROUND_{name}": (Rounding(name), Kind("RoundingMode")) for name in ROUNDING},
    constructors=(
        Method(_of, "BigDecimal", ("String",)),
        Method(_of, "BigDecimal", ("int",)),
        Method(_of, "BigDecimal", ("long",)),
        Method(_of, "BigDecimal", ("double",)),
    ),
)

ROUNDING_MODE = JavaClass(
    name="RoundingMode",
    parents=(OBJECT_CLASS,),
    methods={"name": does(str, "String")},
    constants={name: (Rounding(name), Kind("RoundingMode")) for name in ROUNDING},
)


def _big(value: Any) -> int:
    if value is None:
        raise null_argument("A number")
    if not isinstance(value, str):
        return int(value)
    if len(value) > DIGITS or not re.fullmatch(r"[+-]?[0-9]+", value):
        raise JavaFailure(
            "NumberFormatException", f"{value[:40]!r} is not a whole number.", "Test it before it is read."
        )
    return int(value)


def _bounded(number: int) -> int:
    if number.bit_length() > 4 * DIGITS:
        raise too_large("A BigInteger, in digits,", DIGITS)
    return number


def _raised(number: int, exponent: int) -> int:
    if exponent < 0 or number.bit_length() * exponent > 4 * DIGITS:
        raise JavaFailure("ArithmeticException", f"The power {exponent} is too large.", "Keep numbers smaller.")
    return int(number**exponent)


_WHOLE = {
    "add": does(lambda first, second: _bounded(first + second), "BigInteger", "BigInteger"),
    "subtract": does(lambda first, second: _bounded(first - second), "BigInteger", "BigInteger"),
    "multiply": does(lambda first, second: _bounded(first * second), "BigInteger", "BigInteger"),
    "divide": does(divide_whole, "BigInteger", "BigInteger"),
    "remainder": does(remainder_whole, "BigInteger", "BigInteger"),
    "mod": does(lambda first, second: first % second, "BigInteger", "BigInteger"),
    "negate": does(lambda number: -number, "BigInteger"),
    "abs": does(abs, "BigInteger"),
    "pow": does(_raised, "BigInteger", "int"),
    "signum": does(lambda number: comparison(number, 0), "int"),
    "compareTo": does(comparison, "int", "BigInteger"),
}
INTEGER_CLASS = JavaClass(
    name="BigInteger",
    parents=(OBJECT_CLASS,),
    methods={**value_methods(), **_WHOLE, "toString": does(text_of, "String")},
    statics={"valueOf": does(_big, "BigInteger", "long")},
    constants={name: (value, Kind("BigInteger")) for name, value in (("ZERO", 0), ("ONE", 1), ("TEN", 10))},
    constructors=(Method(_big, "BigInteger", ("String",)),),
)
