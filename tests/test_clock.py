"""A clock that is set forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from infobip_rules.clock import SettableClock
from infobip_rules.errors import ClockError

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class Stopped:
    def now(self) -> datetime:
        return NOON


def test_it_runs_beside_another_until_it_is_moved() -> None:
    clock = SettableClock(Stopped())
    assert clock.now() == NOON
    clock.advance(timedelta(hours=1))
    assert clock.now() == NOON + timedelta(hours=1)


def test_it_can_be_set_to_a_moment() -> None:
    clock = SettableClock(Stopped())
    clock.set(NOON + timedelta(days=3))
    assert (clock.now(), clock.ahead) == (NOON + timedelta(days=3), timedelta(days=3))


def test_it_does_not_go_back() -> None:
    clock = SettableClock(Stopped())
    clock.advance(timedelta(hours=1))
    with pytest.raises(ClockError, match="does not go back"):
        clock.set(NOON)
    assert clock.ahead == timedelta(hours=1)


@pytest.mark.parametrize("far", [timedelta(days=365 * 7970), timedelta.max])
def test_a_moment_beyond_all_dates_is_refused(far: timedelta) -> None:
    clock = SettableClock(Stopped())
    with pytest.raises(ClockError, match="no such moment"):
        clock.advance(far)
    assert clock.now() == NOON
