"""What is forgotten, and what is not."""

from __future__ import annotations

from datetime import timedelta

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import OutboxState
from tests.journal.contract import asking as ask
from tests.journal.make import NOON, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome

LATER = NOON + timedelta(days=8)


async def prune(journal: Journal, *, limit: int = 1000) -> int:
    return await journal.retention.prune(LATER - timedelta(days=7), now=LATER, limit=limit)


async def test_what_is_to_be_taken_in_again_is_not_forgotten_before(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside(), an_aside()])
    await ask.mark_for_retry(journal, 2)
    assert await prune(journal) == 1
    assert [row.id for row in await journal.inbox.marked_for_retry(limit=9)] == [2]


async def test_what_is_settled_and_old_is_forgotten(journal: Journal) -> None:
    await ask.accept(journal, [a_signal()], [an_aside()])
    await ask.commit(journal, evaluated(1, a_message()))
    await ask.claim(journal, now=NOON, limit=1)
    await journal.outbox.record([outcome()])
    assert await prune(journal) == 3
    assert (await journal.history.signals(), await journal.history.messages(), await journal.history.asides()) == (
        [],
        [],
        [],
    )
    assert len(await journal.history.sessions()) == 1


async def test_what_is_not_settled_stays_however_old(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("done"), a_signal("dead"), a_signal("pending")])
    await ask.commit(journal, evaluated(1, a_message("ready"), a_message("sending"), a_message("unknown")))
    await ask.bury(journal, a_dead_letter(2))
    await ask.claim(journal, now=NOON, limit=3)
    await journal.outbox.record(
        [outcome("unknown", OutboxState.UNKNOWN), outcome("ready", OutboxState.READY, due_at=NOON)]
    )
    assert await prune(journal) == 1
    assert [row.dedup_key for row in await journal.history.signals()] == ["pending", "dead"]
    assert len(await journal.history.messages()) == 3


async def test_what_infobip_may_still_repeat_is_known_whatever_is_asked(journal: Journal) -> None:
    await ask.accept(journal, [a_signal(done=True)])
    now = NOON + timedelta(hours=48)
    assert await journal.retention.prune(now, now=now, limit=9) == 0
    assert (await ask.accept(journal, [a_signal()])).duplicates == 1


async def test_it_goes_in_small_steps(journal: Journal) -> None:
    await ask.accept(journal, [a_signal(str(number), done=True) for number in range(5)])
    assert [await prune(journal, limit=2) for _ in range(4)] == [2, 2, 1, 0]
