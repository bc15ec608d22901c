"""How things stand: what is to do, since when, and what was counted."""

from __future__ import annotations

import pytest

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import Depth, InboxState, OutboxState
from tests.journal.contract import asking as ask
from tests.journal.make import IVO, NOON, SECOND, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome


@pytest.fixture
async def filled(journal: Journal) -> Journal:
    """A journal with five signals: two done, one dead, two pending; and three messages: ready, sending, unknown."""
    signals = [a_signal(str(number), at=NOON + number * SECOND) for number in range(4)]
    await ask.accept(journal, [*signals, a_signal("4", IVO, at=NOON + 4 * SECOND)], [an_aside()])
    await ask.commit(journal, evaluated(1, a_message("a"), a_message("b")))
    await ask.commit(journal, evaluated(5, a_message("c"), session_key=IVO, at=NOON + 9 * SECOND))
    await ask.bury(journal, a_dead_letter(2))
    await ask.claim(journal, now=NOON, limit=2)
    await journal.outbox.record([outcome("a", OutboxState.UNKNOWN, due_at=NOON)])
    return journal


async def test_depth_says_what_is_to_do_and_since_when(filled: Journal) -> None:
    assert await filled.overview.depth() == Depth(
        pending=2,
        pending_since=NOON + 2 * SECOND,
        dead=1,
        ready=1,
        ready_since=NOON + 9 * SECOND,
        sending=1,
        unknown=1,
        asides=1,
    )


async def test_an_empty_journal_has_no_depth(journal: Journal) -> None:
    empty = await journal.overview.depth()
    assert (empty.pending, empty.pending_since, empty.ready_since) == (0, None, None)


async def test_counts_name_every_state(filled: Journal) -> None:
    counts = await filled.overview.counts()
    assert counts.inbox == {InboxState.PENDING: 2, InboxState.DONE: 2, InboxState.DEAD: 1}
    assert counts.outbox == {
        **dict.fromkeys(OutboxState, 0),
        OutboxState.READY: 1,
        OutboxState.SENDING: 1,
        OutboxState.UNKNOWN: 1,
    }
    assert (counts.sessions, counts.asides) == (2, 1)
