"""Following a journal: what is new since one looked last, each thing once."""

from __future__ import annotations

from datetime import timedelta

from infobip_rules.journal.sqlite import changes as follow
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.views import Changes, Position
from tests.journal.make import NOON, a_dead_letter, a_message, a_signal, evaluated, outcome


def changes(journal: FileJournal, last: Position) -> Changes:
    return journal.read(lambda connection: follow.changes(connection, last))


def position(journal: FileJournal) -> Position:
    return journal.read(follow.position)


def accept(journal: FileJournal, *keys: str) -> None:
    signals = [a_signal(key, f"session of {key}") for key in keys]
    journal.submit(lambda connection: store.accept(connection, signals)).result(60)


def test_nothing_is_new_where_nothing_happened(journal: FileJournal) -> None:
    accept(journal, "a")
    found = changes(journal, position(journal))
    assert (found.arrived, found.done, found.settled) == ((), (), ())


def test_a_signal_that_waited_before_is_told_when_it_is_done(journal: FileJournal) -> None:
    accept(journal, "a", "b")
    last = position(journal)
    journal.submit(lambda one: store.commit(one, evaluated(1, session_key="session of a"))).result(60)
    found = changes(journal, last)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([], [1])
    assert changes(journal, found.position).done == ()


def test_a_signal_is_told_when_it_comes_and_when_it_is_given_up(journal: FileJournal) -> None:
    last = position(journal)
    accept(journal, "a")
    found = changes(journal, last)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([1], [])
    journal.submit(lambda connection: store.bury(connection, a_dead_letter(1))).result(60)
    found = changes(journal, found.position)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([], [1])


def test_a_message_is_told_once_its_outcome_is_known(journal: FileJournal) -> None:
    accept(journal, "a")
    last = position(journal)
    journal.submit(lambda one: store.commit(one, evaluated(1, a_message(), session_key="session of a"))).result(60)
    found = changes(journal, last)
    assert found.settled == ()
    journal.submit(lambda one: store.claim(one, now=NOON, limit=9)).result(60)
    journal.submit(lambda one: store.record(one, [outcome()])).result(60)
    found = changes(journal, found.position)
    assert [row.message_id for row in found.settled] == ["out-1"]
    assert changes(journal, found.position).settled == ()


def test_many_signals_are_told_bit_by_bit_and_none_is_left_out(journal: FileJournal) -> None:
    last = position(journal)
    accept(journal, *map(str, range(1200)))
    told: list[int] = []
    while arrived := (found := changes(journal, last)).arrived:
        told += [row.id for row in arrived]
        last = found.position
    assert told == list(range(1, 1201))
    assert len(last.pending) == 1200


def test_from_a_moment_on_all_that_came_after_it_is_new(journal: FileJournal) -> None:
    accept(journal, "a")
    later = a_signal("b", at=NOON + timedelta(hours=1))
    journal.submit(lambda connection: store.accept(connection, [later])).result(60)
    last = journal.read(lambda one: follow.position(one, since=NOON + timedelta(minutes=1)))
    assert [row.id for row in changes(journal, last).arrived] == [2]
