"""Signals: taken in once, handed out in order, committed behind a fence."""

from __future__ import annotations

from sqlite3 import IntegrityError

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import Accepted, InboxState, OutboxState, SessionWork
from infobip_rules.journal.sqlite import store
from tests.journal.make import ANA, IVO, NOON, SECOND, a_dead_letter, a_message, a_signal, an_aside, evaluated


def pending(
    connection: Connection, *, sessions: int = 10, each: int = 10, exclude: tuple[str, ...] = ()
) -> list[SessionWork]:
    return store.pending(connection, sessions=sessions, each=each, exclude=exclude)


def accept_one(connection: Connection, dedup_key: str = "m1") -> int:
    return store.accept(connection, [a_signal(dedup_key)]).ids[0]


def test_accepting_returns_ids_in_the_order_given(connection: Connection) -> None:
    accepted = store.accept(connection, [a_signal("b"), a_signal("a"), a_signal("c")])
    assert accepted == Accepted(new=3, duplicates=0, ids=(1, 2, 3))


def test_a_signal_that_comes_again_is_a_duplicate_with_the_first_id(connection: Connection) -> None:
    store.accept(connection, [a_signal("a"), a_signal("b")])
    again = store.accept(connection, [a_signal("c"), a_signal("b")])
    assert (again.new, again.duplicates, again.ids[1]) == (1, 1, 2)
    assert len(store.list_inbox(connection)) == 3


def test_a_signal_that_is_twice_in_one_body_is_taken_once(connection: Connection) -> None:
    assert store.accept(connection, [a_signal("a"), a_signal("a")]) == Accepted(new=1, duplicates=1, ids=(1, 1))


def test_a_body_of_two_thousand_signals_keeps_its_order(connection: Connection) -> None:
    accepted = store.accept(connection, [a_signal(f"m{number}") for number in range(2000)])
    assert accepted.ids == tuple(range(1, 2001))
    assert store.find_signal(connection, 1500).dedup_key == "m1499"  # type: ignore[union-attr]  # it is there


def test_accepting_nothing_is_no_error(connection: Connection) -> None:
    assert store.accept(connection, []) == Accepted(new=0, duplicates=0, ids=())


def test_a_signal_is_kept_as_it_came(connection: Connection) -> None:
    accept_one(connection)
    (row,) = store.list_inbox(connection)
    assert (row.payload, row.raw, row.received_at) == ('{"text": "hello"}', '{"text": "hello", "new": 1}', NOON)
    assert (row.state, row.attempts, row.done_at, row.fired) == (InboxState.PENDING, 0, None, ())


def test_a_signal_nobody_listens_to_is_done_at_once(connection: Connection) -> None:
    store.accept(connection, [a_signal(done=True, reason="no rule listens")])
    (row,) = store.list_inbox(connection)
    assert (row.state, row.reason, row.done_at) == (InboxState.DONE, "no rule listens", NOON)
    assert pending(connection) == []


def test_what_could_not_be_read_is_kept_aside(connection: Connection) -> None:
    store.accept(connection, [], [an_aside()])
    (row,) = store.list_asides(connection)
    assert (row.field_name, row.reason, row.received_at) == ("from", "is missing", NOON)


def test_a_new_session_is_handed_out_with_version_0_and_no_state(connection: Connection) -> None:
    accept_one(connection)
    (work,) = pending(connection)
    assert (work.key, work.version, work.state) == (ANA, 0, None)


def test_a_known_session_is_handed_out_with_its_state_and_version(connection: Connection) -> None:
    store.commit(connection, evaluated(accept_one(connection), state='{"n": 1}'))
    accept_one(connection, "m2")
    (work,) = pending(connection)
    assert (work.version, work.state) == (1, '{"n": 1}')


def test_signals_of_a_session_come_in_the_order_of_arrival(connection: Connection) -> None:
    store.accept(connection, [a_signal("1"), a_signal("2", IVO), a_signal("3")])
    assert [[signal.id for signal in work.signals] for work in pending(connection)] == [[1, 3], [2]]


def test_the_session_that_waits_longest_comes_first(connection: Connection) -> None:
    store.accept(connection, [a_signal("1", IVO), a_signal("2", ANA), a_signal("3", IVO)])
    assert [work.key for work in pending(connection, sessions=1)] == [IVO]


def test_a_session_that_is_being_evaluated_is_left_out(connection: Connection) -> None:
    store.accept(connection, [a_signal("1"), a_signal("2", IVO)])
    assert [work.key for work in pending(connection, exclude=(ANA,))] == [IVO]


def test_at_most_so_many_signals_of_each_session_are_handed_out(connection: Connection) -> None:
    store.accept(connection, [a_signal(str(number)) for number in range(5)])
    (work,) = pending(connection, each=2)
    assert [signal.id for signal in work.signals] == [1, 2]


