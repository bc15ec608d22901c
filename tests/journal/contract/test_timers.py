"""Timers change with the evaluation that they are effects of, and with nothing else."""

from __future__ import annotations

from datetime import timedelta

from infobip_rules.journal.interface import Journal
from infobip_rules.timers import TimerChange
from tests.journal.contract import asking as ask
from tests.journal.make import ANA, IVO, NOON, SECOND, a_dead_letter, a_signal, a_timer, evaluated, heartbeats


async def commit(journal: Journal, *timers: TimerChange, key: str = "m1", session: str = ANA, version: int = 0) -> bool:
    inbox_id = (await ask.accept(journal, [a_signal(key, session)])).ids[0]
    return await ask.commit(journal, evaluated(inbox_id, session_key=session, base_version=version, timers=timers))


async def names(journal: Journal) -> list[str]:
    return [timer.name for timer in await journal.history.timers()]


async def test_a_timer_is_kept_as_it_was_set(journal: Journal) -> None:
    await commit(journal, a_timer("pay", NOON + SECOND, payload='{"order": 7}'))
    (timer,) = await journal.history.timers()
    assert (timer.session_key, timer.name, timer.due_at) == (ANA, "pay", NOON + SECOND)
    assert (timer.kind, timer.payload, timer.every) == ("Reminder", '{"order": 7}', None)


async def test_a_timer_replaces_one_of_the_same_name_in_its_session_only(journal: Journal) -> None:
    await commit(journal, a_timer(due_at=NOON))
    await commit(journal, a_timer(due_at=NOON), session=IVO, key="m2")
    await commit(journal, a_timer(due_at=NOON + SECOND), key="m3", version=1)
    due = {timer.session_key: timer.due_at for timer in await journal.history.timers()}
    assert due == {ANA: NOON + SECOND, IVO: NOON}


async def test_a_cancelled_timer_is_gone_and_cancelling_what_is_not_there_does_nothing(journal: Journal) -> None:
    await commit(journal, a_timer("a"), a_timer("b"))
    await commit(journal, a_timer("a", None), a_timer("never set", None), key="m2", version=1)
    assert await names(journal) == ["b"]


async def test_an_evaluation_that_lost_the_race_changes_no_timer(journal: Journal) -> None:
    await commit(journal, a_timer("kept"))
    assert not await commit(journal, a_timer("new"), a_timer("kept", None), key="m2", version=0)
    assert await names(journal) == ["kept"]


async def test_a_dead_letter_sets_no_timer(journal: Journal) -> None:
    inbox_id = (await ask.accept(journal, [a_signal()])).ids[0]
    await ask.bury(journal, a_dead_letter(inbox_id))
    assert not await ask.commit(journal, evaluated(inbox_id, timers=(a_timer(),), recurring=heartbeats()))
    assert await names(journal) == []


async def test_a_recurring_timer_begins_a_round_after_the_evaluation_and_goes_on_undisturbed(journal: Journal) -> None:
    for number in range(3):
        inbox_id = (await ask.accept(journal, [a_signal(f"m{number}")])).ids[0]
        at = NOON + number * SECOND
        await ask.commit(journal, evaluated(inbox_id, base_version=number, at=at, recurring=heartbeats()))
    (timer,) = await journal.history.timers()
    assert (timer.due_at, timer.every) == (NOON + 30 * SECOND, 30 * SECOND)


async def test_a_recurring_timer_takes_a_new_pace_with_the_next_evaluation(journal: Journal) -> None:
    for number, every in enumerate((3600 * SECOND, 10 * SECOND)):
        inbox_id = (await ask.accept(journal, [a_signal(f"m{number}")])).ids[0]
        await ask.commit(journal, evaluated(inbox_id, base_version=number, recurring=heartbeats(every)))
    (timer,) = await journal.history.timers()
    assert (timer.due_at, timer.every) == (NOON + 10 * SECOND, 10 * SECOND)


async def test_the_next_timer_is_known(journal: Journal) -> None:
    assert await journal.timers.next_due() is None
    await commit(journal, a_timer("late", NOON + timedelta(days=400)), a_timer("early", NOON - SECOND))
    assert await journal.timers.next_due() == NOON - SECOND


async def test_timers_are_listed_by_session_and_by_moment(journal: Journal) -> None:
    await commit(journal, a_timer("a", NOON), a_timer("b", NOON + SECOND))
    await commit(journal, a_timer("c", NOON + 2 * SECOND), session=IVO, key="m2")
    assert [timer.name for timer in await journal.history.timers(session_key=ANA)] == ["a", "b"]
    assert [timer.name for timer in await journal.history.timers(before=NOON + SECOND)] == ["a", "b"]
    assert [timer.name for timer in await journal.history.timers(limit=1)] == ["a"]
