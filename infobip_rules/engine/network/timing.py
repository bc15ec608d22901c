"""Moments at which the matches of a rule with a timer fire, calculated from the timer and the present moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from infobip_rules.engine.rules.model import RuleTimer


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When a match fires next."""

    moment: datetime
    #: How many times it may still fire, this time included; None: any number of times.
    left: int | None = None
    #: Its own rule changed it last, and has no-loop: its moments pass unused until something else changes it.
    muted: bool = False


def first_due(timer: RuleTimer, now: datetime) -> Due | None:
    """Returns when a match that comes about `now` fires for the first time; None: never."""
    start = now if timer.start is None else max(timer.start, now)
    if timer.cron is not None:
        return _until_end(timer, timer.cron.after(start - timedelta(microseconds=start > now)), timer.firings)
    try:
        return _until_end(timer, start + timedelta(seconds=timer.first), timer.firings)
    except OverflowError:
        return None


def due_again(timer: RuleTimer, now: datetime) -> Due | None:
    """Returns when a match that has fired for the last time, and is judged anew, fires: at once, or at a moment of `cron`."""
    return first_due(timer, now) if timer.cron is not None else _until_end(timer, now, timer.firings)


def next_due(timer: RuleTimer, due: Due, now: datetime) -> Due | None:
    """Returns when a match fires the next time, after it was due; None: never. Moments that were missed are left out."""
    left = None if due.left is None else due.left - 1
    if left == 0:
        return None
    if timer.cron is not None:
        return _until_end(timer, timer.cron.after(max(now, due.moment)), left)
    if not timer.every:
        return None
    every = timedelta(seconds=timer.every)
    missed = max(now - due.moment, timedelta()) // every
    try:
        return _until_end(timer, due.moment + (missed + 1) * every, left)
    except OverflowError:
        return None


def due_unmuted(timer: RuleTimer, due: Due, now: datetime) -> Due | None:
    """Returns when a muted match fires that something else changes: at the next of its moments."""
    if due.moment > now:
        return replace(due, muted=False)
    return next_due(timer, due, now)


def _until_end(timer: RuleTimer, moment: datetime | None, left: int | None) -> Due | None:
    if moment is None or (timer.end is not None and moment > timer.end):
        return None
    return Due(moment=moment, left=left)
