"""Lists and counts."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import Depth, InboxState, OutboxState
from infobip_rules.journal.sqlite import store
from tests.journal.make import ANA, IVO, NOON, SECOND, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome


@pytest.fixture
def filled(connection: Connection) -> Connection:
    """A journal with five signals: two done, one dead, two pending; and three messages: ready, sending, unknown."""
    signals = [a_signal(str(number), at=NOON + number * SECOND) for number in range(4)]
    store.accept(connection, [*signals, a_signal("4", IVO, at=NOON + 4 * SECOND)], [an_aside()])
    store.commit(connection, evaluated(1, a_message("a"), a_message("b")))
    store.commit(connection, evaluated(5, a_message("c"), session_key=IVO, at=NOON + 9 * SECOND))
    store.bury(connection, a_dead_letter(2))
    store.claim(connection, now=NOON, limit=2)
    store.record(connection, [outcome("a", OutboxState.UNKNOWN, due_at=NOON)])
    return connection


def test_signals_are_listed_newest_first(filled: Connection) -> None:
    assert [row.id for row in store.list_inbox(filled, limit=3)] == [5, 4, 3]


def test_signals_are_listed_by_state_and_session(filled: Connection) -> None:
    assert [row.id for row in store.list_inbox(filled, state=InboxState.DONE)] == [5, 1]
    assert [row.id for row in store.list_inbox(filled, state=InboxState.DONE, session_key=ANA)] == [1]


def test_messages_are_listed_newest_first_by_state_and_session(filled: Connection) -> None:
    assert [row.message_id for row in store.list_outbox(filled, limit=2)] == ["c", "b"]
    assert [row.message_id for row in store.list_outbox(filled, state=OutboxState.UNKNOWN)] == ["a"]
    assert [row.message_id for row in store.list_outbox(filled, session_key=IVO)] == ["c"]


def test_sessions_are_listed_by_their_last_change(filled: Connection) -> None:
    assert [row.key for row in store.list_sessions(filled)] == [IVO, ANA]
    assert [row.key for row in store.list_sessions(filled, limit=1)] == [IVO]


def test_what_is_not_there_is_none(filled: Connection) -> None:
    assert store.get_session(filled, "nobody") is None
    assert store.find_signal(filled, 99) is None


def test_messages_are_listed_by_the_signal_that_led_to_them(filled: Connection) -> None:
    assert [row.message_id for row in store.list_outbox(filled, inbox_id=1)] == ["b", "a"]


def test_dead_signals_are_named(filled: Connection) -> None:
    store.bury(filled, a_dead_letter(3))
    assert store.dead_signals(filled) == [2, 3]


def test_depth_says_what_is_to_do_and_since_when(filled: Connection) -> None:
    assert store.depth(filled) == Depth(
        pending=2,
        pending_since=NOON + 2 * SECOND,
        dead=1,
        ready=1,
        ready_since=NOON + 9 * SECOND,
        sending=1,
        unknown=1,
        asides=1,
    )


def test_an_empty_journal_has_no_depth(connection: Connection) -> None:
    empty = store.depth(connection)
    assert (empty.pending, empty.pending_since, empty.ready_since) == (0, None, None)


def test_counts_name_every_state(filled: Connection) -> None:
    counts = store.counts(filled)
    assert counts.inbox == {InboxState.PENDING: 2, InboxState.DONE: 2, InboxState.DEAD: 1}
    assert counts.outbox == {
        **dict.fromkeys(OutboxState, 0),
        OutboxState.READY: 1,
        OutboxState.SENDING: 1,
        OutboxState.UNKNOWN: 1,
    }
    assert (counts.sessions, counts.asides) == (2, 1)
