"""Moments as the journal keeps them: whole microseconds since 1970 in UTC, which sort and compare as numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """What is stored for an aware `moment`, in microseconds; a naive one is a TypeError."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware UTC moment behind a stored number of microseconds; the nearest there is for one beyond the calendar."""
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return _LAST if micros > 0 else _FIRST


def to_micros_or_none(moment: datetime | None) -> int | None:
    """As `to_micros`, for a column that may be empty."""
    return None if moment is None else to_micros(moment)


def from_micros_or_none(micros: int | None) -> datetime | None:
    """As `from_micros`, for a column that may be empty."""
    return None if micros is None else from_micros(micros)
