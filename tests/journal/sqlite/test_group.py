"""Group commit: together when they can, alone when one fails, and told only when it is on disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, event

from infobip_rules.errors import JournalBusyError, JournalError, JournalRefusalError
from infobip_rules.journal.records import Accepted
from infobip_rules.journal.requests import Arrival, ClaimOrder
from infobip_rules.journal.sqlite.connections import writing_engine
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from tests.journal import store
from tests.journal.make import NOON, StoppedClock, a_message, a_signal, evaluated

Operation = Callable[[Connection], Accepted]


def take_in(dedup_key: str) -> Operation:
    return lambda connection: store.accept(connection, [a_signal(dedup_key)])


def refuse(connection: Connection) -> Accepted:
    store.accept(connection, [a_signal("refused")])
    raise KeyError("of its own")


def kept(journal: FileJournal) -> list[str]:
    return [row.dedup_key for row in reversed(journal.read(store.list_inbox))]


@contextmanager
def writer_held(journal: FileJournal) -> Iterator[None]:
    """Keep the writer in an operation, so that what is asked for meanwhile gathers."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        begun.set()
        go_on.wait(60)

    held = journal.submit(hold)
    begun.wait(60)
    try:
        yield
    finally:
        go_on.set()
        held.result(60)


@pytest.fixture
def commits() -> Iterator[list[int]]:
    """One entry for every transaction that is committed."""
    made: list[int] = []

    def count(_connection: Connection) -> None:
        made.append(1)

    event.listen(Engine, "commit", count)
    yield made
    event.remove(Engine, "commit", count)


def test_what_gathers_is_committed_together_and_in_order(journal: FileJournal, commits: list[int]) -> None:
    with writer_held(journal):
        before = len(commits)
        futures = [journal.submit(take_in(f"m{number}")) for number in range(100)]
    assert [future.result(60).ids for future in futures] == [(number + 1,) for number in range(100)]
    assert len(commits) - before == 2, "the operation that held the writer, and all the others"


def test_a_group_has_its_limit(url: str, commits: list[int]) -> None:
    with FileJournal.open(url, clock=StoppedClock(), group_limit=10) as journal:
        with writer_held(journal):
            before = len(commits)
            futures = [journal.submit(take_in(f"m{number}")) for number in range(25)]
        for future in futures:
            future.result(60)
        assert len(commits) - before == 1 + 3


def test_only_the_operation_that_fails_fails(journal: FileJournal) -> None:
    with writer_held(journal):
        futures = [journal.submit(operation) for operation in (take_in("a"), refuse, take_in("b"))]
    assert futures[0].result(60).new == 1
    with pytest.raises(KeyError, match="of its own"):
        futures[1].result(60)
    assert futures[2].result(60).new == 1
    assert kept(journal) == ["a", "b"]


def test_the_writer_survives_whatever_an_operation_does(journal: FileJournal) -> None:
    def exit_thread(_connection: Connection) -> Accepted:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        journal.submit(exit_thread).result(60)
    assert journal.submit(take_in("a")).result(60).new == 1


def test_a_statement_that_is_wrong_is_told_from_a_failure_of_the_file(journal: FileJournal) -> None:
    with pytest.raises(JournalRefusalError, match=r"refused an operation.*no such table: nowhere"):
        journal.submit(lambda connection: connection.exec_driver_sql("SELECT * FROM nowhere")).result(60)


def test_too_many_waiting_is_said_at_once(url: str) -> None:
    with FileJournal.open(url, clock=StoppedClock(), queue_limit=2) as journal:
        with writer_held(journal):
            futures = [journal.submit(take_in("a")), journal.submit(take_in("b"))]
            with pytest.raises(JournalBusyError, match="2 operations waiting"):
                journal.submit(take_in("c"))
        assert [future.result(60).new for future in futures] == [1, 1]
        assert journal.submit(take_in("c")).result(60).new == 1


def test_a_future_that_is_cancelled_in_time_does_nothing(journal: FileJournal) -> None:
    with writer_held(journal):
        unwanted = journal.submit(take_in("a"))
        assert unwanted.cancel()
    journal.submit(take_in("b")).result(60)
    assert kept(journal) == ["b"]


def test_closing_commits_what_is_queued(url: str) -> None:
    journal = FileJournal.open(url, clock=StoppedClock())
    with writer_held(journal):
        futures = [journal.submit(take_in(f"m{number}")) for number in range(500)]
        closing = threading.Thread(target=journal.close)
        closing.start()
    closing.join(60)
    assert all(future.done() for future in futures)
    with FileReader.open(url) as reader:
        assert reader.read(store.depth).pending == 500


def test_a_closed_journal_takes_nothing(url: str) -> None:
    journal = FileJournal.open(url, clock=StoppedClock())
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="is closed"):
        journal.submit(take_in("a"))


