"""When a timer is due, how a delay is written, and which signals can be kept until then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules import Heartbeat, InfobipSmsReceivedMessage, Signal
from infobip_rules.errors import RuleError
from infobip_rules.timers import checked_name, due_moment, payload_of

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class Reminder(Signal):
    order: str = ""
    weight: float = 0.0
    anything: Any = None


@pytest.mark.parametrize(
    ("after", "delay"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1.5 h", timedelta(minutes=90)),
        (90, timedelta(seconds=90)),
        (0.25, timedelta(milliseconds=250)),
        (timedelta(weeks=1), timedelta(days=7)),
        (0, timedelta(0)),
    ],
)
def test_a_delay_is_written_in_seconds_in_words_or_as_a_timedelta(after: Any, delay: timedelta) -> None:
    assert due_moment(NOON, after=after) == NOON + delay


def test_a_moment_in_another_zone_is_kept_in_utc() -> None:
    due = due_moment(NOON, at=datetime(2026, 11, 9, 15, tzinfo=timezone(timedelta(hours=2))))
    assert due == datetime(2026, 11, 9, 13, tzinfo=UTC)
    assert due.tzinfo is UTC


def test_a_moment_in_the_past_is_taken_as_it_is() -> None:
    assert due_moment(NOON, at=NOON - timedelta(days=1)) == NOON - timedelta(days=1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, "neither at nor after"),
        ({"at": NOON, "after": 1}, "both at and after"),
        ({"at": datetime(2026, 11, 9)}, "no time zone"),  # noqa: DTZ001 - that is what is refused
        ({"at": "tomorrow"}, "is a datetime, not str"),
        ({"after": -1}, "is negative"),
        ({"after": "-5m"}, "is negative"),
        ({"after": timedelta(seconds=-1)}, "is negative"),
        ({"after": "soon"}, "can't be read"),
        ({"after": "5"}, "can't be read"),
        ({"after": "1h30m"}, "can't be read"),
        ({"after": True}, "can't be read"),
        ({"after": float("nan")}, "can't be read"),
        ({"after": float("inf")}, "beyond the year 9999"),
        ({"after": "99999999999d"}, "beyond the year 9999"),
        ({"after": timedelta.max}, "beyond the year 9999"),
    ],
)
def test_what_is_no_moment_says_why(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        due_moment(NOON, **wrong)


@given(number=st.integers(0, 10_000), unit=st.sampled_from("smhd"))
def test_a_delay_in_words_is_as_long_as_it_says(number: int, unit: str) -> None:
    seconds = number * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    assert due_moment(NOON, after=f"{number}{unit}") == due_moment(NOON, after=seconds)


@pytest.mark.parametrize("name", ["", None, 5, "@heartbeat"])
def test_a_name_that_is_none_or_the_hosts_is_refused(name: object) -> None:
    with pytest.raises(RuleError, match="timer"):
        checked_name(name)


@pytest.mark.parametrize(
    "signal",
    [
        Reminder(order="Nº 7 😀", weight=0.1, anything=[1, {"a": None}]),
        Heartbeat(timestamp=NOON),
        InfobipSmsReceivedMessage.model_validate(
            {"from": "385981234567", "text": "hi", "receivedAt": NOON.isoformat()}
        ),
    ],
)
def test_a_signal_is_read_back_as_it_was(signal: Signal) -> None:
    assert type(signal).model_validate_json(payload_of(signal)) == signal


@pytest.mark.parametrize(
    "signal", [Reminder(weight=float("nan")), Reminder(anything=NOON), Reminder(anything=object())]
)
def test_a_signal_that_would_come_back_as_another_is_refused(signal: Signal) -> None:
    with pytest.raises(RuleError, match="A signal of type Reminder can't be kept"):
        payload_of(signal)
