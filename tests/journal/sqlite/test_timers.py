"""Timers change with the evaluation that they are effects of, and with nothing else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from infobip_rules.journal.sqlite import store
from infobip_rules.timers import TimerChange
from tests.journal.make import ANA, IVO, NOON, SECOND, a_dead_letter, a_signal, a_timer, evaluated, heartbeats


def commit(connection: Connection, *timers: TimerChange, key: str = "m1", session: str = ANA, version: int = 0) -> bool:
    inbox_id = store.accept(connection, [a_signal(key, session)]).ids[0]
    return store.commit(connection, evaluated(inbox_id, session_key=session, base_version=version, timers=timers))


def names(connection: Connection) -> list[str]:
    return [timer.name for timer in store.list_timers(connection)]


def test_a_timer_is_kept_as_it_was_set(connection: Connection) -> None:
    commit(connection, a_timer("pay", NOON + SECOND, payload='{"order": 7}'))
    (timer,) = store.list_timers(connection)
    assert (timer.session_key, timer.name, timer.due_at) == (ANA, "pay", NOON + SECOND)
    assert (timer.kind, timer.payload, timer.every) == ("Reminder", '{"order": 7}', None)


def test_a_timer_replaces_one_of_the_same_name_in_its_session_only(connection: Connection) -> None:
    commit(connection, a_timer(due_at=NOON))
    commit(connection, a_timer(due_at=NOON), session=IVO, key="m2")
    commit(connection, a_timer(due_at=NOON + SECOND), key="m3", version=1)
    due = {timer.session_key: timer.due_at for timer in store.list_timers(connection)}
    assert due == {ANA: NOON + SECOND, IVO: NOON}


def test_a_cancelled_timer_is_gone_and_cancelling_what_is_not_there_does_nothing(connection: Connection) -> None:
    commit(connection, a_timer("a"), a_timer("b"))
    commit(connection, a_timer("a", None), a_timer("never set", None), key="m2", version=1)
    assert names(connection) == ["b"]


def test_an_evaluation_that_lost_the_race_changes_no_timer(connection: Connection) -> None:
    commit(connection, a_timer("kept"))
    assert not commit(connection, a_timer("new"), a_timer("kept", None), key="m2", version=0)
    assert names(connection) == ["kept"]


def test_a_dead_letter_sets_no_timer(connection: Connection) -> None:
    inbox_id = store.accept(connection, [a_signal()]).ids[0]
    store.bury(connection, a_dead_letter(inbox_id))
    assert not store.commit(connection, evaluated(inbox_id, timers=(a_timer(),), recurring=heartbeats()))
    assert names(connection) == []


def test_a_recurring_timer_begins_a_round_after_the_evaluation_and_goes_on_undisturbed(connection: Connection) -> None:
    for number in range(3):
        inbox_id = store.accept(connection, [a_signal(f"m{number}")]).ids[0]
        at = NOON + number * SECOND
        store.commit(connection, evaluated(inbox_id, base_version=number, at=at, recurring=heartbeats()))
    (timer,) = store.list_timers(connection)
    assert (timer.due_at, timer.every) == (NOON + 30 * SECOND, 30 * SECOND)


def test_a_recurring_timer_takes_a_new_pace_with_the_next_evaluation(connection: Connection) -> None:
    for number, every in enumerate((3600 * SECOND, 10 * SECOND)):
        inbox_id = store.accept(connection, [a_signal(f"m{number}")]).ids[0]
        store.commit(connection, evaluated(inbox_id, base_version=number, recurring=heartbeats(every)))
    (timer,) = store.list_timers(connection)
    assert (timer.due_at, timer.every) == (NOON + 10 * SECOND, 10 * SECOND)


def test_the_next_timer_is_known(connection: Connection) -> None:
    assert store.next_due(connection) is None
    commit(connection, a_timer("late", NOON + timedelta(days=400)), a_timer("early", NOON - SECOND))
    assert store.next_due(connection) == NOON - SECOND


def test_timers_are_listed_by_session_and_by_moment(connection: Connection) -> None:
    commit(connection, a_timer("a", NOON), a_timer("b", NOON + SECOND))
    commit(connection, a_timer("c", NOON + 2 * SECOND), session=IVO, key="m2")
    assert [timer.name for timer in store.list_timers(connection, session_key=ANA)] == ["a", "b"]
    assert [timer.name for timer in store.list_timers(connection, before=NOON + SECOND)] == ["a", "b"]
    assert [timer.name for timer in store.list_timers(connection, limit=1)] == ["a"]