def test_a_full_disk_fails_its_group_and_nothing_else(journal: FileJournal) -> None:
    def limit_pages(spare: int) -> None:
        def set_limit(connection: Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + spare}")

        journal.submit(set_limit).result(60)

    def fill(connection: Connection) -> Accepted:
        return store.accept(connection, [a_signal(f"large {number}") for number in range(1000)])

    limit_pages(2)
    with writer_held(journal):
        futures: list[Future[Accepted]] = [journal.submit(operation) for operation in (take_in("small"), fill)]
    for future in futures:
        with pytest.raises(JournalError, match="the disk is full: nothing of this was stored"):
            future.result(60)
    assert kept(journal) == []
    limit_pages(100_000)
    assert [journal.submit(operation).result(60).new for operation in (take_in("small"), fill)] == [1, 1000]


def test_each_caller_of_a_failed_group_gets_an_error_of_its_own(journal: FileJournal) -> None:
    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        store.accept(connection, [a_signal(f"m{number}") for number in range(5000)])

    with writer_held(journal):
        futures = [journal.submit(fail) for _ in range(2)]
    errors = [future.exception(60) for future in futures]
    assert all(isinstance(error, JournalError) for error in errors)
    assert errors[0] is not errors[1]


def test_a_lock_of_another_program_fails_the_group_and_then_passes(journal: FileJournal) -> None:
    intruder = writing_engine(journal.path)
    impatient = journal.submit(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 20"))
    impatient.result(60)
    with intruder.begin(), pytest.raises(JournalError, match="locked by another program"):
        journal.submit(take_in("a")).result(60)
    intruder.dispose()
    assert journal.submit(take_in("a")).result(60).new == 1


async def test_tasks_share_groups_too(journal: FileJournal, commits: list[int]) -> None:
    results = await asyncio.gather(*(journal.run(take_in(f"m{number}")) for number in range(200)))
    assert sorted(accepted.ids[0] for accepted in results) == list(range(1, 201))
    assert len(commits) < 100


async def test_a_task_is_told_of_its_own_error_only(journal: FileJournal) -> None:
    results = await asyncio.gather(
        journal.run(take_in("a")), journal.run(refuse), journal.run(take_in("b")), return_exceptions=True
    )
    assert [isinstance(result, KeyError) for result in results] == [False, True, False]


async def test_a_task_that_is_cancelled_disturbs_nobody(journal: FileJournal) -> None:
    with writer_held(journal):
        unwanted = asyncio.ensure_future(journal.run(take_in("a")))
        wanted = asyncio.ensure_future(journal.run(take_in("b")))
        await asyncio.sleep(0)
        unwanted.cancel()
    assert (await wanted).new == 1
    assert unwanted.cancelled()


async def test_what_a_cancelled_task_had_asked_for_is_written(journal: FileJournal) -> None:
    with writer_held(journal):
        asking = asyncio.ensure_future(journal.inbox.accept(Arrival(signals=[a_signal("a")])))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
    await journal.run(take_in("b"))
    assert asking.cancelled()
    assert kept(journal) == ["a", "b"]


async def test_a_claim_of_a_cancelled_task_that_has_not_begun_takes_nothing(journal: FileJournal) -> None:
    def send(connection: Connection) -> None:
        store.accept(connection, [a_signal()])
        store.commit(connection, evaluated(1, a_message()))

    await journal.run(send)
    with writer_held(journal):
        claiming = asyncio.ensure_future(journal.outbox.claim(ClaimOrder(now=NOON, limit=1)))
        await asyncio.sleep(0)
        claiming.cancel()
        await asyncio.wait([claiming])
    assert len((await journal.outbox.claim(ClaimOrder(now=NOON, limit=1))).rows) == 1


def test_a_loop_that_is_closed_meanwhile_disturbs_nobody(journal: FileJournal) -> None:
    async def ask() -> None:
        task = asyncio.ensure_future(journal.run(take_in("a")))
        await asyncio.sleep(0)
        task.cancel()

    with writer_held(journal):
        asyncio.run(ask())
    assert journal.submit(take_in("b")).result(60).new == 1


async def test_two_loops_can_use_one_journal(journal: FileJournal) -> None:
    in_other_loop = asyncio.to_thread(lambda: asyncio.run(journal.run(take_in("a"))))
    results = await asyncio.gather(in_other_loop, journal.run(take_in("b")))
    assert [accepted.new for accepted in results] == [1, 1]


def test_a_result_is_told_only_after_the_commit(journal: FileJournal) -> None:
    seen: list[int] = []
    future = journal.submit(take_in("a"))
    future.add_done_callback(lambda _: seen.append(journal.read(store.depth).pending))
    future.result(60)
    journal.close()
    assert seen == [1]


def _waits_for_disk(connection: Connection) -> bool:
    return connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


async def test_the_disk_is_waited_for_unless_nothing_in_a_transaction_asks_for_it(journal: FileJournal) -> None:
    assert await journal.run(_waits_for_disk)
    assert not await journal.run(_waits_for_disk, durable=False)
    assert await journal.run(_waits_for_disk)


async def test_what_need_not_be_on_disk_is_with_what_must(journal: FileJournal) -> None:
    with writer_held(journal):
        together = [asyncio.ensure_future(journal.run(_waits_for_disk, durable=durable)) for durable in (False, True)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*together) == [True, True]
