"""Items set aside: marked to be taken in again, and forgotten, each by its id."""

from __future__ import annotations

from sqlalchemy import Connection

from infobip_rules.journal.sqlite import store
from tests.journal.make import an_aside


def ids(connection: Connection) -> list[int]:
    return [row.id for row in store.marked_for_retry(connection, limit=9)]


def test_an_item_is_marked_once_however_often_it_is_asked_for(connection: Connection) -> None:
    store.accept(connection, [], [an_aside(), an_aside()])
    for aside_id in (2, 1, 2):
        store.mark_for_retry(connection, aside_id)
    assert ids(connection) == [1, 2]
    assert store.marked_for_retry(connection, limit=1) == [store.find_aside(connection, 1)]


def test_an_item_that_is_unmarked_stays(connection: Connection) -> None:
    store.accept(connection, [], [an_aside()])
    store.mark_for_retry(connection, 1)
    store.unmark(connection, 1)
    assert ids(connection) == []
    assert store.all_asides(connection) == [1]


def test_a_forgotten_item_is_gone_with_its_mark_and_its_id_means_another_then(connection: Connection) -> None:
    store.accept(connection, [], [an_aside()])
    store.mark_for_retry(connection, 1)
    assert store.forget_aside(connection, 1)
    assert not store.forget_aside(connection, 1)
    assert store.find_aside(connection, 1) is None
    store.accept(connection, [], [an_aside()])
    assert ids(connection) == []
