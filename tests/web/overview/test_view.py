"""Durations on the overview, as people read them."""

from __future__ import annotations

import pytest

from infobip_rules.web.overview.view import duration


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (0.0, "0 ms"),
        (0.00042, "0.42 ms"),
        (0.017, "17 ms"),
        (0.9994, "999 ms"),
        (1.3, "1.3 s"),
        (59.0, "59 s"),
        (240.0, "4 min"),
        (5400.0, "1.5 h"),
        (172800.0, "2 d"),
    ],
)
def test_a_duration_has_the_unit_that_it_is_read_in(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown
