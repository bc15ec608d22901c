"""Sets of characters as ranges of their numbers: what `\\d`, `[a-z]` or a letter in any case stand for in Python's `re`."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from functools import cache
from typing import TypeAlias

#: Inclusive ranges of code points, sorted, none touching another.
Ranges: TypeAlias = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
#: Halves of a pair, which no well-formed text has.
SURROGATES: Ranges = ((0xD800, 0xDFFF),)
#: Beyond this no character has another case; the tests look whether that is so.
_LAST_CASED = 0x1FFFF
#: The flags that change what a single character of a pattern stands for.
_OF_CHARACTERS = re.ASCII | re.IGNORECASE | re.UNICODE


def merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Returns the same characters in as few ranges as possible."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    """Returns all other characters."""
    out = []
    start = 0
    for low, high in ranges:
        if low > start:
            out.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


def without(ranges: Ranges, others: Ranges) -> Ranges:
    """Returns those of the first that are not among the second."""
    return complement(merged((*complement(ranges), *others)))


def share_any(ranges: Ranges, others: Ranges) -> bool:
    """Returns whether a character is among both."""
    return any(low <= high_there and low_there <= high for low, high in ranges for low_there, high_there in others)


@cache
def category(sign: str, flags: int) -> Ranges:
    """Returns what `\\d`, `\\s` or `\\w` stands for, as this very Python has it."""
    spans = re.finditer(f"{sign}+", _all_characters(), flags & re.ASCII)
    return tuple((found.start(), found.end() - 1) for found in spans)


@cache
def in_any_case(ranges: Ranges, members: str, flags: int) -> Ranges:
    """Returns what a class matches under IGNORECASE; `members` is what stands between its brackets."""
    matched = re.findall(f"[{members}]", _cased(), flags & _OF_CHARACTERS) if members else []
    return merged((*without(ranges, _cased_ranges()), *((ord(character), ord(character)) for character in matched)))


def _all_characters() -> str:
    return array("I", range(LAST + 1)).tobytes().decode("utf-32", "surrogatepass")


@cache
def _cased() -> str:
    characters = map(chr, range(_LAST_CASED + 1))
    return "".join(
        character for character in characters if character.lower() != character or character.upper() != character
    )


@cache
def _cased_ranges() -> Ranges:
    return merged((ord(character), ord(character)) for character in _cased())
