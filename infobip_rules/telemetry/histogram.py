"""Histograms of durations with fixed buckets, cheap enough to count every message."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate


class Histogram:
    """Counts seconds by bucket; for one thread.

    It is counted here and not by prometheus_client, whose counting takes several times as long: it is called for every
    message, in the one process that knows when each step began and ended.
    """

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        """Makes one of buckets up to each of `bounds`, which rise, and one for what is beyond them."""
        self._bounds = list(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        #: The sum of all seconds.
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Counts a duration; one below 0, as a clock that was set back gives it, counts as 0."""
        if seconds > 0.0:
            self._counts[bisect_left(self._bounds, seconds)] += 1
            self.total += seconds
        else:
            self._counts[0] += 1

    @property
    def count(self) -> int:
        """How many durations were counted."""
        return sum(self._counts)

    @property
    def buckets(self) -> list[tuple[float, int]]:
        """Each bound, infinity as the last, with how many durations were not above it."""
        return list(zip([*self._bounds, float("inf")], accumulate(self._counts), strict=True))

    def quantile(self, share: float) -> float | None:
        """The duration that so large a share of all were not above, as Prometheus' `histogram_quantile` estimates it.

        Within a bucket they are taken to lie evenly; what is beyond the last bound counts as that. None if there are none.
        """
        if not (count := self.count):
            return None
        rank, before, lower = share * count, 0, 0.0
        for bound, below in self.buckets[:-1]:
            if below >= rank and below > before:
                return lower + (bound - lower) * max(rank - before, 0) / (below - before)
            before, lower = below, bound
        return self._bounds[-1]
