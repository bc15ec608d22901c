"""The implementations of the journal: found by the scheme of a URL, or named where there is none for it."""

from __future__ import annotations

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal import files_of, open_editor, open_journal, open_reader
from infobip_rules.journal.implementations import IMPLEMENTATIONS, Implementation, openers_for
from infobip_rules.journal.sqlite import opening
from infobip_rules.settings import Settings
from tests.journal.make import StoppedClock

ANOTHER = {**IMPLEMENTATIONS, "acme": Implementation("acme://host/rules", lambda: opening)}


def said_in(refused: JournalError) -> str:
    return f"{refused.fact} {refused.remedy}"


@pytest.mark.parametrize("url", ["sqlite:///rules.db", "SQLite:///rules.db", "sqlite+pysqlite:///rules.db"])
def test_a_file_is_sqlites(url: str) -> None:
    assert openers_for(url) is opening


def test_a_further_implementation_is_one_entry() -> None:
    assert openers_for("acme://host/rules", ANOTHER) is opening
    with pytest.raises(JournalError, match=r"Write it like sqlite:///infobip-rules\.db or acme://host/rules\."):
        openers_for("other://host/rules", ANOTHER)


@pytest.mark.parametrize("url", ["nonsense", "", "user:hush@host://rules", "://rules"])
def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(JournalError) as refused:
        openers_for(url)
    assert said_in(refused.value) == "The journal URL can't be read. Write it like sqlite:///infobip-rules.db."


async def test_every_way_to_open_a_journal_refuses_an_unknown_scheme_without_showing_its_password() -> None:
    url = "postgresql://user:hush@host/rules"
    said = "No journal can be kept at a URL that begins with postgresql://. Write it like sqlite:///infobip-rules.db."
    for opened in (open_journal(url, clock=StoppedClock()), open_reader(url), open_editor(url)):
        with pytest.raises(JournalError) as refused:
            async with opened:
                raise AssertionError
        assert said_in(refused.value) == said
    with pytest.raises(JournalError) as refused:
        files_of(url)
    assert said_in(refused.value) == said


@pytest.mark.parametrize("example", [known.example for known in IMPLEMENTATIONS.values()])
def test_the_settings_take_the_url_of_each(example: str) -> None:
    settings = Settings.load(
        None, base_url="x.api.infobip.com", api_key="a-key-of-ours", phone_number="385981234567", journal_url=example
    )
    assert settings.journal_url == example
