"""Moments that repeat by the calendar, as Quartz writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infobip_rules.engine.rules.cron import read_cron


def after(text: str, moment: str, count: int = 3) -> list[str]:
    """The next moments."""
    cron, found, now = read_cron(text), [], datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for _ in range(count):
        following = cron.after(now)
        if following is None:
            break
        now = following
        found.append(f"{now:%Y-%m-%d %H:%M:%S}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0/15 * * * * ?", ["2026-11-09 12:00:15", "2026-11-09 12:00:30", "2026-11-09 12:00:45"]),
        ("0 0/20 * * * ?", ["2026-11-09 12:20:00", "2026-11-09 12:40:00", "2026-11-09 13:00:00"]),
        ("0 30 9 ? * MON-FRI", ["2026-11-10 09:30:00", "2026-11-11 09:30:00", "2026-11-12 09:30:00"]),
        ("0 0 9 ? * 6L", ["2026-11-27 09:00:00", "2026-12-25 09:00:00", "2027-01-29 09:00:00"]),
        ("0 0 9 ? * mon#1", ["2026-12-07 09:00:00", "2027-01-04 09:00:00", "2027-02-01 09:00:00"]),
        ("0 0 0 L * ?", ["2026-11-30 00:00:00", "2026-12-31 00:00:00", "2027-01-31 00:00:00"]),
        ("0 0 0 29 2 ?", ["2028-02-29 00:00:00", "2032-02-29 00:00:00", "2036-02-29 00:00:00"]),
        ("0 0 22-2/2 9,10 11 ?", ["2026-11-09 22:00:00", "2026-11-10 00:00:00", "2026-11-10 02:00:00"]),
        ("0 0 0 1 1 ? 2028", ["2028-01-01 00:00:00"]),
        ("0 0 0 30 FEB ?", []),
        ("0 0 12 ? * L", ["2026-11-14 12:00:00", "2026-11-21 12:00:00", "2026-11-28 12:00:00"]),
    ],
)
def test_the_next_moments_are_those_of_the_text(text: str, expected: list[str]) -> None:
    assert after(text, "2026-11-09 12:00:00") == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 0 12 * *", "it has 5 fields"),
        ("0 0 12 ? * ?", "one of day and weekday is to be ?"),
        ("0 0 24 * * ?", "24 is no hour"),
        ("0 0 12 15W * ?", "15W is no day of the month"),
        ("0 0 12 ? * FOO", "FOO is no day of the week"),
        ("0/0 * * * * ?", "0/0 has no step that fits a second"),
        ("* * * ? * 2#6", "2#6 is no day of the week"),
    ],
)
def test_what_can_not_be_read_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        read_cron(text)
