"""Spans of time as Drools writes them: `1d2h3m4s5ms`, or a number of milliseconds."""

from __future__ import annotations

import re

_SPAN = re.compile(
    r"(?:(\d{1,9})d)?\s*(?:(\d{1,9})h)?\s*(?:(\d{1,9})m(?!s))?\s*(?:(\d{1,9})s)?\s*(?:(\d{1,9})(?:ms)?)?"
)
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


def seconds(written: str) -> float | None:
    """Returns the span in seconds; None if it is none."""
    found = _SPAN.fullmatch(written.strip())
    if not found or not any(found.groups()):
        return None
    return sum(int(count) * unit for count, unit in zip(found.groups(), _UNITS, strict=True) if count)
