"""The JSON of the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from infobip_rules.sandbox.wire import inbound_result, keyword_of, stamp


def test_a_moment_is_written_in_the_offset_of_the_account() -> None:
    moment = datetime(2026, 11, 9, 23, 30, 0, 999_999, tzinfo=UTC)
    assert stamp(moment) == "2026-11-09T23:30:00.999+0000"
    assert stamp(moment, timezone(timedelta(hours=5, minutes=30))) == "2026-11-10T05:00:00.999+0530"


@pytest.mark.parametrize(
    ("text", "keyword"), [("join now", "JOIN"), ("JOIN", "JOIN"), ("joining", None), ("", None), ("  join x", "JOIN")]
)
def test_a_keyword_is_the_first_word_in_any_case(text: str, keyword: str | None) -> None:
    assert keyword_of(text, frozenset({"Join"})) == keyword


@pytest.mark.parametrize(
    ("text", "keyword", "clean"), [("join  us all", "JOIN", "us all"), ("JOIN", "JOIN", ""), ("us", "JOIN", "us")]
)
def test_the_clean_text_is_what_follows_the_keyword(text: str, keyword: str, clean: str) -> None:
    result = inbound_result(
        message_id="m", from_="1", to="2", text=text, keyword=keyword, callback_data=None, received_at="now"
    )
    assert result["cleanText"] == clean


def test_what_there_is_none_of_is_absent() -> None:
    result = inbound_result(
        message_id="m", from_="1", to="2", text="x", keyword=None, callback_data=None, received_at="now"
    )
    assert {"keyword", "cleanText", "callbackData"}.isdisjoint(result)
