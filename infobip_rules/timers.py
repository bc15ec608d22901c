"""Timers as rules set them: a signal that the session gets later, under a name; and the forms of a delay."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from pydantic import BaseModel

from infobip_rules.errors import RuleError
from infobip_rules.quoting import why_unwritable

#: The time until a moment: a timedelta, seconds, or a number with its unit, as in "90s", "15m", "2h" and "3d".
Delay: TypeAlias = timedelta | str | float

_WRITTEN = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([smhd])\s*", re.ASCII)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_IN_WORDS = re.compile(r"\s*(\d+)\s*([A-Za-z]+)\.?\s*", re.ASCII)
_DELAYS = 'Give a timedelta, seconds, or e.g. "90s", "15m", "2h", "3d".'


@dataclass(frozen=True, kw_only=True, slots=True)
class TimerChange:
    """A timer that is set, in place of one of the same name in its session, or cancelled."""

    name: str
    #: When it is due, in UTC; None: it is cancelled.
    due_at: datetime | None = None
    #: The name of the type of its signal.
    kind: str = ""
    #: The signal as JSON.
    payload: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurringTimer:
    """A timer that is due again and again; its signal has one field, `timestamp`: the moment at which it was due."""

    name: str
    kind: str
    every: timedelta


def due_moment(now: datetime, *, at: datetime | None = None, after: Delay | None = None) -> datetime:
    """The moment that `at` names, or `after` from `now` on, in UTC; one in the past is due at once.

    Raises RuleError unless exactly one is given, for a naive datetime, a negative delay, and what can't be read.
    """
    if (at is None) == (after is None):
        given = "neither at nor after" if at is None else "both at and after"
        raise RuleError(f"A timer was given {given}.", "Give one of them: a moment, or how long until it.")
    try:
        return _moment(at).astimezone(UTC) if at is not None else now + read_delay(after)
    except OverflowError:
        raise RuleError("A timer's moment is beyond the year 9999, or before year 1.", "Give one nearer by.") from None


def _moment(at: object) -> datetime:
    if not isinstance(at, datetime):
        raise RuleError(
            f"A timer's moment is a datetime, not {type(at).__name__}.", "Give at=datetime(..., tzinfo=UTC)."
        )
    if at.utcoffset() is None:
        raise RuleError(
            f"The moment {at.isoformat()} has no time zone.", "Give it one: datetime(..., tzinfo=UTC), or use c.now."
        )
    return at


def read_delay(after: object) -> timedelta:
    """The delay that a rule gives. Raises RuleError for a negative one, and for what can't be read."""
    delay = _read(after)
    if delay < timedelta(0):
        raise RuleError(f"The delay {after!r} is negative.", "Give how long it is from now, or a moment with at=.")
    return delay


def _read(after: object) -> timedelta:
    if isinstance(after, timedelta):
        return after
    if isinstance(after, str) and (written := _WRITTEN.fullmatch(after)):
        return float(written[1]) * _UNITS[written[2]]
    if isinstance(after, int | float) and not isinstance(after, bool):
        try:
            return timedelta(seconds=after)
        except ValueError:  # not a number
            pass
    raise RuleError(f"The delay {after!r} can't be read.", _meant(after) or _DELAYS)


def _meant(after: object) -> str:
    """The right form of a delay that is written in words; empty if it is not clear."""
    found = _IN_WORDS.fullmatch(after) if isinstance(after, str) else None
    unit = found[2][0].lower() if found else ""
    if found is None or unit not in "smhdw" or found[2].lower().startswith("mo"):
        return ""
    number = int(found[1]) * 7 if unit == "w" else int(found[1])
    if unit in "dw":
        return f"Write {number}d, {number * 24}h, or a timedelta."
    return f"Write {number}{unit}, or a timedelta."


def checked_name(name: object) -> str:
    """The name, if a rule may give it a timer: RuleError for an empty one, and for those of the host's timers."""
    if not isinstance(name, str) or not name:
        raise RuleError("A timer's name is text that is not empty.", 'Give e.g. name="reminder", or none at all.')
    if name.startswith("@"):
        raise RuleError(f"No timer of a rule is named {name!r}.", "Names with @ are the host's: leave it out.")
    return name


def payload_of(signal: BaseModel) -> str:
    """The signal as JSON, to be read back when its timer is due; RuleError if it would be read back as another."""
    kind = type(signal)
    try:
        payload = signal.model_dump_json(by_alias=True)
        same = kind.model_validate_json(payload) == signal
    except ValueError as problem:
        raise _not_kept(kind, why_unwritable(problem)) from None
    if not same:
        raise _not_kept(kind, "read back it would differ")
    return payload


def _not_kept(kind: type, reason: str) -> RuleError:
    return RuleError(
        f"A signal of type {kind.__name__} can't be kept: {reason}.",
        "Give its fields types, and values that JSON holds.",
    )
