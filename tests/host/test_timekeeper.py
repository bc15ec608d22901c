"""Timers and heartbeats in a running host: set by rules, rung when they are due, through restarts and downtime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from freezegun import freeze_time

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.host import Host
from infobip_rules.host.timekeeper import TICK, Timekeeper
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store
from tests.journal.make import ANA, IVO, NOON, SECOND, StoppedClock, a_signal, a_timer, evaluated

RULES = """
from infobip_rules import *
from infobip_rules.lang import *

class Reminder(Signal):
    text: str
    phone: str

with ruleset("timers"):

    @when_all(c.message << signal(InfobipSmsReceivedMessage, m.keyword == "AFTER"))
    def after(c):
        delay, text = c.message.cleanText.split(" ", 1)
        c.schedule(Reminder(text=text, phone=c.message.from_), after=delay, name=text.split("!")[0])

    @when_all(c.message << signal(InfobipSmsReceivedMessage, m.keyword == "CANCEL"))
    def cancel(c):
        c.cancel(c.message.cleanText)

    @when_all(c.message << signal(InfobipSmsReceivedMessage, m.keyword == "FAIL"))
    def fail(c):
        c.schedule(Reminder(text="never", phone=c.message.from_), after=0)
        c.cancel("kept")
        raise ValueError("no")

    @when_all(c.reminder << signal(Reminder))
    def remind(c):
        InfobipAdapterAPI.send_sms_text_message(c.reminder.phone, c.reminder.text)
"""
HEARTBEATS = """
    @when_all(c.beat << signal(Heartbeat))
    def beat(c):
        InfobipAdapterAPI.send_sms_text_message("385981234567", f"{c.beat.timestamp:%d. %H:%M:%S}")
"""
DAY = timedelta(days=1)

Run = Callable[..., AbstractAsyncContextManager[Host]]


@pytest.fixture
def clock() -> StoppedClock:
    """Noon, until a test sets it."""
    return StoppedClock()


@pytest.fixture
def run(settings: Settings, tmp_path: Path, clock: StoppedClock) -> Run:
    """`async with run(rules) as host`: a host on the test's journal and clock; again and again, as restarts."""

    @asynccontextmanager
    async def running(rules: str = RULES, *, time: Clock = clock) -> AsyncIterator[Host]:
        file = tmp_path / "rules_of_test.py"
        file.write_text(rules, encoding="utf-8")
        async with host_on(file, settings, time) as host:
            yield host

    return running


@asynccontextmanager
async def host_on(rules: Path, settings: Settings, clock: Clock) -> AsyncIterator[Host]:
    """A host with the rules of a file, on the journal of the settings, without a flood guard."""
    free = settings.model_copy(update={"flood_guard": "off"})
    with FileJournal.open(settings.journal_url, clock=clock) as journal:
        async with Host(load_rules([rules]), settings=free, journal=journal, clock=clock) as host:
            yield host


async def tell(host: Host, keyword: str, text: str = "", number: str = ANA) -> None:
    """A message with this keyword, and all that comes of it now."""
    item = {
        "messageId": f"{keyword} {text} {number} {host.clock.now()}",
        "from": number,
        "to": "38599",
        "keyword": keyword,
    }
    item |= {"text": f"{keyword} {text}", "cleanText": text, "receivedAt": NOON.isoformat()}
    body = orjson.dumps({"results": [item], "messageCount": 1, "pendingMessageCount": 0})
    await host.receive(parse_inbound(body, expected="message", now=NOON))
    assert await host.settled()


async def pass_time(host: Host, clock: StoppedClock, time: timedelta) -> None:
    """The clock moves, and what is due then happens."""
    clock.moment += time
    host.timekeeper.wake()
    assert await host.settled()


def texts(fake: FakeInfobip) -> list[str]:
    return [message.text for message in fake.messages]


def timers(host: Host) -> dict[str, datetime]:
    return {timer.name: timer.due_at for timer in host.journal.read(store.list_timers)}


def beats(host: Host) -> list[InboxRow]:
    return [row for row in host.journal.read(store.list_inbox) if row.kind == "Heartbeat"]


