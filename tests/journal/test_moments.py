"""Stored moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.journal.moments import from_micros, from_micros_or_none, to_micros, to_micros_or_none


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_stored_moments_sort_as_moments_do(one: datetime, other: datetime) -> None:
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_a_moment_of_another_zone_comes_back_in_utc() -> None:
    zagreb = datetime(2026, 11, 9, 13, tzinfo=timezone(timedelta(hours=1)))
    assert from_micros(to_micros(zagreb)) == datetime(2026, 11, 9, 12, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 11, 9))  # noqa: DTZ001 - a naive moment is the point


def test_no_moment_is_stored_as_nothing() -> None:
    assert to_micros_or_none(None) is None
    assert from_micros_or_none(None) is None


def test_a_moment_beyond_the_calendar_is_its_last_or_first() -> None:
    assert from_micros(2**63 - 1) == datetime.max.replace(tzinfo=UTC)
    assert from_micros(-(2**63)) == datetime.min.replace(tzinfo=UTC)
