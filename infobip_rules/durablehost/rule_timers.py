"""Timers that bodies start: events of durable-rules' own form, which the host's timekeeper has fire; and what they schedule."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infobip_rules.durablehost.messages import Message, why_unfit_event
from infobip_rules.errors import RuleError
from infobip_rules.signals import MomentCame, Signal
from infobip_rules.timers import TimerChange, payload_of

_NAME, _DUE, _TIME = "$timerName", "$baseTime", "$time"


def timer_message(name: str, seconds: float, now: datetime) -> Message:
    """Returns the event of a timer that is due `seconds` after `now`. Raises RuleError if that is no moment."""
    try:
        due_at = now + timedelta(seconds=seconds)
    except (TypeError, ValueError, OverflowError):
        raise RuleError(
            f"The timer {name!r} can't be due in {seconds!r} seconds.", "Give a number; years end with 9999."
        ) from None
    return {"id": name, _NAME: name, _DUE: math.ceil(due_at.timestamp())}


def pulse(number: int, now: datetime) -> Message:
    """Returns the event that says what time it is, at which one timer fires."""
    return {"id": f"$pulse{number}", _TIME: math.floor(now.timestamp())}


def is_pulse(message: Mapping[str, Any]) -> bool:
    """Returns whether a message only says what time it was."""
    return _TIME in message


def due_times(messages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Returns when each timer among messages is due, in seconds of Unix time."""
    return {message[_NAME]: message[_DUE] for message in messages if _NAME in message and _DUE in message}


def number_due(messages: Iterable[Mapping[str, Any]], now: datetime) -> int:
    """Returns how many timers are due."""
    return sum(due <= now.timestamp() for due in due_times(messages).values())


def timer_changes(before: Mapping[str, int], after: Mapping[str, int]) -> list[TimerChange]:
    """Returns what the timekeeper is to do: `before` and `after` are when each timer is due."""
    gone = [TimerChange(name=_kept_as(name)) for name in before if name not in after]
    new = [_set(name, due) for name, due in after.items() if before.get(name) != due]
    return gone + new


def scheduled_event(signal: object) -> tuple[str, str]:
    """Returns the type of a signal, or of a dict that stands for one, and the rest of it as JSON. Raises RuleError."""
    if isinstance(signal, Signal):
        return type(signal).__name__, payload_of(signal)
    kind = signal.get("type") if isinstance(signal, dict) else None
    if not isinstance(signal, dict) or not isinstance(kind, str) or not kind:
        raise RuleError("What is scheduled has no type.", 'Give a signal, or a dict such as {"type": "Reminder"}.')
    if why := why_unfit_event(signal):
        raise RuleError(f"What is scheduled can't be kept: {why}.", "Leave it out, or give it another form or name.")
    return kind, json.dumps(signal, ensure_ascii=False)


def _set(name: str, due: int) -> TimerChange:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=due)
    payload = payload_of(MomentCame(moment=moment))
    return TimerChange(name=_kept_as(name), due_at=moment, kind=MomentCame.__name__, payload=payload)


def _kept_as(name: str) -> str:
    return f"@timer {name}"
