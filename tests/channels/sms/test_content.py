"""The content of a text message in JSON: it comes back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.interface import ContentError
from infobip_rules.channels.sms.content import SmsContent, read_content, write_content


@given(st.builds(SmsContent, st.text(st.characters(exclude_categories=["Cs"])), st.booleans()))
def test_a_content_comes_back_as_it_was_written(content: SmsContent) -> None:
    assert read_content(write_content(content)) == content


def test_half_a_character_is_no_content() -> None:
    with pytest.raises(ContentError):
        read_content('{"text":"\\ud83d"}')


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_what_the_migration_of_old_journals_wrote_is_read(text: str, shorten_url: bool) -> None:
    document = {"text": text, "shorten_url": True} if shorten_url else {"text": text}
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert read_content(written) == SmsContent(text, shorten_url)


def test_what_is_at_its_default_is_left_out() -> None:
    assert write_content(SmsContent("hello")) == '{"text":"hello"}'
    assert write_content(SmsContent("hello", True)) == '{"text":"hello","shorten_url":true}'


@pytest.mark.parametrize(
    "document",
    ["", "hello", "[]", "null", "{}", '{"text": null}', '{"text": "a", "shorten_url": 1}', '{"text": "a", "x": 1}'],
)
def test_anything_else_is_refused_and_not_repeated(document: str) -> None:
    with pytest.raises(ContentError, match="not that of a text message") as refused:
        read_content(document)
    assert "shorten" not in str(refused.value)


@given(st.text(max_size=20))
def test_any_text_is_a_content_or_refused(document: str) -> None:
    try:
        assert isinstance(read_content(document), SmsContent)
    except ContentError:
        return
