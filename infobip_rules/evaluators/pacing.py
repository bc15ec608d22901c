"""A limit on work beside evaluation: a share of the time, and no more."""

from __future__ import annotations

import time
from collections.abc import Callable

from infobip_rules.evaluators.time_budget import TimeBudget


class Pace:
    """Allows what takes up to `share` of the time, in bursts of up to `burst` seconds.

    Traces are for people, who read few: in a flood of signals, evaluation goes before traces.
    """

    def __init__(
        self, *, share: float = 0.02, burst: float = 0.05, seconds: Callable[[], float] = time.perf_counter
    ) -> None:
        self._share = share
        self._burst = burst
        self._seconds = seconds
        self._left = burst
        self._measured_at = seconds()
        #: For evaluations that others wait behind.
        self.budget = TimeBudget()

    def allows(self) -> bool:
        """Returns whether there is time left."""
        now = self._seconds()
        self._left = min(self._left + (now - self._measured_at) * self._share, self._burst)
        self._measured_at = now
        return self._left > 0

    def spend(self, seconds: float) -> None:
        """Notes that so much was taken."""
        self._left -= seconds
