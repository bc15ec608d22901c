"""Rows of the journal as commands show them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.cli.records import fact_records, masked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("385981234567"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(JSON, st.booleans())
def test_no_whole_number_is_left_anywhere(value: Any, with_text: bool) -> None:
    assert "385981234567" not in str(masked(value, with_text=with_text))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("hello", "(5 characters)"),
        ("", ""),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        (7, 7),
        (True, True),
        (None, None),
        (1.5, 1.5),
    ],
)
def test_of_a_text_only_its_length_is_shown_unless_it_is_asked_for(value: Any, shown: Any) -> None:
    assert masked(value, with_text=False) == shown
    assert masked(value, with_text=True) == value


def test_a_fact_is_named_by_type_and_number() -> None:
    state = '{"facts": [[2, "Order", {"number": "7", "note": "hello"}]]}'
    assert fact_records(state, with_text=True) == [{"fact": "Order#2", "fields": {"number": "7", "note": "hello"}}]
    assert fact_records(state, with_text=False)[0]["fields"]["note"] == "(5 characters)"
