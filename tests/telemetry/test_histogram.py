"""Histograms: every duration in its bucket, and quantiles that lie where the durations do."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.telemetry.histogram import Histogram

BOUNDS = (0.001, 0.01, 0.1, 1.0, 10.0)
SECONDS = st.floats(0, 100)


def histogram(*durations: float) -> Histogram:
    made = Histogram(BOUNDS)
    for seconds in durations:
        made.observe(seconds)
    return made


@given(st.lists(SECONDS))
def test_a_bucket_has_all_that_is_not_above_its_bound(durations: list[float]) -> None:
    made = histogram(*durations)
    assert made.buckets == [(bound, sum(seconds <= bound for seconds in durations)) for bound in (*BOUNDS, math.inf)]
    assert made.count == len(durations)
    assert made.total == pytest.approx(sum(durations))


def test_a_clock_that_was_set_back_makes_no_time_negative() -> None:
    made = histogram(-3.0, math.nan)
    assert made.buckets[0] == (0.001, 2)
    assert made.total == 0


def test_of_nothing_there_is_no_quantile() -> None:
    assert histogram().quantile(0.5) is None


@given(st.lists(st.floats(0, 10), min_size=1), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_of_the_duration_that_it_stands_for(durations: list[float], share: float) -> None:
    exact = sorted(durations)[min(math.ceil(share * len(durations)), len(durations)) - 1]
    bucket = bisect_left(BOUNDS, exact)

    found = histogram(*durations).quantile(share)

    assert found is not None
    assert (0.0, *BOUNDS)[bucket] <= found <= BOUNDS[bucket]


def test_a_quantile_beyond_the_last_bound_is_that_bound() -> None:
    assert histogram(0.5, 500.0, 500.0).quantile(0.99) == 10.0


def test_within_a_bucket_durations_are_taken_to_lie_evenly() -> None:
    assert histogram(*[0.5] * 10).quantile(0.5) == pytest.approx(0.55)
