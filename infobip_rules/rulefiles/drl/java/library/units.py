"""Java's view of a text: units of UTF-16, of which an emoji takes two."""

from __future__ import annotations

import struct

from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.values import Char

#: What `Character.isWhitespace` takes for white space (no no-break spaces).
WHITE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
#: What `trim` takes off.
CONTROLS = "".join(map(chr, range(0x21)))


def units(text: str) -> str:
    """Returns the text with each sign beyond the first plane as its two units."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    coded = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, struct.unpack(f"<{len(coded) // 2}H", coded)))


def joined(text: str) -> str:
    """Returns what `units` split, put together again."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def length(text: str) -> int:
    """Implements `length()`."""
    return len(text) if text.isascii() else len(units(text))


def unit_at(text: str, index: int) -> Char:
    """Implements `charAt(index)`; JavaFailure beyond the ends."""
    split = units(text)
    if not 0 <= index < len(split):
        raise JavaFailure(
            "StringIndexOutOfBoundsException", f"The text of {len(split)} characters has none at {index}.", ""
        )
    return Char(split[index])


def part(text: str, start: int, end: int | None = None) -> str:
    """Implements `substring(start, end)`; JavaFailure beyond the ends."""
    split = units(text)
    stop = len(split) if end is None else end
    if not 0 <= start <= stop <= len(split):
        raise JavaFailure(
            "StringIndexOutOfBoundsException",
            f"A text of {len(split)} characters has no part from {start} to {stop}.",
            "Compare with length() first.",
        )
    return joined(split[start:stop])


def place_of(text: str, wanted: str | int, start: int = 0) -> int:
    """Implements `indexOf`."""
    return units(text).find(sign(wanted), max(start, 0))


def last_place_of(text: str, wanted: str | int, start: int | None = None) -> int:
    """Implements `lastIndexOf`."""
    split, sought = units(text), sign(wanted)
    if start is None:
        return split.rfind(sought)
    return split.rfind(sought, 0, start + len(sought)) if start >= 0 else -1


def sign(wanted: str | int) -> str:
    """Returns a text, or the one that a code stands for, as units."""
    return units(chr(wanted) if isinstance(wanted, int) else wanted)
