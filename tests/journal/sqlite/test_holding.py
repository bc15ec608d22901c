"""Sessions that wait behind a dead letter, until it is replayed or discarded."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.journal import store
from tests.journal.make import IVO, a_dead_letter, a_signal


@pytest.fixture
def inbox(connection: Connection) -> Connection:
    """A journal with Ana's signals 1, 2 and 3, of which 2 is dead, and Ivo's signal 4."""
    store.accept(connection, [*map(a_signal, ("1", "2", "3")), a_signal("4", IVO)])
    store.bury(connection, a_dead_letter(2))
    return connection


def test_a_dead_signal_of_the_session_is_found_through_an_index(inbox: Connection) -> None:
    from infobip_rules.journal.sqlite.inbox import _UNLESS_HELD

    query = "EXPLAIN QUERY PLAN SELECT id FROM inbox AS head WHERE head.state = 0" + _UNLESS_HELD["hold"]  # noqa: S608 - a constant
    plan = [row[3] for row in inbox.exec_driver_sql(query)]
    assert [step for step in plan if "inbox_dead_by_session (session_key=? AND id<?)" in step]
