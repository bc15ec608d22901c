"""Durations as people write them: `2d`, `1h 30m`, `0.5s`."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

#: Microseconds, the longest first.
_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000}
_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([dhms])\s*")


def read_duration(written: str) -> timedelta:
    """The time that numbers with units add up to; ValueError for anything else, OverflowError beyond three million years."""
    if not re.fullmatch(rf"(?:{_PART.pattern})+", written):
        raise ValueError(f"{written!r} is no duration: write e.g. 90s, 15m, 2h, 3d or 1h 30m.")
    return timedelta(microseconds=int(sum(Decimal(number) * _UNITS[unit] for number, unit in _PART.findall(written))))


def write_duration(time: timedelta) -> str:
    """The duration as `read_duration` reads it back; ValueError for a negative one."""
    left = time // timedelta(microseconds=1)
    if left < 0:
        raise ValueError("Time does not go back.")
    parts = []
    for unit, size in _UNITS.items():
        whole, left = divmod(left, size)
        if unit == "s" and left:
            parts.append(f"{whole}.{left:06d}".rstrip("0") + unit)
        elif whole:
            parts.append(f"{whole}{unit}")
    return " ".join(parts) or "0s"
