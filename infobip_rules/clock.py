"""The clock: always passed in, so that tests can set it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from infobip_rules.errors import ClockError

#: Moments that are later by this (timers, retention) must still have a date.
_MARGIN = timedelta(days=3650)


class Clock(Protocol):
    """A source of the present moment."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SettableClock:
    """A clock that runs with another one and can be set forward; made for `dev`.

    It never goes back: stored moments would otherwise be in the future.
    """

    def __init__(self, beside: Clock | None = None) -> None:
        self._beside = beside or SystemClock()
        #: How far it is ahead.
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self._beside.now() + self.ahead

    def advance(self, by: timedelta) -> None:
        """Sets the clock forward. Raises ClockError for a negative time, and for a year beyond 9999."""
        if by < timedelta():
            raise ClockError("The clock does not go back.", "Choose a later moment, or start again.")
        try:
            _ = self.now() + by + _MARGIN
        except OverflowError:
            raise ClockError("There is no such moment: years end with 9999.", "Choose an earlier one.") from None
        self.ahead += by

    def set(self, moment: datetime) -> None:
        """Sets the clock to `moment`, which is aware. Raises ClockError for one that is past."""
        self.advance(moment - self.now())


class SystemClock:
    """The machine's clock (freezegun moves it)."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)
