"""The way in: signals are taken in once, in order, all that came together or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from infobip_rules.errors import JournalRefusalError
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import (
    Accepted,
    InboxState,
    OutboxRow,
    OutboxState,
    ReportUpdate,
    SentRecord,
    SessionWork,
)
from infobip_rules.journal.requests import Arrival, NewReport, ReportOutcome
from tests.journal.contract import asking as ask
from tests.journal.make import IVO, NOON, a_message, a_signal, an_aside, evaluated

#: What no journal stores in the place of a text.
NO_TEXT: Any = None


async def pending(
    journal: Journal, *, sessions: int = 10, each: int = 10, exclude: tuple[str, ...] = ()
) -> list[SessionWork]:
    return await ask.pending(journal, sessions=sessions, each=each, exclude=exclude)


async def accept_one(journal: Journal, dedup_key: str = "m1") -> int:
    return (await ask.accept(journal, [a_signal(dedup_key)])).ids[0]


async def test_accepting_returns_ids_in_the_order_given(journal: Journal) -> None:
    accepted = await ask.accept(journal, [a_signal("b"), a_signal("a"), a_signal("c")])
    assert accepted == Accepted(new=3, duplicates=0, ids=(1, 2, 3))


async def test_a_signal_that_comes_again_is_a_duplicate_with_the_first_id(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("a"), a_signal("b")])
    again = await ask.accept(journal, [a_signal("c"), a_signal("b")])
    assert (again.new, again.duplicates, again.ids[1]) == (1, 1, 2)
    assert len(await journal.history.signals()) == 3


async def test_a_signal_that_is_twice_in_one_body_is_taken_once(journal: Journal) -> None:
    assert await ask.accept(journal, [a_signal("a"), a_signal("a")]) == Accepted(new=1, duplicates=1, ids=(1, 1))


async def test_a_body_of_two_thousand_signals_keeps_its_order(journal: Journal) -> None:
    accepted = await ask.accept(journal, [a_signal(f"m{number}") for number in range(2000)])
    assert accepted.ids == tuple(range(1, 2001))
    assert (await journal.history.find_signal(1500)).dedup_key == "m1499"  # type: ignore[union-attr]  # it is there


async def test_accepting_nothing_is_no_error(journal: Journal) -> None:
    assert await ask.accept(journal, []) == Accepted(new=0, duplicates=0, ids=())


async def test_a_signal_is_kept_as_it_came(journal: Journal) -> None:
    await accept_one(journal)
    (row,) = await journal.history.signals()
    assert (row.payload, row.raw, row.received_at) == ('{"text": "hello"}', '{"text": "hello", "new": 1}', NOON)
    assert (row.state, row.attempts, row.done_at, row.fired) == (InboxState.PENDING, 0, None, ())


async def test_a_signal_nobody_listens_to_is_done_at_once(journal: Journal) -> None:
    await ask.accept(journal, [a_signal(done=True, reason="no rule listens")])
    (row,) = await journal.history.signals()
    assert (row.state, row.reason, row.done_at) == (InboxState.DONE, "no rule listens", NOON)
    assert await pending(journal) == []


async def test_what_could_not_be_read_is_kept_aside(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside()])
    (row,) = await journal.history.asides()
    assert (row.field_name, row.reason, row.received_at) == ("from", "is missing", NOON)


# What is atomic


async def test_an_arrival_that_is_refused_leaves_nothing(journal: Journal) -> None:
    with pytest.raises(JournalRefusalError):
        await ask.accept(journal, [a_signal("fine"), replace(a_signal("bad"), kind=NO_TEXT)], [an_aside()])
    assert await journal.history.signals() == []
    assert await journal.history.asides() == []


async def test_an_arrival_that_is_refused_does_not_fail_those_of_the_same_moment(journal: Journal) -> None:
    arrivals = [a_signal("1"), replace(a_signal("bad"), kind=NO_TEXT), a_signal("2", IVO)]
    results = await asyncio.gather(*(ask.accept(journal, [signal]) for signal in arrivals), return_exceptions=True)
    assert [type(result) for result in results] == [Accepted, JournalRefusalError, Accepted]
    assert {row.dedup_key for row in await journal.history.signals()} == {"1", "2"}


async def test_ids_rise_in_the_order_of_calls_however_many_are_under_way(journal: Journal) -> None:
    results = await asyncio.gather(*(ask.accept(journal, [a_signal(f"m{n}"), a_signal(f"n{n}")]) for n in range(300)))
    ids = [id_ for accepted in results for id_ in accepted.ids]
    assert ids == sorted(ids)
    assert len(set(ids)) == 600


async def test_the_same_body_at_the_same_moment_is_new_once(journal: Journal) -> None:
    body = [a_signal("a"), a_signal("b")]
    results = await asyncio.gather(*(ask.accept(journal, body) for _ in range(20)))
    assert sum(accepted.new for accepted in results) == 2
    assert sum(accepted.duplicates for accepted in results) == 38
    assert {accepted.ids for accepted in results} == {results[0].ids}
    assert len(await journal.history.signals()) == 2


async def test_a_report_settles_its_message_and_joins_its_session_in_one(journal: Journal) -> None:
    await ask.commit(journal, evaluated(await accept_one(journal), a_message("out-1")))

    def decided(row: OutboxRow | None) -> ReportOutcome:
        assert row is not None
        record = SentRecord(message_id="out-1", state=OutboxState.ACCEPTED, signal=a_signal("sent", row.session_key))
        return ReportOutcome(signal=a_signal("report", row.session_key), record=record)

    update = ReportUpdate(message_id="out-1", group="DELIVERED", report='"here"')
    report = NewReport(message_id="out-1", update=update, outcome=decided)
    accepted = await journal.inbox.accept(Arrival(signals=[report]))

    assert accepted.new == 1
    message = await journal.history.find_message("out-1")
    assert message is not None
    assert (message.state, message.delivery_group, message.report) == (OutboxState.ACCEPTED, "DELIVERED", '"here"')
    (work,) = await pending(journal)
    assert accepted.ids[0] in {signal.id for signal in work.signals}
    assert {row.dedup_key for row in await journal.history.signals(state=InboxState.PENDING)} == {"sent", "report"}


async def test_a_report_in_an_arrival_that_is_refused_changes_no_message(journal: Journal) -> None:
    await ask.commit(journal, evaluated(await accept_one(journal), a_message("out-1")))
    before = await journal.history.find_message("out-1")
    record = SentRecord(message_id="out-1", state=OutboxState.ACCEPTED)
    report = NewReport(
        message_id="out-1",
        update=ReportUpdate(message_id="out-1", group="DELIVERED", report="{}"),
        outcome=lambda row: ReportOutcome(signal=a_signal("report"), record=record),
    )
    with pytest.raises(JournalRefusalError):
        await journal.inbox.accept(Arrival(signals=[report, replace(a_signal("bad"), kind=NO_TEXT)]))
    assert await journal.history.find_message("out-1") == before


async def test_a_report_on_no_message_of_ours_is_decided_without_one(journal: Journal) -> None:
    assert await ask.apply_report(journal, ReportUpdate(message_id="x", group="DELIVERED", report="{}")) is None
    (row,) = await journal.history.signals()
    assert row.state is InboxState.DONE


async def test_a_report_that_can_not_be_decided_fails_with_all_that_came_with_it_and_nobody_else(
    journal: Journal,
) -> None:
    def fail(row: OutboxRow | None) -> ReportOutcome:
        raise KeyError("of its own")

    report = NewReport(message_id="out-1", update=None, outcome=fail)
    arrivals = [
        Arrival(signals=[a_signal("a")]),
        Arrival(signals=[a_signal("with it"), report], asides=[an_aside()]),
        Arrival(signals=[a_signal("b")]),
    ]
    results = await asyncio.gather(*(journal.inbox.accept(arrival) for arrival in arrivals), return_exceptions=True)
    assert [isinstance(result, KeyError) for result in results] == [False, True, False]
    assert sorted(row.dedup_key for row in await journal.history.signals()) == ["a", "b"]
    assert (await journal.overview.depth()).asides == 0
