"""Timers that are due become signals, each once, in the order of their moments, whatever dies in between."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.journal.sqlite.connections import writing_engine
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.schema import create_schema
from infobip_rules.timers import RecurringTimer, TimerChange
from tests.journal import store
from tests.journal.make import (
    ANA,
    NOON,
    SECOND,
    StoppedClock,
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


def ring(connection: Connection, now: datetime, limit: int = 100) -> int:
    return store.ring(connection, now=now, limit=limit)


CHANGES = st.one_of(
    st.tuples(st.just("set"), st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(-3, 12)),
    st.tuples(st.just("cancel"), st.sampled_from("ab"), st.sampled_from("xyz"), st.just(0)),
    st.tuples(st.just("ring"), st.just(""), st.just(""), st.integers(0, 6)),
)


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
