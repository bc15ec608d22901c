"""Java's hashes, which decide on the order of its HashMap and HashSet."""

from __future__ import annotations

import struct
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from infobip_rules.rulefiles.drl.java.numbers import wrap_int


def hash_of(value: Any) -> int:
    """Returns Java's `hashCode`, which decides on the order of a HashMap."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        return value if -0x8000_0000 <= value <= 0x7FFF_FFFF else wrap_int(value ^ (value >> 32))
    if isinstance(value, str):
        return _hash_of_text(value)
    if isinstance(value, float):
        (bits,) = struct.unpack(">q", struct.pack(">d", value))
        return wrap_int(bits ^ (bits >> 32))
    if isinstance(value, date) and not isinstance(value, datetime):
        return wrap_int((value.year & ~0x7FF) ^ ((value.year << 11) + (value.month << 6) + value.day))
    if isinstance(value, Decimal):
        return _hash_of_decimal(value)
    if isinstance(value, list | tuple):
        result = 1
        for item in value:
            result = wrap_int(31 * result + hash_of(item))
        return result
    return _hash_of_text(str(value))


def _hash_of_decimal(value: Decimal) -> int:
    sign, digits, exponent = value.as_tuple()
    left, words = int("".join(map(str, digits))), []
    while left:
        words.append(left & 0xFFFF_FFFF)
        left >>= 32
    code = 0
    for word in reversed(words):
        code = wrap_int(31 * code + word)
    return wrap_int(31 * (-code if sign else code) - int(exponent))


def _hash_of_text(text: str) -> int:
    result = 0
    units = text.encode("utf-16-le", "surrogatepass")
    for low, high in zip(units[::2], units[1::2], strict=True):
        result = (31 * result + (low | high << 8)) & 0xFFFF_FFFF
    return wrap_int(result)
