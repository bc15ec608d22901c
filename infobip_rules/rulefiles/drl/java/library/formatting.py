"""`String.format`: Java's conversions, flags, widths and precisions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure, too_large
from infobip_rules.rulefiles.drl.java.hashes import hash_of
from infobip_rules.rulefiles.drl.java.numbers import EXACT
from infobip_rules.rulefiles.drl.java.values import limited, text_of

_SPECIFIER = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([tT]?[a-zA-Z%])")
_TIMES: dict[str, str] = {
    "Y": "%Y",
    "m": "%m",
    "d": "%d",
    "H": "%H",
    "M": "%M",
    "S": "%S",
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "y": "%y",
    "j": "%j",
    "B": "%B",
    "b": "%b",
    "A": "%A",
    "a": "%a",
    "D": "%m/%d/%y",
    "I": "%I",
    "p": "%p",
}


def format_text(pattern: str, arguments: Sequence[Any]) -> str:
    """Returns the pattern with its specifiers filled; JavaFailure for one that is wrong, or lacks its argument."""
    out: list[str] = []
    done = taken = 0
    previous = -1
    while (start := pattern.find("%", done)) >= 0:
        out.append(pattern[done:start])
        found = _SPECIFIER.match(pattern, start)
        if found is None:
            raise _wrong("UnknownFormatConversionException", pattern, pattern[start : start + 2])
        done = found.end()
        number, flags, _, _, conversion = found.groups()
        if conversion in "n%":
            out.append("\n" if conversion == "n" else _padded("%", found))
            continue
        if number is None and "<" not in flags:
            previous, taken = taken, taken + 1
        elif number is not None:
            previous = int(number) - 1
        if not 0 <= previous < len(arguments):
            raise _wrong("MissingFormatArgumentException", pattern, found.group())
        out.append(_converted(arguments[previous], found))
    out.append(pattern[done:])
    return limited("".join(out))


def _wrong(name: str, pattern: str, specifier: str) -> JavaFailure:
    return JavaFailure(
        name, f"{specifier!r} of the format {pattern!r} can't be filled.", "Compare specifiers and arguments."
    )


def _converted(value: Any, found: re.Match[str]) -> str:
    conversion = found.group(5)
    if conversion[0] in "tT":
        text = _time(value, found)
    else:
        convert = _CONVERSIONS.get(conversion.lower())
        if convert is None:
            raise _wrong("UnknownFormatConversionException", found.string, found.group())
        text = convert(value, found)
    return _padded(text.upper() if conversion[0].isupper() else text, found)


def _padded(text: str, found: re.Match[str]) -> str:
    width = int(found.group(3) or 0)
    if width > LARGEST:
        raise too_large("A text", LARGEST)
    return text.ljust(width) if "-" in found.group(2) else text.rjust(width)


def _text(value: Any, found: re.Match[str]) -> str:
    return _cut(text_of(value), found)


def _cut(text: str, found: re.Match[str]) -> str:
    return text if found.group(4) is None else text[: int(found.group(4))]


def _truth(value: Any, found: re.Match[str]) -> str:
    return _cut(text_of(value if isinstance(value, bool) else value is not None), found)


def _sign(value: Any, found: re.Match[str]) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return chr(value)
    if value is not None and not (isinstance(value, str) and len(value) == 1):
        raise _mismatch(value, found)
    return text_of(value)


def _mismatch(value: Any, found: re.Match[str]) -> JavaFailure:
    return JavaFailure(
        "IllegalFormatConversionException",
        f"{found.group()!r} of the format {found.string!r} does not take a {type(value).__name__}.",
        "%s takes anything, %d whole numbers, %f numbers with a fraction.",
    )


def _whole(value: Any, found: re.Match[str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mismatch(value, found)
    return _signed(value < 0, f"{abs(value):,}" if "," in found.group(2) else str(abs(value)), found)


def _radix(value: Any, found: re.Match[str]) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mismatch(value, found)
    letter = found.group(5).lower()
    size = 32 if -0x8000_0000 <= value < 0 else 64
    text = format(value & ((1 << size) - 1) if value < 0 else value, letter)
    prefix = {"x": "0x", "o": "0"}[letter] if "#" in found.group(2) else ""
    return _zeros(prefix, text, found)


def _signed(negative: bool, digits: str, found: re.Match[str]) -> str:
    flags = found.group(2)
    if negative and "(" in flags:
        return _zeros("(", digits + ")", found)
    return _zeros("-" if negative else "+" if "+" in flags else " " if " " in flags else "", digits, found)


def _zeros(prefix: str, digits: str, found: re.Match[str]) -> str:
    width = min(int(found.group(3) or 0), LARGEST) if "0" in found.group(2) else 0
    return prefix + digits.rjust(width - len(prefix), "0")


def _real(value: Any, found: re.Match[str]) -> str:
    return _of_number(
        value, found, lambda number, digits: format(_rounded(number, digits), f"{_comma(found)}.{digits}f")
    )


def _comma(found: re.Match[str]) -> str:
    return "," if "," in found.group(2) else ""


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=EXACT)


def _of_number(value: Any, found: re.Match[str], write: Callable[[Decimal, int], str]) -> str:
    if value is None:
        return "null"
    if not isinstance(value, float | Decimal):
        raise _mismatch(value, found)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("-" if value < 0 else "+" if "+" in found.group(2) else "") + "Infinity"
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    digits = min(int(found.group(4)) if found.group(4) is not None else 6, 300)
    return _signed(number.is_signed(), write(abs(number), digits), found)


def _scientific(value: Any, found: re.Match[str]) -> str:
    return _of_number(value, found, _with_exponent)


def _with_exponent(number: Decimal, digits: int) -> str:
    if not number:
        return format(0.0, f".{digits}e")
    rounded = EXACT.scaleb(number, -number.adjusted()).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    carried = 1 if rounded >= 10 else 0
    exponent = number.adjusted() + carried
    shown = rounded / 10 if carried else rounded
    return f"{shown:.{digits}f}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _general(value: Any, found: re.Match[str]) -> str:
    def write(number: Decimal, digits: int) -> str:
        digits = digits or 1
        if number and not Decimal("0.0001") <= number < Decimal(10) ** digits:
            return _with_exponent(number, digits - 1)
        places = max(digits - 1 - (number.adjusted() if number else 0), 0)
        return format(_rounded(number, places), f"{_comma(found)}.{places}f")

    return _of_number(value, found, write)


def _hash(value: Any, found: re.Match[str]) -> str:
    return "null" if value is None else format(hash_of(value) & 0xFFFF_FFFF, "x")


def _time(value: Any, found: re.Match[str]) -> str:
    written = _TIMES.get(found.group(5)[1])
    if value is None:
        return "null"
    if written is None or not isinstance(value, date):
        raise _mismatch(value, found)
    moment = value if isinstance(value, datetime) else datetime.combine(value, datetime.min.time())
    text = moment.strftime(written)
    return text.lower() if found.group(5)[1] == "p" else text


_CONVERSIONS: dict[str, Callable[[Any, re.Match[str]], str]] = {
    "s": _text,
    "d": _whole,
    "f": _real,
    "b": _truth,
    "c": _sign,
    "x": _radix,
    "o": _radix,
    "e": _scientific,
    "g": _general,
    "h": _hash,
}
