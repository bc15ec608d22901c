"""The journal forgets in the background, and its file does not grow without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.host.pruner import AT_ONCE, Pruner
from infobip_rules.journal.records import Evaluated, NewSignal, OutboxState, OutgoingMessage, SentRecord
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.settings import Settings
from tests.channels.composing import sms
from tests.journal import store

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.moment = NOON

    def elapsed(self) -> float:
        """Seconds that went by, where it was never set ahead."""
        return (self.moment - NOON).total_seconds()

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def journal_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'pruned.db'}"


def signals(count: int, at: datetime) -> list[NewSignal]:
    """Signals that came in at a moment and are done, each of a size that messages have."""
    body = '{"text": "' + "x" * 300 + '"}'
    return [
        NewSignal(
            dedup_key=f"{at.isoformat()} {number}",
            session_key="385981234567",
            kind="InfobipSmsReceivedMessage",
            payload=body,
            raw=body,
            received_at=at,
            done=True,
        )
        for number in range(count)
    ]


async def _traffic(journal: FileJournal, *, days: Iterable[int]) -> None:
    for day in days:
        at = NOON + timedelta(days=day)
        await journal.run(lambda connection, at=at: store.accept(connection, signals(1, at)))  # type: ignore[misc]  # its type is that of accept


async def left(journal: FileJournal) -> int:
    return sum(journal.read(store.counts).inbox.values())


async def test_what_is_older_than_the_retention_goes_however_much_it_is(journal_url: str, clock: SetClock) -> None:
    with FileJournal.open(journal_url, clock=clock) as journal:
        await journal.run(lambda connection: store.accept(connection, signals(2 * AT_ONCE + 7, NOON)))
        await _traffic(journal, days=range(1, 8))
        clock.moment = NOON + WEEK + timedelta(seconds=1)
        assert await Pruner(journal=journal, clock=clock, retention=WEEK).prune() == 2 * AT_ONCE + 7
        assert await left(journal) == 7


async def test_others_are_written_between_its_steps(journal_url: str, clock: SetClock) -> None:
    with FileJournal.open(journal_url, clock=clock, group_limit=1) as journal:
        await journal.run(lambda connection: store.accept(connection, signals(4 * AT_ONCE, NOON)))
        await _traffic(journal, days=range(4, 15, 2))
        clock.moment = NOON + 2 * WEEK
        pruning = asyncio.create_task(Pruner(journal=journal, clock=clock, retention=WEEK).prune())
        await asyncio.sleep(0)
        receipt = await journal.run(lambda connection: store.accept(connection, signals(2, clock.moment)))
        assert (receipt.new, pruning.done()) == (1, False)
        assert await pruning == 4 * AT_ONCE + 2  # days 4 and 6 as well


async def test_it_begins_at_once_and_comes_again(journal_url: str, clock: SetClock) -> None:
    with FileJournal.open(journal_url, clock=clock) as journal:
        pruner = Pruner(journal=journal, clock=clock, retention=WEEK, interval=0.01, elapsed=clock.elapsed)
        running = asyncio.create_task(pruner.run())
        for day in (14, 28):
            await journal.run(lambda connection: store.accept(connection, signals(1, clock.moment)))
            clock.moment = NOON + timedelta(days=day)
            async with asyncio.timeout(60):
                while await left(journal):  # noqa: ASYNC110 - nobody is told that rows went
                    await asyncio.sleep(0.01)
        running.cancel()
        assert await left(journal) == 0


async def test_a_host_forgets_at_its_start_what_its_settings_say(settings: Settings) -> None:
    longer = settings.model_copy(update={"retention_days": 30})
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        for days in range(40, -1, -4):
            at = datetime.now(UTC) - timedelta(days=days)
            await journal.run(lambda connection, at=at: store.accept(connection, signals(1, at)))  # type: ignore[misc]  # its type is that of accept
        for changed, kept in ((longer, 8), (settings, 2)):
            async with Host(load_rules(["rules"]), settings=changed, journal=journal), asyncio.timeout(60):
                while await left(journal) > kept:  # noqa: ASYNC110 - nobody is told that rows went
                    await asyncio.sleep(0.01)
            assert await left(journal) == kept


async def test_a_clock_that_is_set_ahead_forgets_nothing_until_infobip_has_stopped_repeating(
    journal_url: str, clock: SetClock
) -> None:
    elapsed = 0.0
    with FileJournal.open(journal_url, clock=clock) as journal:
        await journal.run(lambda connection: store.accept(connection, signals(1, NOON)))
        pruner = Pruner(journal=journal, clock=clock, retention=WEEK, elapsed=lambda: elapsed)
        assert await pruner.prune() == 0
        clock.moment = NOON + timedelta(days=3650)
        elapsed = 3600.0
        assert await pruner.prune() == 0
        clock.moment += timedelta(hours=48)
        elapsed += 48 * 3600
        assert await pruner.prune() == 0
        again = await journal.run(lambda connection: store.accept(connection, signals(1, NOON)))
        assert (again.new, again.duplicates) == (0, 1)
        clock.moment += timedelta(hours=2)
        elapsed += 2 * 3600
        assert await pruner.prune() == 1


async def test_a_clock_that_may_have_been_set_ahead_while_the_host_was_down_is_waited_with(
    journal_url: str, clock: SetClock
) -> None:
    with FileJournal.open(journal_url, clock=clock) as journal:
        await journal.run(lambda connection: store.accept(connection, signals(1, NOON)))
        clock.moment = NOON + 2 * WEEK
        pruner = Pruner(journal=journal, clock=clock, retention=WEEK, elapsed=clock.elapsed)
        assert await pruner.prune() == 0
        clock.moment += timedelta(hours=50)
        assert await pruner.prune() == 1


@pytest.mark.parametrize("hours", [0, 1, 48])
async def test_a_clock_that_was_set_ahead_is_still_known_after_traffic_and_a_restart(
    journal_url: str, clock: SetClock, hours: int
) -> None:
    jumped = NOON + timedelta(days=3650)
    with FileJournal.open(journal_url, clock=clock) as journal:
        await journal.run(lambda connection: store.accept(connection, signals(1, NOON)))
        await _traffic(journal, days=[3650])
        clock.moment = jumped + timedelta(hours=hours)
        restarted = Pruner(journal=journal, clock=clock, retention=WEEK, elapsed=clock.elapsed)
        assert await restarted.prune() == 0
        again = await journal.run(lambda connection: store.accept(connection, signals(1, NOON)))
        assert (again.new, again.duplicates) == (0, 1)
        clock.moment = jumped + timedelta(hours=48)
        assert await restarted.prune() == 0
        clock.moment = jumped + timedelta(hours=50)
        assert await restarted.prune() == 1


async def test_a_silence_that_is_long_over_keeps_nothing_back(journal_url: str, clock: SetClock) -> None:
    with FileJournal.open(journal_url, clock=clock) as journal:
        await _traffic(journal, days=[0, 10, 11, 12, 13])
        clock.moment = NOON + timedelta(days=13)
        assert await Pruner(journal=journal, clock=clock, retention=WEEK).prune() == 1


async def test_a_round_that_fails_is_made_up_for(journal_url: str, clock: SetClock) -> None:
    journal = FileJournal.open(journal_url, clock=clock)
    journal.close()
    running = asyncio.create_task(Pruner(journal=journal, clock=clock, retention=WEEK, interval=0.01).run())
    await asyncio.sleep(0.05)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_file_and_its_log_stay_as_large_as_a_weeks_work(journal_url: str, clock: SetClock) -> None:
    sizes, logs = [], []
    with FileJournal.open(journal_url, clock=clock) as journal:
        pruner = Pruner(journal=journal, clock=clock, retention=WEEK, elapsed=clock.elapsed)
        log = journal.path.with_name(f"{journal.path.name}-wal")
        for day in range(40):
            clock.moment = NOON + timedelta(days=day)
            await journal.run(lambda connection: work_of_a_day(connection, clock.moment))
            await pruner.prune()
            sizes.append(journal.path.stat().st_size)
            logs.append(log.stat().st_size)
    # Two weeks in, it has what it needs: from then on the pages of what is forgotten are used again.
    assert max(sizes[14:]) <= sizes[14] * 1.1
    assert max(logs) <= 24 * 1024 * 1024


def work_of_a_day(connection: Connection, at: datetime) -> None:
    """Signals that were evaluated, one of them with messages that were accepted."""
    store.accept(connection, signals(500, at))
    message_ids = [f"{at.isoformat()}-{number}" for number in range(100)]
    (inbox_id,) = store.accept(connection, [replace(signals(1, at)[0], dedup_key=f"new {at}", done=False)]).ids
    session = store.get_session(connection, "385981234567")
    store.commit(
        connection,
        Evaluated(
            session_key="385981234567",
            inbox_id=inbox_id,
            base_version=session.version if session else 0,
            state="{}",
            messages=tuple(
                OutgoingMessage(
                    message_id=one,
                    recipient="385981234567",
                    channel="sms",
                    content=sms("x" * 160),
                    sender="Us",
                    rule="r",
                )
                for one in message_ids
            ),
            at=at,
        ),
    )
    store.claim(connection, now=at, limit=100)
    store.record(connection, [SentRecord(message_id=one, state=OutboxState.ACCEPTED) for one in message_ids])
