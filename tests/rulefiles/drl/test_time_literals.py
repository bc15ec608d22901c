"""Times in attributes and operators: dates, timers and durations as Drools writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infobip_rules.rulefiles.drl.syntax.durations import seconds
from infobip_rules.rulefiles.drl.syntax.time_literals import read_moment, read_timer


@pytest.mark.parametrize(
    ("written", "length"),
    [("1d2h3m4s5ms", 93_784.005), ("500", 0.5), ("10ms", 0.01), (" 1h 30m ", 5_400), ("", None), ("1x", None)],
)
def test_a_duration_is_read_in_seconds(written: str, length: float | None) -> None:
    assert seconds(written) == (length if length is None else pytest.approx(length))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("24-Dec-2026", datetime(2026, 12, 24, tzinfo=UTC)),
        ("24-December-2026 18:30", datetime(2026, 12, 24, 18, 30, tzinfo=UTC)),
        ("2026-12-24T18:30:00+01:00", datetime(2026, 12, 24, 17, 30, tzinfo=UTC)),
        ("24-Dez-2026", None),
        ("31-Feb-2026", None),
        ("soon", None),
    ],
)
def test_a_moment_is_in_utc_unless_it_says_otherwise(written: str, moment: datetime | None) -> None:
    assert read_moment(written) == moment


def test_a_timer_has_a_delay_a_repetition_and_an_end() -> None:
    timer = read_timer("int: 30s 5m; repeat-limit=3, end=24-Dec-2026")
    assert (timer.first, timer.every, timer.firings) == (30, 300, 2)  # as in Drools 8, one less than the limit says
    assert timer.end == datetime(2026, 12, 24, tzinfo=UTC)
    assert read_timer("10s").every is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("int: 1s 10ms", "more often than each second"),
        ("expr: $delay", "computed"),
        ("int:", "not understood"),
        ("weekly: 1s", "not understood"),
    ],
)
def test_a_timer_that_can_not_be_run_says_why(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_timer(written)