async def test_a_scheduled_signal_comes_when_it_is_due(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "AFTER", "2h pay!")
        await pass_time(host, clock, timedelta(hours=2) - SECOND)
        assert texts(fake) == []
        await pass_time(host, clock, SECOND)
        assert texts(fake) == ["pay!"]
        assert timers(host) == {}


async def test_a_host_is_settled_with_a_timer_ahead(run: Run) -> None:
    async with run() as host:
        await tell(host, "AFTER", "3d pay")
        assert await host.settled()
        assert timers(host) == {"pay": NOON + 3 * DAY}


async def test_timers_that_came_due_while_no_host_ran_ring_in_order_at_the_start(
    run: Run, fake: FakeInfobip, clock: StoppedClock
) -> None:
    async with run() as host:
        for text in ("2d second", "1d first", "9d later", "3d third"):
            await tell(host, "AFTER", text)
    clock.moment += 5 * DAY
    async with run() as host:
        assert await host.settled()
        assert timers(host) == {"later": NOON + 9 * DAY}
    assert texts(fake) == ["first", "second", "third"]


async def test_a_cancelled_timer_never_rings(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h a")
        await tell(host, "AFTER", "1h b")
        await tell(host, "CANCEL", "a")
        await pass_time(host, clock, DAY)
    assert texts(fake) == ["b"]


async def test_a_timer_set_again_rings_only_at_its_new_moment(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h a! old")
        await tell(host, "AFTER", "2h a! new")
        await pass_time(host, clock, timedelta(hours=1))
        assert texts(fake) == []
        await pass_time(host, clock, timedelta(hours=1))
    assert texts(fake) == ["a! new"]


async def test_timers_of_a_failed_evaluation_never_ring_and_cancel_nothing(
    run: Run, fake: FakeInfobip, clock: StoppedClock
) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h kept")
        await tell(host, "FAIL")
        await pass_time(host, clock, DAY)
    assert texts(fake) == ["kept"]


async def test_a_timer_is_its_sessions_own(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h same")
        await tell(host, "AFTER", "2h same", number=IVO)
        await tell(host, "CANCEL", "same")
        await pass_time(host, clock, DAY)
    assert [message.to for message in fake.messages] == [IVO]


async def test_a_timer_that_rang_in_a_host_that_died_takes_effect_once(
    run: Run, fake: FakeInfobip, settings: Settings, clock: StoppedClock
) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h once")
    clock.moment += DAY
    with FileJournal.open(settings.journal_url, clock=clock) as journal:
        number = await journal.run(lambda connection: store.ring(connection, now=clock.now(), limit=9))
    assert number == 1
    for _ in range(2):
        async with run() as host:
            assert await host.settled()
    assert texts(fake) == ["once"]


async def test_a_timer_rings_by_itself_soon_after_its_moment(run: Run, fake: FakeInfobip) -> None:
    async with run(time=SystemClock()) as host:
        await tell(host, "AFTER", "0.2s now")
        await asyncio.to_thread(fake.wait_for, lambda: len(fake.messages) == 1)
        assert await host.settled()
    assert texts(fake) == ["now"]


async def test_a_clock_that_is_set_forward_is_noticed_without_a_wake_up(run: Run, fake: FakeInfobip) -> None:
    with freeze_time(NOON, real_asyncio=True) as time:
        async with run(time=SystemClock()) as host:
            await tell(host, "AFTER", "3d later")
            time.tick(3 * DAY)
            assert await host.settled(10 * TICK)
    assert texts(fake) == ["later"]


async def test_a_signal_of_a_type_that_is_gone_by_then_becomes_a_dead_letter(run: Run, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "AFTER", "1h lost")
    async with run(RULES.replace("Reminder", "Notice")) as host:
        await pass_time(host, clock, DAY)
        (dead,) = host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    assert "No rule file knows signals of type Reminder" in dead.reason


async def test_a_round_that_fails_is_made_up_for_by_the_next(settings: Settings, clock: StoppedClock) -> None:
    with FileJournal.open(settings.journal_url, clock=clock) as journal:
        rung, failures = asyncio.Event(), iter([RuntimeError("gone for a moment")])

        def ended() -> tuple[str, ...]:
            for failure in failures:
                raise failure
            return ()

        inbox_id = (await journal.run(lambda connection: store.accept(connection, [a_signal()]))).ids[0]
        await journal.run(lambda connection: store.commit(connection, evaluated(inbox_id, timers=(a_timer(),))))
        timekeeper = Timekeeper(journal=journal, clock=clock, rung=rung.set, ended=ended)
        task = asyncio.create_task(timekeeper.run())
        async with asyncio.timeout(60):
            await rung.wait()
            timekeeper.stop()
            await task
        assert journal.read(store.depth).pending == 1


class TestHeartbeats:
    async def test_a_session_gets_them_at_the_pace_of_the_settings(
        self, run: Run, fake: FakeInfobip, clock: StoppedClock
    ) -> None:
        async with run(RULES + HEARTBEATS) as host:
            await tell(host, "HELLO")
            for _ in range(6):
                await pass_time(host, clock, 15 * SECOND)
        assert texts(fake) == ["09. 12:00:30", "09. 12:01:00", "09. 12:01:30"]

    async def test_they_tell_the_moment_at_which_they_were_due(
        self, run: Run, fake: FakeInfobip, clock: StoppedClock
    ) -> None:
        async with run(RULES + HEARTBEATS) as host:
            await tell(host, "HELLO")
            await pass_time(host, clock, 44 * SECOND)
        assert texts(fake) == ["09. 12:00:30"]

    async def test_every_session_has_its_own(self, run: Run, clock: StoppedClock) -> None:
        async with run(RULES + HEARTBEATS) as host:
            for number in (ANA, IVO):
                await tell(host, "HELLO", number=number)
            await pass_time(host, clock, 30 * SECOND)
            assert {row.session_key for row in beats(host)} == {ANA, IVO}

    async def test_after_days_without_a_host_there_is_one(
        self, run: Run, fake: FakeInfobip, clock: StoppedClock
    ) -> None:
        async with run(RULES + HEARTBEATS) as host:
            await tell(host, "HELLO")
        clock.moment += 4 * DAY + 10 * SECOND
        async with run(RULES + HEARTBEATS) as host:
            assert await host.settled()
            assert len(texts(fake)) == 1
            assert timers(host) == {"@heartbeat": NOON + 4 * DAY + 30 * SECOND}

    @pytest.mark.parametrize(
        "any_signal", ["", HEARTBEATS.replace("Heartbeat", "Signal").replace("timestamp", "keyword")]
    )
    async def test_without_a_rule_that_names_them_there_are_none(
        self, run: Run, clock: StoppedClock, any_signal: str
    ) -> None:
        async with run(RULES + any_signal) as host:
            await tell(host, "HELLO")
            await pass_time(host, clock, DAY)
            assert timers(host) == {}
            assert beats(host) == []

    async def test_sessions_get_them_from_their_next_signal_on(self, run: Run, clock: StoppedClock) -> None:
        async with run() as host:
            await tell(host, "HELLO")
        clock.moment += DAY
        async with run(RULES + HEARTBEATS) as host:
            assert timers(host) == {}
            await tell(host, "HELLO", "again")
            assert timers(host) == {"@heartbeat": NOON + DAY + 30 * SECOND}

    async def test_they_end_once_no_rule_listens(self, run: Run, clock: StoppedClock) -> None:
        async with run(RULES + HEARTBEATS) as host:
            await tell(host, "HELLO")
        async with run() as host:
            assert timers(host) == {"@heartbeat": NOON + 30 * SECOND}
            await pass_time(host, clock, DAY)
            assert timers(host) == {}
            assert beats(host) == []

    async def test_a_failing_rule_does_not_end_them(self, run: Run, clock: StoppedClock) -> None:
        async with run(RULES + HEARTBEATS.replace("{c.beat.timestamp", "{c.beat.nothing")) as host:
            await tell(host, "HELLO")
            for _ in range(2):
                await pass_time(host, clock, 30 * SECOND)
            assert [row.state for row in beats(host)] == [InboxState.DEAD] * 2
