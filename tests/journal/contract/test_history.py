"""What people look up: lists, newest first, and views of one moment."""

from __future__ import annotations

import pytest

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxState, OutboxState
from tests.journal.contract import asking as ask
from tests.journal.make import ANA, IVO, NOON, SECOND, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome


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


async def test_signals_are_listed_newest_first(filled: Journal) -> None:
    assert [row.id for row in await filled.history.signals(limit=3)] == [5, 4, 3]


async def test_signals_are_listed_by_state_and_session(filled: Journal) -> None:
    assert [row.id for row in await filled.history.signals(state=InboxState.DONE)] == [5, 1]
    assert [row.id for row in await filled.history.signals(state=InboxState.DONE, session_key=ANA)] == [1]


async def test_messages_are_listed_newest_first_by_state_and_session(filled: Journal) -> None:
    assert [row.message_id for row in await filled.history.messages(limit=2)] == ["c", "b"]
    assert [row.message_id for row in await filled.history.messages(states=[OutboxState.UNKNOWN])] == ["a"]
    assert [row.message_id for row in await filled.history.messages(session_key=IVO)] == ["c"]


async def test_sessions_are_listed_by_their_last_change(filled: Journal) -> None:
    assert [row.key for row in await filled.history.sessions()] == [IVO, ANA]
    assert [row.key for row in await filled.history.sessions(limit=1)] == [IVO]


async def test_what_is_not_there_is_none(filled: Journal) -> None:
    assert await filled.history.find_session("nobody") is None
    assert await filled.history.find_signal(99) is None


async def test_messages_are_listed_by_the_signal_that_led_to_them(filled: Journal) -> None:
    view = await filled.history.signal_view(1)
    assert view is not None
    assert [row.message_id for row in view.messages] == ["b", "a"]


async def test_dead_signals_are_named(filled: Journal) -> None:
    await ask.bury(filled, a_dead_letter(3))
    assert await filled.history.dead_signals() == [2, 3]
