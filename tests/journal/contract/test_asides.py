"""Items set aside: marked to be taken in again, and forgotten, each by its id."""

from __future__ import annotations

from infobip_rules.journal.interface import Journal
from tests.journal.contract import asking as ask
from tests.journal.make import an_aside


async def ids(journal: Journal) -> list[int]:
    return [row.id for row in await journal.inbox.marked_for_retry(limit=9)]


async def test_an_item_is_marked_once_however_often_it_is_asked_for(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside(), an_aside()])
    for aside_id in (2, 1, 2):
        await ask.mark_for_retry(journal, aside_id)
    assert await ids(journal) == [1, 2]
    assert await journal.inbox.marked_for_retry(limit=1) == [await journal.history.find_aside(1)]


async def test_an_item_that_is_unmarked_stays(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside()])
    await ask.mark_for_retry(journal, 1)
    await journal.inbox.unmark(1)
    assert await ids(journal) == []
    assert await journal.history.all_asides() == [1]


async def test_a_forgotten_item_is_gone_with_its_mark_and_its_id_means_another_then(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside()])
    await ask.mark_for_retry(journal, 1)
    assert await journal.inbox.forget_aside(1)
    assert not await journal.inbox.forget_aside(1)
    assert await journal.history.find_aside(1) is None
    await ask.accept(journal, [], [an_aside()])
    assert await ids(journal) == []
