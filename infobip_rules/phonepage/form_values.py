"""Values typed on the page: moments."""

from __future__ import annotations

from datetime import UTC, datetime

from infobip_rules.errors import ClockError


def read_moment(typed: str) -> datetime:
    """The moment of a date field, in UTC. Raises ClockError."""
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise ClockError("That is no moment.", "Write it like 2026-11-22T10:00.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
