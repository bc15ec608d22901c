"""Timers of DRL rules in a running host: rung by the journal, through restarts and downtime."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from infobip_rules.clock import Clock, SystemClock
from infobip_rules.host import Host
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from infobip_rules.testing import Rules
from tests.host.test_timekeeper import host_on, pass_time, tell, texts, timers
from tests.journal import store
from tests.journal.make import NOON, SECOND, StoppedClock

RULES = """
declare Offer @expires(1h) phone: String end
rule "later" timer(int: 10m)
    when $m: InfobipSmsReceivedMessage(keyword == "LATER") from entry-point "signals"
    then InfobipAdapterAPI.sendSmsTextMessage($m.getFrom(), "later " + $m.getCleanText()); end
rule "sooner" timer(int: 5m)
    when $m: InfobipSmsReceivedMessage(keyword == "SOONER") from entry-point "signals"
    then InfobipAdapterAPI.sendSmsTextMessage($m.getFrom(), "sooner " + $m.getCleanText()); end
rule "offer"
    when $m: InfobipSmsReceivedMessage(keyword == "OFFER") from entry-point "signals"
    then insert(new Offer($m.getFrom())); end
rule "over" when ClientAgent($p: getConnection("phone")) not Offer()
    then InfobipAdapterAPI.sendSmsTextMessage($p, "over"); end
"""
Run = Callable[..., AbstractAsyncContextManager[Host]]


@pytest.fixture
def clock() -> StoppedClock:
    """Noon, until a test sets it."""
    return StoppedClock()


@pytest.fixture
def run(settings: Settings, tmp_path: Path, clock: StoppedClock) -> Run:
    """`async with run() as host`: a host on the test's journal and clock; again and again, as restarts."""

    @asynccontextmanager
    async def running(*, time: Clock = clock) -> AsyncIterator[Host]:
        file = tmp_path / "rules_of_test.drl"
        file.write_text(RULES, encoding="utf-8")
        async with host_on(file, settings, time) as host:
            yield host

    return running


async def test_a_timed_rule_fires_once_after_a_restart(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "LATER", "a")
        assert list(timers(host).values()) == [NOON + timedelta(minutes=10)]
    async with run() as host:
        await pass_time(host, clock, timedelta(minutes=10) - SECOND)
        assert "later a" not in texts(fake)
        await pass_time(host, clock, SECOND)
        await pass_time(host, clock, timedelta(days=1))
        assert texts(fake).count("later a") == 1
        assert timers(host) == {}


async def test_what_was_due_while_the_host_was_down_fires_in_order(
    run: Run, fake: FakeInfobip, clock: StoppedClock
) -> None:
    async with run() as host:
        await tell(host, "LATER", "a")
        await tell(host, "SOONER", "b")
    clock.moment += timedelta(days=2)
    async with run() as host:
        assert await host.settled()
        assert texts(fake)[-2:] == ["sooner b", "later a"]


async def test_a_fact_expires_and_not_sees_it(run: Run, fake: FakeInfobip, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "OFFER")
        before = texts(fake).count("over")
        await pass_time(host, clock, timedelta(hours=1))
        assert texts(fake).count("over") == before + 1
        assert timers(host) == {}


async def test_the_signal_that_brings_a_moment_is_done_as_any_other(run: Run, clock: StoppedClock) -> None:
    async with run() as host:
        await tell(host, "SOONER", "b")
        await pass_time(host, clock, timedelta(minutes=5))
        (row,) = [row for row in host.journal.read(store.list_inbox) if row.kind == "MomentCame"]
        assert row.fired == ("rules_of_test/sooner",)


async def test_rule_timers_follow_a_frozen_clock(run: Run, fake: FakeInfobip) -> None:
    with freeze_time(NOON, real_asyncio=True) as frozen:
        async with run(time=SystemClock()) as host:
            await tell(host, "SOONER", "b")
            frozen.tick(timedelta(minutes=5))
            host.timekeeper.wake()
            assert await host.settled()
            assert texts(fake)[-1] == "sooner b"


def test_a_test_of_rules_moves_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "rules_of_test.drl"
    file.write_text(RULES, encoding="utf-8")
    rules = Rules(file)
    rules.receive("LATER a", keyword="LATER")
    rules.advance("9m")
    assert not any(one.text.startswith("later") for one in rules.sent)
    rules.advance("1m")
    assert rules.sent[-1].text.startswith("later")
    rules.close()
