"""Values typed on the page: the parts of a text, in words, and moments."""

from __future__ import annotations

from datetime import UTC, datetime

from infobip_rules.errors import ClockError
from infobip_rules.infobip.parts import Parts, named_character


def parts_text(parts: Parts) -> str:
    """The parts of a text, in a line: `2 parts, Unicode because of 'ž' (U+017E), 12 left`."""
    count = f"{parts.parts} part{'' if parts.parts == 1 else 's'}"
    alphabet = "GSM-7" if parts.forced_by is None else f"Unicode because of {named_character(parts.forced_by)}"
    return f"{count}, {alphabet}, {parts.remaining} left"


def read_moment(typed: str) -> datetime:
    """The moment of a date field, in UTC. Raises ClockError."""
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise ClockError("That is no moment.", "Write it like 2026-11-22T10:00.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
