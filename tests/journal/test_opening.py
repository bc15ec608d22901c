"""Opening a journal by its URL: for a host, for looking only, for changing it by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal import files_of, memory_journal, open_editor, open_journal, open_reader
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import FIRST_LOOKUP, OutboxState
from tests.journal.contract import asking as ask
from tests.journal.make import NOON, StoppedClock, a_dead_letter, a_message, a_signal, evaluated


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


async def send_and_die(journal: Journal) -> None:
    """Leaves a message in sending."""
    await ask.accept(journal, [a_signal()])
    await ask.commit(journal, evaluated(1, a_message()))
    await ask.claim(journal)


@pytest.mark.parametrize(
    ("first_lookup", "due"),
    [(None, FIRST_LOOKUP), (timedelta(seconds=65), timedelta(seconds=65)), (timedelta(), timedelta())],
)
async def test_what_a_run_was_sending_is_looked_up_after_a_while(
    url: str, first_lookup: timedelta | None, due: timedelta
) -> None:
    async with open_journal(url, clock=StoppedClock()) as journal:
        assert journal.recovered == 0
        await send_and_die(journal)
    async with open_journal(url, clock=StoppedClock(), first_lookup=first_lookup) as journal:
        assert journal.recovered == 1
        assert await journal.outbox.lookups_due(now=NOON + due - timedelta(microseconds=1), limit=9) == []
        (row,) = await journal.outbox.lookups_due(now=NOON + due, limit=9)
        assert row.state is OutboxState.UNKNOWN


async def test_a_journal_is_looked_at_and_changed_while_a_host_has_it(url: str) -> None:
    async with open_journal(url, clock=StoppedClock()) as journal:
        await ask.accept(journal, [a_signal()])
        await ask.bury(journal, a_dead_letter(1))
        async with open_reader(url) as reader, open_editor(url) as editor:
            assert reader.name == editor.name == journal.name
            assert await reader.history.dead_signals() == [1]
            assert [change.changed for change in await editor.admin.replay([1])] == [True]
            assert (await reader.overview.depth()).pending == 1
        assert len(await ask.pending(journal)) == 1


async def test_a_second_host_is_refused(url: str) -> None:
    async with open_journal(url, clock=StoppedClock()):
        with pytest.raises(JournalError, match="is in use"):
            async with open_journal(url, clock=StoppedClock()):
                raise AssertionError


async def test_only_a_host_makes_a_journal(url: str) -> None:
    for opening in (open_reader(url), open_editor(url)):
        with pytest.raises(JournalError, match="There is no journal"):
            async with opening:
                raise AssertionError


async def test_closing_twice_is_the_same_as_once(url: str) -> None:
    async with open_journal(url, clock=StoppedClock()) as journal:
        await journal.aclose()
    memory = memory_journal()
    await memory.aclose()
    await memory.aclose()
    with pytest.raises(JournalError, match="is closed"):
        await ask.accept(memory, [a_signal()])


def test_it_is_known_where_a_journal_lies_and_who_can_reach_it(url: str, tmp_path: Path) -> None:
    async def make() -> None:
        async with open_journal(url, clock=StoppedClock()):
            pass

    file = tmp_path / "journal.db"
    before = files_of(url)
    assert (before.path, before.open_to_others, before.replaceable) == (file, (), False)
    asyncio.run(make())
    file.chmod(0o644)
    tmp_path.chmod(0o777)
    found = files_of(url)
    assert (found.open_to_others, found.replaceable) == (("journal.db",), True)


@pytest.mark.parametrize("url", ["postgresql://localhost/rules", "sqlite:///:memory:", "nonsense"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(JournalError):
        files_of(url)
