"""Values typed on the page of phones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infobip_rules.errors import ClockError
from infobip_rules.phonepage.form_values import read_moment


@pytest.mark.parametrize(
    ("typed", "hour"), [("2026-11-22T10:00", 10), (" 2026-11-22T10:00 ", 10), ("2026-11-22T10:00+02:00", 8)]
)
def test_a_moment_without_an_offset_is_in_utc(typed: str, hour: int) -> None:
    assert read_moment(typed) == datetime(2026, 11, 22, hour, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-11-32T10:00"])
def test_other_words_are_no_moment(typed: str) -> None:
    with pytest.raises(ClockError, match="no moment"):
        read_moment(typed)