def test_committing_writes_all_effects(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    assert store.commit(connection, evaluated(inbox_id, a_message("a"), a_message("b"), state='{"n": 1}'))
    session = store.get_session(connection, ANA)
    assert session is not None
    assert (session.state, session.version) == ('{"n": 1}', 1)
    signal = store.find_signal(connection, inbox_id)
    assert signal is not None
    assert (signal.state, signal.fired, signal.done_at) == (InboxState.DONE, ("Join",), NOON)
    assert [row.message_id for row in store.list_outbox(connection, state=OutboxState.READY)] == ["b", "a"]


def test_a_second_commit_makes_the_version_one_higher(connection: Connection) -> None:
    store.commit(connection, evaluated(accept_one(connection)))
    second = evaluated(accept_one(connection, "m2"), base_version=1, at=NOON + SECOND)
    assert store.commit(connection, second)
    session = store.get_session(connection, ANA)
    assert session is not None
    assert (session.version, session.created_at, session.updated_at) == (2, NOON, NOON + SECOND)


@pytest.mark.parametrize("base_version", [0, 2])
def test_a_commit_on_another_version_writes_nothing(connection: Connection, base_version: int) -> None:
    store.commit(connection, evaluated(accept_one(connection), state="first"))
    late = accept_one(connection, "m2")
    assert not store.commit(connection, evaluated(late, a_message(), base_version=base_version, state="late"))
    session = store.get_session(connection, ANA)
    assert session is not None
    assert (session.state, session.version) == ("first", 1)
    assert store.list_outbox(connection) == []
    assert [signal.id for work in pending(connection) for signal in work.signals] == [late]


@pytest.mark.parametrize("base_version", [0, 1])
def test_a_signal_takes_effect_once(connection: Connection, base_version: int) -> None:
    inbox_id = accept_one(connection)
    store.commit(connection, evaluated(inbox_id, a_message("a")))
    assert not store.commit(connection, evaluated(inbox_id, a_message("b"), base_version=base_version))
    assert [row.message_id for row in store.list_outbox(connection)] == ["a"]


def test_a_signal_of_another_session_is_not_committed(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    assert not store.commit(connection, evaluated(inbox_id, session_key=IVO))
    assert store.list_sessions(connection) == []


def test_a_message_id_that_is_taken_is_refused(connection: Connection) -> None:
    store.commit(connection, evaluated(accept_one(connection), a_message("a")))
    second = evaluated(accept_one(connection, "m2"), a_message("a"), base_version=1)
    with pytest.raises(IntegrityError):
        store.commit(connection, second)


def test_a_buried_signal_is_out_of_the_way_with_its_reason(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    assert store.bury(connection, a_dead_letter(inbox_id))
    (row,) = store.list_inbox(connection, state=InboxState.DEAD)
    assert (row.reason, row.rule, row.traceback, row.done_at) == ("it raised ValueError", "Join", "line 1", NOON)
    assert pending(connection) == []


def test_a_signal_that_is_done_is_not_buried(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    store.commit(connection, evaluated(inbox_id))
    assert not store.bury(connection, a_dead_letter(inbox_id))


def test_a_dead_signal_can_be_replayed(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    store.count_attempt(connection, [inbox_id])
    store.bury(connection, a_dead_letter(inbox_id))
    assert store.replay(connection, inbox_id)
    (work,) = pending(connection)
    assert (work.signals[0].id, work.signals[0].attempts) == (inbox_id, 0)


def test_only_a_dead_signal_can_be_replayed(connection: Connection) -> None:
    inbox_id = accept_one(connection)
    assert not store.replay(connection, inbox_id)
    store.commit(connection, evaluated(inbox_id))
    assert not store.replay(connection, inbox_id)


def test_attempts_are_counted(connection: Connection) -> None:
    ids = store.accept(connection, [a_signal("1"), a_signal("2")]).ids
    store.count_attempt(connection, ids)
    store.count_attempt(connection, ids[:1])
    store.count_attempt(connection, [])
    (work,) = pending(connection)
    assert [signal.attempts for signal in work.signals] == [2, 1]


# Whatever a session's key is, and whatever its rows hold

AWKWARD = ("38591\x001234567", "\x00", "", "%", "'", '"', "\\", "[1]", "\U0001f600", "a" * 100_000)


@pytest.mark.parametrize("key", AWKWARD)
def test_a_session_is_found_by_any_key(connection: Connection, key: str) -> None:
    store.accept(connection, [a_signal("m1", key), a_signal("m2", key)])
    (work,) = pending(connection)
    assert (work.key, [signal.id for signal in work.signals], work.fault) == (key, [1, 2], "")
    assert store.commit(connection, evaluated(1, session_key=key))
    assert [signal.id for signal in pending(connection)[0].signals] == [2]


@pytest.mark.parametrize("key", AWKWARD)
def test_a_session_is_left_out_by_any_key(connection: Connection, key: str) -> None:
    store.accept(connection, [a_signal("m1", key), a_signal("m2", IVO)])
    assert [work.key for work in pending(connection, exclude=(key,))] == [IVO]


def test_keys_that_begin_alike_up_to_a_nul_are_different_sessions(connection: Connection) -> None:
    store.accept(connection, [a_signal("m1", "A\x00B"), a_signal("m2", "A\x00C"), a_signal("m3", "A")])
    assert [work.key for work in pending(connection)] == ["A\x00B", "A\x00C", "A"]


def test_many_sessions_are_left_out_at_once(connection: Connection) -> None:
    keys = tuple(str(number) for number in range(200))
    store.accept(connection, [a_signal(f"m{key}", key) for key in keys])
    assert [work.key for work in pending(connection, exclude=keys[:-1])] == ["199"]


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
