"""The turn writer: sessions are committed together; what is refused falls back to itself, and to a dead letter."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.delivery.claiming import ClaimTicket
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import EvaluationError, JournalError
from infobip_rules.evaluators.jobs import InProcessEvaluator, SessionJob, SignalJob, Verdict
from infobip_rules.host.turn_writer import TurnWriter, leaving
from infobip_rules.journal import memory_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxState, OutboxRow, OutboxState, Passage, SessionWork
from infobip_rules.journal.requests import Arrival, ClaimOrder, Judgement, Moved
from infobip_rules.limits import TraceLimits
from infobip_rules.rulefiles.loader import load_rules
from tests.conftest import OUR_NUMBER
from tests.journal.make import ANA, IVO, NOON, a_signal

from .test_intake import ECHO

#: What no journal stores in the place of a trace.
NO_TRACE: Any = object()


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    """Rules that answer everybody."""
    file = tmp_path / "echo.py"
    file.write_text(ECHO, encoding="utf-8")
    return load_rules([file])


@pytest.fixture
async def own() -> AsyncIterator[Journal]:
    """A journal in which Ana's signals 1 and 2 and Ivo's signal 3 wait."""
    journal = memory_journal()
    given = [a_signal("1"), a_signal("2"), a_signal("3", IVO)]
    payload = '{"from": "385981234567", "messageId": "m", "text": "hello", "receivedAt": "2026-11-09T12:00:00Z"}'
    await journal.inbox.accept(Arrival(signals=[replace(signal, payload=payload) for signal in given]))
    yield journal
    await journal.aclose()


def writer_of(journal: Journal, **options: Any) -> TurnWriter:
    return TurnWriter(
        journal=journal,
        senders={"sms": OUR_NUMBER},
        traces=TraceLimits(),
        rules=lambda: 3,
        heartbeat=lambda: None,
        claiming=options.get("claiming", leaving),
    )


async def evaluated(journal: Journal, rulebook: Rulebook) -> tuple[list[SessionWork], list[list[Verdict]]]:
    """What is pending, and the verdicts on it."""
    works = await journal.sessions.take(sessions=9, each=9)
    jobs = [
        SessionJob(
            key=work.key,
            state=work.state,
            signals=tuple(SignalJob(signal.id, signal.kind, signal.payload) for signal in work.signals),
            now=NOON,
            traced=True,
        )
        for work in works
    ]
    return works, await InProcessEvaluator(rulebook, channels=BUILT_IN).evaluate(jobs)


async def states(journal: Journal) -> dict[int, InboxState]:
    return {row.id: row.state for row in await journal.history.signals()}


def ids(written: Sequence[Sequence[Verdict]]) -> list[list[int]]:
    return [[verdict.signal for verdict in judged] for judged in written]


async def test_all_sessions_are_written_with_their_messages_and_traces(own: Journal, rulebook: Rulebook) -> None:
    works, verdicts = await evaluated(own, rulebook)
    written = await writer_of(own).write(works, verdicts, NOON)
    assert ids(written) == [[1, 2], [3]]
    assert set((await states(own)).values()) == {InboxState.DONE}
    messages = await own.history.messages()
    assert [(row.sender, row.rule, row.state) for row in messages] == [
        (OUR_NUMBER, "echo/answer", OutboxState.READY)
    ] * 3
    assert {trace.inbox_id for trace in await own.traces.latest()} == {1, 2, 3}


async def test_versions_count_what_changes_the_session_only(own: Journal, rulebook: Rulebook) -> None:
    (work, _), ((first, second), _) = await evaluated(own, rulebook)
    moved = Verdict(signal=8, moved=IVO)
    dead = Verdict(signal=9, error=EvaluationError("It failed."))
    results = writer_of(own).turn(work, [first, moved, dead, second], NOON).results
    assert [getattr(result, "base_version", None) for result in results] == [0, None, None, 1]
    assert results[1] == Moved(session_key=ANA, inbox_id=8, into=IVO)


async def test_a_session_that_is_refused_does_not_fail_the_others(own: Journal, rulebook: Rulebook) -> None:
    works, ((first, second), (third,)) = await evaluated(own, rulebook)
    assert second.effects is not None
    bad = second._replace(effects=second.effects._replace(state=b"\xff"))
    written = await writer_of(own).write(works, [[first, bad], [third]], NOON)
    assert ids(written) == [[1], [3]]
    assert await states(own) == {1: InboxState.DONE, 2: InboxState.PENDING, 3: InboxState.DONE}


async def test_a_signal_that_is_refused_by_itself_becomes_a_dead_letter(own: Journal, rulebook: Rulebook) -> None:
    works, verdicts = await evaluated(own, rulebook)
    (third,) = verdicts[1]
    assert third.effects is not None
    bad = third._replace(effects=third.effects._replace(state=b"\xff"))
    ((written,),) = await writer_of(own).write(works[1:], [[bad]], NOON)
    assert written.error is not None
    row = await own.history.find_signal(3)
    assert row is not None
    assert row.state is InboxState.DEAD
    assert row.reason.startswith("What the rules came to can't be stored (UnicodeDecodeError)")
    assert await own.traces.get(3) is not None


async def test_a_dead_letter_goes_without_a_trace_that_is_refused_too(own: Journal, rulebook: Rulebook) -> None:
    works, _ = await evaluated(own, rulebook)
    dead = Verdict(signal=3, error=EvaluationError("It failed."), trace=NO_TRACE)
    await writer_of(own).write(works[1:], [[dead]], NOON)
    assert (await states(own))[3] is InboxState.DEAD
    assert await own.traces.get(3) is None


async def test_a_journal_that_is_full_is_nobodys_fault(own: Journal, rulebook: Rulebook) -> None:
    works, verdicts = await evaluated(own, rulebook)
    await own.aclose()
    with pytest.raises(JournalError, match="is closed"):
        await writer_of(own).write(works, verdicts, NOON)


async def test_what_another_was_quicker_with_is_not_written_and_not_said_to_be(
    own: Journal, rulebook: Rulebook, caplog: pytest.LogCaptureFixture
) -> None:
    works, verdicts = await evaluated(own, rulebook)
    await writer_of(own).write(works[:1], [verdicts[0][:1]], NOON)
    with caplog.at_level(logging.WARNING):
        written = await writer_of(own).write(works, verdicts, NOON)
    assert ids(written) == [[], [3]]
    assert "turns.fence_lost signal=1" in caplog.text
    assert len(await own.history.messages()) == 2


async def test_the_commit_fills_the_ticket_that_it_is_given(own: Journal, rulebook: Rulebook) -> None:
    tickets: list[ClaimTicket] = []

    @contextmanager
    def claiming() -> Iterator[ClaimTicket]:
        tickets.append(ClaimTicket(order=ClaimOrder(now=NOON, limit=2)))
        yield tickets[-1]

    works, verdicts = await evaluated(own, rulebook)
    await writer_of(own, claiming=claiming).write(works, verdicts, NOON)
    (ticket,) = tickets
    assert [row.inbox_id for row in ticket.claim.rows] == [1, 2]


async def test_a_claim_that_is_refused_makes_no_dead_letter_of_those_who_commit(
    own: Journal, rulebook: Rulebook, caplog: pytest.LogCaptureFixture
) -> None:
    def judge(rows: Sequence[OutboxRow], passages: Sequence[Passage]) -> Sequence[Judgement]:
        raise KeyError(ANA)

    @contextmanager
    def claiming() -> Iterator[ClaimTicket]:
        yield ClaimTicket(order=ClaimOrder(now=NOON, limit=9, judge=judge))

    works, verdicts = await evaluated(own, rulebook)
    written = await writer_of(own, claiming=claiming).write(works, verdicts, NOON)

    assert ids(written) == [[1, 2], [3]]
    assert set((await states(own)).values()) == {InboxState.DONE}
    assert [row.state for row in await own.history.messages()] == [OutboxState.READY] * 3
    assert "turns.not_claimed sessions=2 reason=KeyError" in caplog.text
    assert ANA not in caplog.text
