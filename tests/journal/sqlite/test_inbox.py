"""Signals: taken in once, handed out in order, committed behind a fence."""

from __future__ import annotations

from sqlite3 import IntegrityError

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import SessionWork
from tests.journal import store
from tests.journal.make import ANA, IVO, a_message, a_signal, evaluated


def pending(
    connection: Connection, *, sessions: int = 10, each: int = 10, exclude: tuple[str, ...] = ()
) -> list[SessionWork]:
    return store.pending(connection, sessions=sessions, each=each, exclude=exclude)


def accept_one(connection: Connection, dedup_key: str = "m1") -> int:
    return store.accept(connection, [a_signal(dedup_key)]).ids[0]


def test_a_message_id_that_is_taken_is_refused(connection: Connection) -> None:
    store.commit(connection, evaluated(accept_one(connection), a_message("a")))
    second = evaluated(accept_one(connection, "m2"), a_message("a"), base_version=1)
    with pytest.raises(IntegrityError):
        store.commit(connection, second)


def test_more_sessions_can_be_left_out_than_a_statement_takes_values(connection: Connection) -> None:
    others = ["a\0b", "a\0", "\u0161\u0111", "''", *map(str, range(300_000))]
    store.accept(connection, [a_signal(f"m{n}", session_key=key) for n, key in enumerate([*others[:10], IVO])])
    assert [work.key for work in pending(connection, exclude=tuple(others))] == [IVO]
    assert [work.key for work in pending(connection, exclude=tuple(others[1:]))] == [others[0], IVO]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE inbox SET payload = CAST(x'7b80ff7d' AS TEXT) WHERE id = 1",
        "UPDATE inbox SET payload = x'7b7d' WHERE id = 1",
        "UPDATE inbox SET kind = x'00' WHERE id = 1",
        "UPDATE inbox SET session_key = CAST(x'80' AS TEXT) WHERE id = 1",
        "UPDATE inbox SET session_key = x'80' WHERE id = 1",
        "UPDATE inbox SET received_at = 'noon' WHERE id = 1",
        "INSERT INTO session VALUES ('385981234567', CAST(x'80' AS TEXT), 1, 1, 1)",
        "INSERT INTO session VALUES ('385981234567', x'80', 1, 1, 1)",
    ],
)
def test_a_session_that_can_not_be_read_is_found_and_keeps_nobody_else_waiting(
    connection: Connection, damage: str
) -> None:
    store.accept(connection, [a_signal("m1", ANA), a_signal("m2", IVO)])
    connection.exec_driver_sql(damage)
    broken, sound = pending(connection)
    assert broken.fault
    assert (broken.first, broken.signals) == (1, ())
    assert (sound.key, sound.fault, [signal.id for signal in sound.signals]) == (IVO, "", [2])
