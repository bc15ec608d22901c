"""Any history of operations, restarts and crashes: nothing is lost, nothing is doubled."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxRow, OutboxState, SessionWork
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal import store
from tests.journal.make import StoppedClock, a_message, a_signal, evaluated, outcome

T = TypeVar("T")

SESSIONS = ("ana", "ivo", "eva")
SETTLED = {OutboxState.ACCEPTED, OutboxState.REJECTED, OutboxState.FAILED}


class History(RuleBasedStateMachine):
    """A host that takes in, evaluates, sends and dies; every signal has one message sent, of the same name."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = StoppedClock()
        self.directory = Path(tempfile.mkdtemp())
        self.taken: set[str] = set()
        self.answered: list[str] = []
        self.claims: dict[str, int] = {}
        self.allowed: dict[str, int] = {}
        self.settled: dict[str, OutboxState] = {}
        self.stale: list[SessionWork] = []

    @initialize()
    def first_start(self) -> None:
        self.journal = self.open()

    @rule(numbers=st.lists(st.integers(0, 20), max_size=5), key=st.sampled_from(SESSIONS))
    def accept(self, numbers: list[int], key: str) -> None:
        names = [f"{key}-{number}" for number in numbers]
        accepted = self.run(lambda c: store.accept(c, [a_signal(name, key) for name in names]))
        assert accepted.new == len(set(names) - self.taken)
        assert accepted.new + accepted.duplicates == len(names) == len(accepted.ids)
        self.taken |= set(names)

    @rule(keep=st.booleans())
    def evaluate(self, keep: bool) -> None:
        for work in self.run(lambda c: store.pending(c, sessions=2, each=2, exclude=())):
            if keep:
                self.stale.append(work)
            else:
                assert self.commit(work)

    @rule()
    def evaluate_late(self) -> None:
        """Commit what was loaded some time ago: it holds only if nothing has happened since."""
        for work in self.stale:
            self.commit(work)
        self.stale.clear()

    @rule(
        limit=st.integers(1, 4),
        state=st.sampled_from([*SETTLED, OutboxState.READY, OutboxState.UNKNOWN, None]),
    )
    def send(self, limit: int, state: OutboxState | None) -> None:
        rows = self.run(lambda c: store.claim(c, now=self.clock.now(), limit=limit))
        for row in rows:
            self.claims[row.message_id] = self.claims.get(row.message_id, 0) + 1
        if state is not None:
            self.record(rows, state)

    @rule(state=st.sampled_from([OutboxState.ACCEPTED, OutboxState.READY, OutboxState.UNKNOWN]))
    def look_up(self, state: OutboxState) -> None:
        self.record(self.run(lambda c: store.unknown_due(c, now=self.clock.now(), limit=4)), state)

    @rule(seconds=st.integers(1, 20))
    def pass_time(self, seconds: int) -> None:
        self.clock.moment += timedelta(seconds=seconds)

    @rule()
    def restart(self) -> None:
        self.journal.close()
        self.journal = self.open()

    @rule()
    def crash(self) -> None:
        """Go on from the files as a killed process leaves them."""
        left = Path(tempfile.mkdtemp())
        for path in self.directory.iterdir():
            shutil.copy(path, left / path.name)
        self.teardown()
        self.directory = left
        self.journal = self.open()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        signals = self.journal.read(lambda c: store.list_inbox(c, limit=1000))
        assert sorted(row.dedup_key for row in signals) == sorted(self.taken)
        messages = self.journal.read(lambda c: store.list_outbox(c, limit=1000))
        assert [row.message_id for row in reversed(messages)] == self.answered
        assert {row.message_id: row.attempts for row in messages if row.attempts} == self.claims
        assert {row.message_id: row.state for row in messages if row.state in SETTLED} == self.settled
        assert all(count <= 1 + self.allowed.get(name, 0) for name, count in self.claims.items())
        sessions = self.journal.read(store.list_sessions)
        assert sum(row.version for row in sessions) == len(self.answered)

    def teardown(self) -> None:
        self.journal.close()
        shutil.rmtree(self.directory)

    def open(self) -> FileJournal:
        return FileJournal.open(f"sqlite:///{self.directory}/journal.db", clock=self.clock)

    def run(self, operation: Callable[[Connection], T]) -> T:
        return self.journal.submit(operation).result(60)

    def commit(self, work: SessionWork) -> bool:
        """Commit the signals of a session one after the other, up to the first that is refused."""
        ids = [signal.id for signal in work.signals]
        return all(
            self.run(partial(self.answer, work.key, inbox_id, version))
            for version, inbox_id in enumerate(ids, start=work.version)
        )

    def answer(self, key: str, inbox_id: int, version: int, connection: Connection) -> bool:
        signal = store.find_signal(connection, inbox_id)
        assert signal is not None
        effects = evaluated(
            inbox_id, a_message(signal.dedup_key), session_key=key, base_version=version, at=self.clock.now()
        )
        done = store.commit(connection, effects)
        if done:
            self.answered.append(signal.dedup_key)
        return done

    def record(self, rows: list[OutboxRow], state: OutboxState) -> None:
        """Record one outcome for all, twice, as a repeated delivery would."""
        due_at = None if state in SETTLED else self.clock.now() + timedelta(seconds=3)
        outcomes = [outcome(row.message_id, state, due_at=due_at) for row in rows]
        for _ in range(2):
            self.run(lambda c: store.record(c, outcomes))
        for row in rows:
            if state in SETTLED:
                self.settled[row.message_id] = state
            if state is OutboxState.READY:
                self.allowed[row.message_id] = self.allowed.get(row.message_id, 0) + 1


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
