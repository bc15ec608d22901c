"""Timers that are due become signals, each once, in the order of their moments, whatever dies in between."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.connections import writing_engine
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.schema import create_schema
from infobip_rules.timers import RecurringTimer, TimerChange
from tests.journal.make import (
    ANA,
    IVO,
    NOON,
    SECOND,
    StoppedClock,
    a_dead_letter,
    a_signal,
    a_timer,
    evaluated,
    heartbeats,
)

DAY = timedelta(days=1)


def set_timers(
    connection: Connection,
    *timers: TimerChange,
    recurring: RecurringTimer | None = None,
    session: str = ANA,
    at: datetime = NOON,
) -> None:
    """Commit an evaluation that does this."""
    row = store.get_session(connection, session)
    version = row.version if row else 0
    inbox_id = store.accept(connection, [a_signal(f"{session}-{version}", session)]).ids[0]
    effects = evaluated(inbox_id, session_key=session, base_version=version, at=at, timers=timers, recurring=recurring)
    assert store.commit(connection, effects)


def rung(connection: Connection) -> list[InboxRow]:
    """The signals that timers gave, oldest first."""
    rows = store.list_inbox(connection, limit=10_000)
    return [row for row in reversed(rows) if row.kind in ("Reminder", "Heartbeat")]


def answer(connection: Connection, row: InboxRow, *timers: TimerChange) -> None:
    """Commit an evaluation of this signal, in which no rule fires."""
    session = store.get_session(connection, row.session_key)
    assert session is not None
    effects = evaluated(row.id, session_key=row.session_key, base_version=session.version, timers=timers)
    assert store.commit(connection, effects)
    connection.exec_driver_sql("UPDATE inbox SET fired = '[]' WHERE id = ?", (row.id,))


def ring(connection: Connection, now: datetime, limit: int = 100) -> int:
    return store.ring(connection, now=now, limit=limit)


def test_a_timer_that_is_due_becomes_a_pending_signal_and_is_gone(connection: Connection) -> None:
    set_timers(connection, a_timer("pay", NOON + SECOND, payload='{"order": 7}'))
    assert ring(connection, NOON + 3 * SECOND) == 1
    (row,) = rung(connection)
    assert (row.session_key, row.kind, row.payload, row.state) == (ANA, "Reminder", '{"order": 7}', InboxState.PENDING)
    assert row.received_at == NOON + 3 * SECOND
    assert store.list_timers(connection) == []


def test_a_timer_rings_at_its_moment_and_not_before(connection: Connection) -> None:
    set_timers(connection, a_timer(due_at=NOON + SECOND))
    assert ring(connection, NOON + SECOND - timedelta(microseconds=1)) == 0
    assert ring(connection, NOON + SECOND) == 1


def test_timers_ring_in_the_order_of_their_moments_after_days_without_a_host(connection: Connection) -> None:
    for number in (3, 1, 2):
        set_timers(connection, a_timer("it", NOON + number * DAY, payload=str(number)), session=f"s{number}")
    set_timers(connection, a_timer("far off", NOON + 30 * DAY))
    assert ring(connection, NOON + 10 * DAY) == 3
    assert [row.payload for row in rung(connection)] == ["1", "2", "3"]
    assert [timer.name for timer in store.list_timers(connection)] == ["far off"]


def test_timers_of_one_moment_ring_in_the_order_in_which_they_were_set(connection: Connection) -> None:
    for name in ("c", "a", "b", "c"):
        set_timers(connection, a_timer(name, NOON, payload=f'"{name}"'))
    ring(connection, NOON)
    assert [row.payload for row in rung(connection)] == ['"a"', '"b"', '"c"']


def test_no_more_ring_at_once_than_asked_for(connection: Connection) -> None:
    set_timers(connection, *(a_timer(str(number), NOON + number * SECOND) for number in range(5)))
    assert [ring(connection, NOON + DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(rung(connection)) == 5


def test_many_timers_of_one_moment_all_ring(connection: Connection) -> None:
    set_timers(connection, *(a_timer(str(number)) for number in range(700)))
    assert ring(connection, NOON, limit=1000) == 700
    assert len({row.dedup_key for row in rung(connection)}) == 700


@pytest.mark.parametrize("pairs", [[("a:b", "c"), ("a", "b:c")], [('a","b', "c"), ("a", 'b","c')]])
def test_names_that_look_alike_are_different_timers(connection: Connection, pairs: list[tuple[str, str]]) -> None:
    for session, name in pairs:
        set_timers(connection, a_timer(name), session=session)
    ring(connection, NOON)
    assert [row.session_key for row in rung(connection)] == [session for session, _ in pairs]


def test_a_timer_that_is_set_again_for_the_same_moment_rings_again(connection: Connection) -> None:
    set_timers(connection, a_timer())
    for turn in range(4):
        assert ring(connection, NOON) == 1
        assert len(rung(connection)) == turn + 1
        answer(connection, rung(connection)[-1], a_timer())


def test_ringing_that_fails_leaves_timers_and_inbox_as_they_were(journal: FileJournal) -> None:
    journal.submit(lambda connection: set_timers(connection, a_timer(), recurring=heartbeats())).result(60)

    def ring_and_fail(connection: Connection) -> None:
        assert ring(connection, NOON + DAY) == 2
        raise RuntimeError("the power goes")

    with suppress(RuntimeError):
        journal.submit(ring_and_fail).result(60)
    assert journal.read(rung) == []
    assert journal.submit(lambda connection: ring(connection, NOON + DAY)).result(60) == 2


def test_what_rang_before_a_restart_does_not_ring_after_it(url: str) -> None:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        journal.submit(lambda connection: set_timers(connection, a_timer())).result(60)
        journal.submit(lambda connection: ring(connection, NOON)).result(60)
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        assert journal.submit(lambda connection: ring(connection, NOON)).result(60) == 0
        assert [row.state for row in journal.read(rung)] == [InboxState.PENDING]


class TestRecurring:
    def test_it_tells_its_moment_and_moves_on(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        assert ring(connection, NOON + 31 * SECOND) == 1
        (row,) = rung(connection)
        assert json.loads(row.payload) == {"timestamp": "2026-11-09T12:00:30+00:00"}
        assert row.received_at == NOON + 31 * SECOND
        assert store.next_due(connection) == NOON + 60 * SECOND

    def test_after_days_without_a_host_it_rings_once_and_keeps_its_raster(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        now = NOON + 3 * DAY + 7 * SECOND
        assert ring(connection, now) == 1
        assert len(rung(connection)) == 1
        assert store.next_due(connection) == NOON + 3 * DAY + 30 * SECOND
        assert ring(connection, now) == 0

    def test_at_its_very_moment_the_next_one_is_a_round_later(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        ring(connection, NOON + 60 * SECOND)
        assert store.next_due(connection) == NOON + 90 * SECOND

    def test_none_is_added_while_the_one_before_is_pending(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        for number in (1, 2, 3):
            ring(connection, NOON + number * 30 * SECOND)
        assert len(rung(connection)) == 1
        answer(connection, rung(connection)[0])
        ring(connection, NOON + 120 * SECOND)
        assert len([row for row in rung(connection) if row.state is InboxState.PENDING]) == 1

    def test_those_that_no_rule_answered_are_forgotten(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        for number in range(1, 20):
            ring(connection, NOON + number * 30 * SECOND)
            answer(connection, rung(connection)[-1])
        assert len(rung(connection)) <= 2

    def test_of_those_that_failed_in_a_row_the_last_is_kept(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        for number in range(1, 20):
            ring(connection, NOON + number * 30 * SECOND)
            store.bury(connection, a_dead_letter(rung(connection)[-1].id))
        assert 1 <= len(rung(connection)) <= 2

    def test_one_that_failed_between_others_stays_a_dead_letter(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        for number in range(1, 6):
            ring(connection, NOON + number * 30 * SECOND)
            if number == 2:
                store.bury(connection, a_dead_letter(rung(connection)[-1].id))
            else:
                answer(connection, rung(connection)[-1])
        assert InboxState.DEAD in [row.state for row in rung(connection)]

    def test_one_that_a_rule_answered_is_kept(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        for number in range(1, 4):
            ring(connection, NOON + number * 30 * SECOND)
            row = rung(connection)[-1]
            store.commit(connection, evaluated(row.id, base_version=number))
        assert len(rung(connection)) == 3

    def test_it_ends_without_a_signal_once_nobody_listens(self, connection: Connection) -> None:
        set_timers(connection, a_timer(due_at=NOON + DAY), recurring=heartbeats())
        assert store.ring(connection, now=NOON + DAY, limit=9, ended=("Heartbeat", "Reminder")) == 2
        assert [row.kind for row in rung(connection)] == ["Reminder"]
        assert store.list_timers(connection) == []

    def test_each_session_has_its_own(self, connection: Connection) -> None:
        set_timers(connection, recurring=heartbeats())
        set_timers(connection, recurring=heartbeats(), session=IVO, at=NOON + SECOND)
        ring(connection, NOON + DAY)
        assert [row.session_key for row in rung(connection)] == [ANA, IVO]


CHANGES = st.one_of(
    st.tuples(st.just("set"), st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(-3, 12)),
    st.tuples(st.just("cancel"), st.sampled_from("ab"), st.sampled_from("xyz"), st.just(0)),
    st.tuples(st.just("ring"), st.just(""), st.just(""), st.integers(0, 6)),
)


@given(history=st.lists(CHANGES, max_size=40), limit=st.integers(1, 3))
def test_every_timer_rings_once_when_it_is_due_unless_it_was_cancelled_or_replaced(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, str, int]], limit: int
) -> None:
    engine = writing_engine(tmp_path_factory.mktemp("history") / "journal.db")
    waiting: dict[tuple[str, str], tuple[int, str]] = {}
    expected: list[str] = []
    now = 0
    with engine.begin() as connection:
        create_schema(connection)
        for number, (step, session, name, seconds) in enumerate(history):
            if step == "ring":
                now += seconds
                due = sorted((due, int(key), timer) for timer, (due, key) in waiting.items() if due <= now)
                expected += [str(key) for _, key, _ in due]
                for _, _, timer in due:
                    del waiting[timer]
                rounds = [ring(connection, NOON + now * SECOND, limit) for _ in range(len(due) + 1)]
                assert (sum(rounds), rounds[-1]) == (len(due), 0)
            elif step == "set":
                waiting[session, name] = (now + seconds, str(number))
                due_at = NOON + (now + seconds) * SECOND
                set_timers(connection, a_timer(name, due_at, payload=str(number)), session=session)
            else:
                waiting.pop((session, name), None)
                set_timers(connection, a_timer(name, None), session=session)
        assert [row.payload for row in rung(connection)] == expected
        left = {(timer.session_key, timer.name): timer.payload for timer in store.list_timers(connection)}
        assert left == {timer: key for timer, (_, key) in waiting.items()}
    engine.dispose()


@pytest.mark.parametrize("session", ["38591\x001234567", "\x00", "[1]", "'"])
def test_a_recurring_timer_waits_for_its_last_signal_whatever_its_session_is_called(
    connection: Connection, session: str
) -> None:
    set_timers(connection, recurring=heartbeats(SECOND), session=session)
    for seconds in (1, 2, 3):
        ring(connection, NOON + seconds * SECOND)
    assert [row.session_key for row in rung(connection)] == [session]
