"""Java's arithmetic on Python's numbers: int of 32 bits, long of 64, double, BigDecimal with its scale."""

from __future__ import annotations

import math
import struct
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import JavaFailure, null_argument

#: Digits that a BigDecimal may have; more would only cost time.
DIGITS = 1_000
#: BigDecimal's own: no rounding but by division.
EXACT = Context(prec=DIGITS, Emax=999_999, Emin=-999_999, traps=[InvalidOperation, Overflow])

#: Holds a product of two BigDecimals whole.
_LONGER = Context(prec=3 * DIGITS, Emax=999_999, Emin=-999_999)


def wrap_int(number: int) -> int:
    """Returns what is left of a whole number in 32 bits."""
    return ((number + 0x8000_0000) & 0xFFFF_FFFF) - 0x8000_0000


def wrap_long(number: int) -> int:
    """Returns what is left of a whole number in 64 bits."""
    return ((number + 0x8000_0000_0000_0000) & 0xFFFF_FFFF_FFFF_FFFF) - 0x8000_0000_0000_0000


def wrap_short(number: int) -> int:
    """Returns what is left of a whole number in 16 bits."""
    return ((number + 0x8000) & 0xFFFF) - 0x8000


def wrap_byte(number: int) -> int:
    """Returns what is left of a whole number in 8 bits."""
    return ((number + 0x80) & 0xFF) - 0x80


def as_float(number: float) -> float:
    """Returns the nearest value that a float of 32 bits can hold."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return math.copysign(math.inf, number)
    return rounded


WRAP = {"byte": wrap_byte, "short": wrap_short, "int": wrap_int, "long": wrap_long}


def divide_whole(left: int, right: int) -> int:
    """Returns division of int and long, towards zero; JavaFailure for a zero."""
    if right == 0:
        raise JavaFailure("ArithmeticException", "A whole number is divided by zero.", "Test the divisor first.")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder_whole(left: int, right: int) -> int:
    """Returns `%` of int and long, with the sign of the left side; JavaFailure for a zero."""
    return left - right * divide_whole(left, right)


def divide_real(left: float, right: float) -> float:
    """Returns division of doubles: by zero it is Infinity or NaN."""
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    try:
        return left / right
    except OverflowError:
        return math.inf if (left < 0) == (right < 0) else -math.inf


def remainder_real(left: float, right: float) -> float:
    """Returns `%` of doubles: NaN if there is none."""
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


def whole(number: Any, kind: str) -> int:
    """Casts to int or long: fractions are cut off, doubles beyond its ends become its ends."""
    if isinstance(number, str):
        return WRAP[kind](ord(number))
    if isinstance(number, float):
        if math.isnan(number):
            return 0
        size = 64 if kind == "long" else 32
        ends = -(1 << (size - 1)), (1 << (size - 1)) - 1
        number = ends[0] if number <= ends[0] else ends[1] if number >= ends[1] else int(number)
    return WRAP[kind](int(number))


def decimal(number: Any) -> Decimal:
    """Returns the BigDecimal of a number, as `BigDecimal.valueOf` makes it; JavaFailure for null."""
    if number is None:
        raise null_argument("A number")
    if isinstance(number, Decimal):
        return number
    return Decimal(number) if isinstance(number, int) else Decimal(repr(float(number)))


def add_decimal(left: Decimal, right: Decimal) -> Decimal:
    """Returns BigDecimal's `add`: the larger of the scales."""
    return EXACT.add(left, right)


def subtract_decimal(left: Decimal, right: Decimal) -> Decimal:
    """Returns BigDecimal's `subtract`: the larger of the scales."""
    return EXACT.subtract(left, right)


def multiply_decimal(left: Decimal, right: Decimal) -> Decimal:
    """Returns BigDecimal's `multiply`: the sum of the scales."""
    return EXACT.multiply(left, right)


def divide_decimal(left: Decimal, right: Decimal) -> Decimal:
    """Returns BigDecimal's `divide` without rounding; JavaFailure if the quotient has no end, or for a zero."""
    if right == 0:
        raise JavaFailure("ArithmeticException", "A BigDecimal is divided by zero.", "Test the divisor first.")
    wanted = scale(left) - scale(right)
    quotient = EXACT.divide(left, right)
    if _LONGER.multiply(quotient, right) != left:
        raise JavaFailure(
            "ArithmeticException", "The quotient has no end.", "Write divide(divisor, scale, RoundingMode.HALF_UP)."
        )
    plain = quotient.normalize(EXACT)
    return rescaled(plain, max(wanted, scale(plain)))


def scale(number: Decimal) -> int:
    """Returns the number of digits after the point, as BigDecimal's `scale`."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def rescaled(number: Decimal, digits: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Returns `number` with so many digits after the point."""
    if abs(digits) > DIGITS:
        raise JavaFailure("ArithmeticException", f"A scale of {digits} is too large.", f"At most {DIGITS}.")
    return number.quantize(Decimal(1).scaleb(-digits), rounding=rounding, context=EXACT)
