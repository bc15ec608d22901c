"""What is forgotten, and what is not."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxState
from infobip_rules.journal.sqlite import store
from tests.journal.make import NOON, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome

LATER = NOON + timedelta(days=8)


def prune(connection: Connection, *, limit: int = 1000) -> int:
    return store.prune(connection, LATER - timedelta(days=7), now=LATER, limit=limit)


def test_what_is_to_be_taken_in_again_is_not_forgotten_before(connection: Connection) -> None:
    store.accept(connection, [], [an_aside(), an_aside()])
    store.mark_for_retry(connection, 2)
    assert prune(connection) == 1
    assert [row.id for row in store.marked_for_retry(connection, limit=9)] == [2]


def test_what_is_settled_and_old_is_forgotten(connection: Connection) -> None:
    store.accept(connection, [a_signal()], [an_aside()])
    store.commit(connection, evaluated(1, a_message()))
    store.claim(connection, now=NOON, limit=1)
    store.record(connection, [outcome()])
    assert prune(connection) == 3
    assert (store.list_inbox(connection), store.list_outbox(connection), store.list_asides(connection)) == ([], [], [])
    assert len(store.list_sessions(connection)) == 1


def test_what_is_not_settled_stays_however_old(connection: Connection) -> None:
    store.accept(connection, [a_signal("done"), a_signal("dead"), a_signal("pending")])
    store.commit(connection, evaluated(1, a_message("ready"), a_message("sending"), a_message("unknown")))
    store.bury(connection, a_dead_letter(2))
    store.claim(connection, now=NOON, limit=3)
    store.record(
        connection, [outcome("unknown", OutboxState.UNKNOWN), outcome("ready", OutboxState.READY, due_at=NOON)]
    )
    assert prune(connection) == 1
    assert [row.dedup_key for row in store.list_inbox(connection)] == ["pending", "dead"]
    assert len(store.list_outbox(connection)) == 3


def test_what_infobip_may_still_repeat_is_known_whatever_is_asked(connection: Connection) -> None:
    store.accept(connection, [a_signal(done=True)])
    now = NOON + timedelta(hours=48)
    assert store.prune(connection, now, now=now) == 0
    assert store.accept(connection, [a_signal()]).duplicates == 1


def test_it_goes_in_small_steps(connection: Connection) -> None:
    store.accept(connection, [a_signal(str(number), done=True) for number in range(5)])
    assert [prune(connection, limit=2) for _ in range(4)] == [2, 2, 1, 0]
