"""Timers that are due become signals, each once, in the order of their moments, whatever dies in between."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.timers import RecurringTimer, TimerChange
from tests.journal.contract import asking as ask
from tests.journal.make import (
    ANA,
    IVO,
    NOON,
    SECOND,
    a_dead_letter,
    a_signal,
    a_timer,
    evaluated,
    heartbeats,
)

DAY = timedelta(days=1)


async def set_timers(
    journal: Journal,
    *timers: TimerChange,
    recurring: RecurringTimer | None = None,
    session: str = ANA,
    at: datetime = NOON,
) -> None:
    """Commit an evaluation that does this."""
    row = await journal.history.find_session(session)
    version = row.version if row else 0
    inbox_id = (await ask.accept(journal, [a_signal(f"{session}-{version}", session)])).ids[0]
    effects = evaluated(inbox_id, session_key=session, base_version=version, at=at, timers=timers, recurring=recurring)
    assert await ask.commit(journal, effects)


async def rung(journal: Journal) -> list[InboxRow]:
    """The signals that timers gave, oldest first."""
    rows = await journal.history.signals(limit=10_000)
    return [row for row in reversed(rows) if row.kind in ("Reminder", "Heartbeat")]


async def answer(journal: Journal, row: InboxRow, *timers: TimerChange) -> None:
    """Commit an evaluation of this signal, in which no rule fires."""
    session = await journal.history.find_session(row.session_key)
    assert session is not None
    effects = evaluated(row.id, session_key=row.session_key, base_version=session.version, timers=timers)
    assert await ask.commit(journal, replace(effects, fired=()))


async def ring(journal: Journal, now: datetime, limit: int = 100) -> int:
    return await journal.timers.ring(now=now, limit=limit)


async def test_a_timer_that_is_due_becomes_a_pending_signal_and_is_gone(journal: Journal) -> None:
    await set_timers(journal, a_timer("pay", NOON + SECOND, payload='{"order": 7}'))
    assert await ring(journal, NOON + 3 * SECOND) == 1
    (row,) = await rung(journal)
    assert (row.session_key, row.kind, row.payload, row.state) == (ANA, "Reminder", '{"order": 7}', InboxState.PENDING)
    assert row.received_at == NOON + 3 * SECOND
    assert await journal.history.timers() == []


async def test_a_timer_rings_at_its_moment_and_not_before(journal: Journal) -> None:
    await set_timers(journal, a_timer(due_at=NOON + SECOND))
    assert await ring(journal, NOON + SECOND - timedelta(microseconds=1)) == 0
    assert await ring(journal, NOON + SECOND) == 1


async def test_timers_ring_in_the_order_of_their_moments_after_days_without_a_host(journal: Journal) -> None:
    for number in (3, 1, 2):
        await set_timers(journal, a_timer("it", NOON + number * DAY, payload=str(number)), session=f"s{number}")
    await set_timers(journal, a_timer("far off", NOON + 30 * DAY))
    assert await ring(journal, NOON + 10 * DAY) == 3
    assert [row.payload for row in await rung(journal)] == ["1", "2", "3"]
    assert [timer.name for timer in await journal.history.timers()] == ["far off"]


async def test_timers_of_one_moment_ring_in_the_order_in_which_they_were_set(journal: Journal) -> None:
    for name in ("c", "a", "b", "c"):
        await set_timers(journal, a_timer(name, NOON, payload=f'"{name}"'))
    await ring(journal, NOON)
    assert [row.payload for row in await rung(journal)] == ['"a"', '"b"', '"c"']


async def test_no_more_ring_at_once_than_asked_for(journal: Journal) -> None:
    await set_timers(journal, *(a_timer(str(number), NOON + number * SECOND) for number in range(5)))
    assert [await ring(journal, NOON + DAY, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(await rung(journal)) == 5


async def test_many_timers_of_one_moment_all_ring(journal: Journal) -> None:
    await set_timers(journal, *(a_timer(str(number)) for number in range(700)))
    assert await ring(journal, NOON, limit=1000) == 700
    assert len({row.dedup_key for row in await rung(journal)}) == 700


@pytest.mark.parametrize("pairs", [[("a:b", "c"), ("a", "b:c")], [('a","b', "c"), ("a", 'b","c')]])
async def test_names_that_look_alike_are_different_timers(journal: Journal, pairs: list[tuple[str, str]]) -> None:
    for session, name in pairs:
        await set_timers(journal, a_timer(name), session=session)
    await ring(journal, NOON)
    assert [row.session_key for row in await rung(journal)] == [session for session, _ in pairs]


async def test_a_timer_that_is_set_again_for_the_same_moment_rings_again(journal: Journal) -> None:
    await set_timers(journal, a_timer())
    for turn in range(4):
        assert await ring(journal, NOON) == 1
        assert len(await rung(journal)) == turn + 1
        await answer(journal, (await rung(journal))[-1], a_timer())


class TestRecurring:
    async def test_it_tells_its_moment_and_moves_on(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        assert await ring(journal, NOON + 31 * SECOND) == 1
        (row,) = await rung(journal)
        assert json.loads(row.payload) == {"timestamp": "2026-11-09T12:00:30+00:00"}
        assert row.received_at == NOON + 31 * SECOND
        assert await journal.timers.next_due() == NOON + 60 * SECOND

    async def test_after_days_without_a_host_it_rings_once_and_keeps_its_raster(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        now = NOON + 3 * DAY + 7 * SECOND
        assert await ring(journal, now) == 1
        assert len(await rung(journal)) == 1
        assert await journal.timers.next_due() == NOON + 3 * DAY + 30 * SECOND
        assert await ring(journal, now) == 0

    async def test_at_its_very_moment_the_next_one_is_a_round_later(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        await ring(journal, NOON + 60 * SECOND)
        assert await journal.timers.next_due() == NOON + 90 * SECOND

    async def test_none_is_added_while_the_one_before_is_pending(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        for number in (1, 2, 3):
            await ring(journal, NOON + number * 30 * SECOND)
        assert len(await rung(journal)) == 1
        await answer(journal, (await rung(journal))[0])
        await ring(journal, NOON + 120 * SECOND)
        assert len([row for row in await rung(journal) if row.state is InboxState.PENDING]) == 1

    async def test_those_that_no_rule_answered_are_forgotten(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        for number in range(1, 20):
            await ring(journal, NOON + number * 30 * SECOND)
            await answer(journal, (await rung(journal))[-1])
        assert len(await rung(journal)) <= 2

    async def test_of_those_that_failed_in_a_row_the_last_is_kept(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        for number in range(1, 20):
            await ring(journal, NOON + number * 30 * SECOND)
            await ask.bury(journal, a_dead_letter((await rung(journal))[-1].id))
        assert 1 <= len(await rung(journal)) <= 2

    async def test_one_that_failed_between_others_stays_a_dead_letter(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        for number in range(1, 6):
            await ring(journal, NOON + number * 30 * SECOND)
            if number == 2:
                await ask.bury(journal, a_dead_letter((await rung(journal))[-1].id))
            else:
                await answer(journal, (await rung(journal))[-1])
        assert InboxState.DEAD in [row.state for row in await rung(journal)]

    async def test_one_that_a_rule_answered_is_kept(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        for number in range(1, 4):
            await ring(journal, NOON + number * 30 * SECOND)
            row = (await rung(journal))[-1]
            await ask.commit(journal, evaluated(row.id, base_version=number))
        assert len(await rung(journal)) == 3

    async def test_it_ends_without_a_signal_once_nobody_listens(self, journal: Journal) -> None:
        await set_timers(journal, a_timer(due_at=NOON + DAY), recurring=heartbeats())
        assert await journal.timers.ring(now=NOON + DAY, limit=9, ended=("Heartbeat", "Reminder")) == 2
        assert [row.kind for row in await rung(journal)] == ["Reminder"]
        assert await journal.history.timers() == []

    async def test_each_session_has_its_own(self, journal: Journal) -> None:
        await set_timers(journal, recurring=heartbeats())
        await set_timers(journal, recurring=heartbeats(), session=IVO, at=NOON + SECOND)
        await ring(journal, NOON + DAY)
        assert [row.session_key for row in await rung(journal)] == [ANA, IVO]


CHANGES = st.one_of(
    st.tuples(st.just("set"), st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(-3, 12)),
    st.tuples(st.just("cancel"), st.sampled_from("ab"), st.sampled_from("xyz"), st.just(0)),
    st.tuples(st.just("ring"), st.just(""), st.just(""), st.integers(0, 6)),
)


@pytest.mark.parametrize("session", ["38591\x001234567", "\x00", "[1]", "'"])
async def test_a_recurring_timer_waits_for_its_last_signal_whatever_its_session_is_called(
    journal: Journal, session: str
) -> None:
    await set_timers(journal, recurring=heartbeats(SECOND), session=session)
    for seconds in (1, 2, 3):
        await ring(journal, NOON + seconds * SECOND)
    assert [row.session_key for row in await rung(journal)] == [session]


async def test_a_timer_rings_once_however_many_ask_at_once(journal: Journal) -> None:
    await set_timers(journal, *(a_timer(str(number)) for number in range(5)), recurring=heartbeats())
    rounds = await asyncio.gather(*(ring(journal, NOON + DAY, limit=4) for _ in range(6)))
    assert sum(rounds) == 6
    assert len(await rung(journal)) == 6
