"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.testing.durations import read_duration, write_duration


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=10_000)))
def test_a_duration_is_read_back_as_it_was_written(time: timedelta) -> None:
    assert read_duration(write_duration(time)) == time


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("90s", timedelta(seconds=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        (" 0.5s ", timedelta(milliseconds=500)),
        ("1d 1d", timedelta(days=2)),
    ],
)
def test_numbers_with_units_add_up(written: str, time: timedelta) -> None:
    assert read_duration(written) == time


@pytest.mark.parametrize("written", ["", "5", "s", "-5s", "1w", "1h and 5m", "١s"])
def test_anything_else_is_no_duration(written: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        read_duration(written)


def test_a_negative_time_has_no_written_form() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        write_duration(timedelta(seconds=-1))


def test_no_time_is_written_in_seconds() -> None:
    assert write_duration(timedelta()) == "0s"
