"""Sessions in turn: one that can't be evaluated, for whatever cause, is put aside and keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.clock import SystemClock
from infobip_rules.errors import JournalError, RuleError
from infobip_rules.evaluators.jobs import Evaluator, InProcessEvaluator, SessionJob, Verdict
from infobip_rules.host import Host
from infobip_rules.host.session_runner import SESSIONS
from infobip_rules.journal.records import SessionWork
from infobip_rules.journal.requests import CommitResult, Turn
from infobip_rules.journal.sqlite.connections import file_of
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.writing import SqliteSessions
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store
from tests.journal.make import IVO, a_signal

from .test_intake import ECHO

MORE_THAN_A_TURN = SESSIONS + 1
SOUND = '{"from": "385987654321", "messageId": "m", "text": "hello", "receivedAt": "2026-11-09T12:00:00Z"}'


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Rules that answer everybody."""
    file = tmp_path / "echo.py"
    file.write_text(ECHO, encoding="utf-8")
    return file


def fill(settings: Settings, damage: str = "") -> None:
    """Makes a journal with more broken sessions than a turn takes, and behind them one that is sound."""
    broken = [a_signal(f"b{number}", f"broken-{number}") for number in range(MORE_THAN_A_TURN)]
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        journal.submit(lambda connection: store.accept(connection, [*broken, a_signal("sound", IVO)])).result(60)
    with closing(sqlite3.connect(file_of(settings.journal_url))) as connection, connection:
        connection.execute("UPDATE inbox SET payload = ?", (SOUND,))
        connection.execute(damage)


async def work_off(settings: Settings, rules: Path, evaluator: Evaluator | None = None) -> set[str]:
    """Lets a host work off the journal; the reasons of what is dead then."""
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        async with Host(load_rules([rules]), settings=settings, journal=journal, evaluator=evaluator) as host:
            assert await host.settled(60)
        assert journal.read(store.depth).dead == MORE_THAN_A_TURN
    with closing(sqlite3.connect(file_of(settings.journal_url))) as connection:
        return {row[0] for row in connection.execute("SELECT reason FROM inbox WHERE state = 2")}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("UPDATE inbox SET payload = x'80' WHERE dedup_key <> 'sound'", "can't be read"),
        ("INSERT INTO session SELECT session_key, x'80', 1, 1, 1 FROM inbox WHERE dedup_key <> 'sound'", "no text"),
        ("INSERT INTO session SELECT session_key, 'no JSON', 1, 1, 1 FROM inbox WHERE dedup_key <> 'sound'", "failed"),
        (
            'INSERT INTO session SELECT session_key, \'{"facts": [], "next": 1, "rules": []}\', 0, 1, 1 '
            "FROM inbox WHERE dedup_key <> 'sound'",
            "turns of its session came to nothing",
        ),
    ],
    ids=["payload", "state", "state that is no JSON", "version"],
)
async def test_sessions_that_can_not_be_taken_up_become_dead_letters_and_the_next_is_answered(
    settings: Settings, rules: Path, fake: FakeInfobip, damage: str, reason: str
) -> None:
    fill(settings, damage)
    reasons = await work_off(settings, rules)
    assert all(reason in one for one in reasons)
    assert [message.to for message in fake.messages] == [IVO]


class Leasing(SqliteSessions):
    """Gives a session out to nobody else until it is committed or given back, and refuses the first commit."""

    def __init__(self, journal: FileJournal) -> None:
        super().__init__(journal)
        self.taken: set[int] = set()
        self.refused = False

    async def take(self, **wanted: Any) -> list[SessionWork]:
        """Those that nobody has."""
        works = [work for work in await super().take(**wanted) if work.first not in self.taken]
        self.taken.update(work.first for work in works)
        return works

    async def give_back(self, works: Sequence[SessionWork]) -> None:
        """Nobody has them."""
        self.taken.difference_update(work.first for work in works)

    async def commit(self, turns: Sequence[Turn], **options: Any) -> CommitResult:
        """Fails the first time, as on a full disk."""
        if not self.refused:
            self.refused = True
            raise JournalError("The disk is full.", "Make room.")
        committed = await super().commit(turns, **options)
        self.taken.difference_update(result.inbox_id for turn in turns for result in turn.results)
        return committed


async def test_sessions_that_could_not_be_given_up_are_given_back_and_given_up_later(
    settings: Settings, rules: Path, fake: FakeInfobip
) -> None:
    fill(settings, "UPDATE inbox SET payload = x'80' WHERE dedup_key <> 'sound'")
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        journal.sessions = leasing = Leasing(journal)
        async with Host(load_rules([rules]), settings=settings, journal=journal) as host:
            assert await host.settled(60)
        assert leasing.refused
        assert leasing.taken == set()
        assert journal.read(store.depth).dead == MORE_THAN_A_TURN
    assert [message.to for message in fake.messages] == [IVO]


class Choosy(InProcessEvaluator):
    """Fails as a whole where it is given a session that it can't take."""

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """The verdicts, if all sessions are to its taste."""
        if any(job.key.startswith("broken") for job in jobs):
            raise UnicodeEncodeError("utf-8", "385912345678", 0, 1, "somebody's text")
        return await super().evaluate(jobs)


async def test_a_session_that_no_evaluation_takes_does_not_fail_for_the_others(
    settings: Settings, rules: Path, fake: FakeInfobip
) -> None:
    fill(settings)
    (reason,) = await work_off(settings, rules, Choosy(load_rules([rules]), channels=BUILT_IN))
    assert reason.startswith("The signal could not be given to an evaluation (UnicodeEncodeError).")
    assert [message.to for message in fake.messages] == [IVO]


class Loading(InProcessEvaluator):
    """Is at its work until it is closed, and says then what a worker does that was to be replaced."""

    def __init__(self, rules: Path) -> None:
        super().__init__(load_rules([rules]), channels=BUILT_IN)
        self.begun, self.closed = asyncio.Event(), asyncio.Event()

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Never the verdicts."""
        self.begun.set()
        await self.closed.wait()
        raise RuleError("A worker was ended while it loaded the rules.", "Mend the rules, then start again.")

    async def close(self) -> None:
        """Lets go of what is under way."""
        self.closed.set()


async def test_a_host_that_ends_an_evaluation_does_not_say_that_rules_fail(
    settings: Settings, rules: Path, caplog: pytest.LogCaptureFixture
) -> None:
    evaluator = Loading(rules)
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        journal.submit(lambda connection: store.accept(connection, [a_signal("sound", IVO)])).result(60)
        host = Host(load_rules([rules]), settings=settings, journal=journal, evaluator=evaluator)
        await host.start()
        await evaluator.begun.wait()
        await host.stop(0.1)
        await host.runner.drain()
        depth = journal.read(store.depth)
    assert (depth.pending, depth.dead) == (1, 0)
    assert "turns.failed" not in caplog.text
