"""Sessions that wait behind a dead letter, until it is replayed or discarded."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import InboxState
from infobip_rules.journal.sqlite import store
from infobip_rules.limits import OnRuleError
from tests.journal.make import IVO, a_dead_letter, a_signal


@pytest.fixture
def inbox(connection: Connection) -> Connection:
    """A journal with Ana's signals 1, 2 and 3, of which 2 is dead, and Ivo's signal 4."""
    store.accept(connection, [*map(a_signal, ("1", "2", "3")), a_signal("4", IVO)])
    store.bury(connection, a_dead_letter(2))
    return connection


def pending(connection: Connection, on_rule_error: OnRuleError = "hold") -> list[list[int]]:
    works = store.pending(connection, sessions=10, each=10, on_rule_error=on_rule_error)
    return [[signal.id for signal in work.signals] for work in works]


def test_a_session_goes_on_after_a_dead_letter(inbox: Connection) -> None:
    assert pending(inbox, "go-on") == [[1, 3], [4]]


def test_a_session_that_is_held_gives_out_only_what_came_before_its_dead_letter(inbox: Connection) -> None:
    assert pending(inbox) == [[1], [4]]


def test_a_session_with_nothing_before_its_dead_letter_gives_out_nothing(inbox: Connection) -> None:
    inbox.exec_driver_sql("UPDATE inbox SET state = 1 WHERE id = 1")
    assert pending(inbox) == [[4]]


def test_a_replayed_signal_comes_before_those_that_waited(inbox: Connection) -> None:
    store.replay(inbox, 2)
    assert pending(inbox) == [[1, 2, 3], [4]]


def test_a_discarded_signal_is_done_and_lets_the_session_go_on(inbox: Connection) -> None:
    assert store.discard(inbox, 2)
    row = store.find_signal(inbox, 2)
    assert row is not None
    assert row.state is InboxState.DONE
    assert row.reason.startswith("Discarded")
    assert row.done_at is not None
    assert pending(inbox) == [[1, 3], [4]]


def test_only_a_dead_signal_is_discarded(inbox: Connection) -> None:
    assert [store.discard(inbox, inbox_id) for inbox_id in (1, 2, 2, 99)] == [False, True, False, False]


def test_a_dead_signal_of_the_session_is_found_through_an_index(inbox: Connection) -> None:
    from infobip_rules.journal.sqlite.inbox import _UNLESS_HELD

    query = "EXPLAIN QUERY PLAN SELECT id FROM inbox AS head WHERE head.state = 0" + _UNLESS_HELD["hold"]  # noqa: S608 - a constant
    plan = [row[3] for row in inbox.exec_driver_sql(query)]
    assert [step for step in plan if "inbox_dead_by_session (session_key=? AND id<?)" in step]
