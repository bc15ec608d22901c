"""Sessions in turn: pending signals are taken in order, evaluated, and committed with all their effects at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from infobip_rules.clock import Clock
from infobip_rules.concealing import without_secrets
from infobip_rules.engine.evaluation import Effects
from infobip_rules.engine.jobs import Evaluator, SessionJob, SignalJob, Verdict
from infobip_rules.engine.story import tell_nothing
from infobip_rules.engine.trace import Trace
from infobip_rules.engine.tracing import with_failure
from infobip_rules.errors import EvaluationError, InfobipRulesError, JournalRefusalError
from infobip_rules.infobip.parts import ucs2_note
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal import store
from infobip_rules.journal.records import DeadLetter, Evaluated, KeptTrace, OutgoingMessage, SessionWork
from infobip_rules.journal.transaction import Transaction
from infobip_rules.journal.writer import Journal
from infobip_rules.limits import OnRuleError, TraceLimits
from infobip_rules.rounds import Rounds
from infobip_rules.signals import Heartbeat
from infobip_rules.suspects import Suspects
from infobip_rules.timers import RecurringTimer

log = logging.getLogger("infobip_rules.turns")

#: Sessions taken at once, and signals of each.
SESSIONS = 64
SIGNALS = 16
#: Sessions that are worth a turn while another one is still being evaluated or written; fewer wait to be more.
WORTH_WHILE = 16
#: Seconds after which pending signals are looked for again, should a wake-up have been missed.
TICK = 0.5


#: Opens a block in which a transaction may claim the messages that it brings; they are sent when the block ends well.
Claiming = Callable[[], AbstractContextManager[Callable[[Transaction], None]]]


def _leaving() -> AbstractContextManager[Callable[[Transaction], None]]:
    """Leaves messages in the outbox, for the dispatcher to find."""
    return nullcontext(lambda connection: None)


class Turns:
    """Evaluates what is pending until stopped; `wake()` says that there is something new, `committed` is called after,
    with whether timers were set."""

    def __init__(
        self,
        *,
        journal: Journal,
        evaluator: Evaluator,
        clock: Clock,
        sender: str,
        on_rule_error: OnRuleError,
        traces: TraceLimits,
        rules: Callable[[], int],
        heartbeat: Callable[[], timedelta | None],
        committed: Callable[[bool], None],
        claiming: Claiming = _leaving,
    ) -> None:
        self.journal = journal
        self.evaluator = evaluator
        self.clock = clock
        self.sender = sender
        self.on_rule_error = on_rule_error
        self.traces = traces
        self._rules = rules
        self._heartbeat = heartbeat
        self._committed = committed
        self._claiming = claiming
        self._rounds = Rounds("turns", self._round)
        self.wake, self.stop, self.run = self._rounds.wake, self._rounds.stop, self._rounds.run
        #: Turns under way, and the sessions that have theirs.
        self._under_way: set[asyncio.Task[Sequence[list[Verdict]]]] = set()
        self._busy: set[str] = set()
        #: Sessions that others must not wait for, and the turn of one of them.
        self._suspects = Suspects()
        self._apart: asyncio.Task[None] | None = None
        #: Signals evaluated since the start, and how many of them became dead letters.
        self.evaluated = 0
        self.buried = 0

    async def drain(self) -> None:
        """Waits until the turns under way are committed."""
        if under_way := [*self._under_way, *([self._apart] if self._apart else [])]:
            await asyncio.wait(under_way)

    def waiting(self) -> list[SessionWork]:
        """The next sessions that have pending signals, the longest waiting first. Raises JournalError."""
        return self.journal.read(self._pending)

    async def take(self, works: Sequence[SessionWork], *, apart: bool = False) -> Sequence[list[Verdict]]:
        """Evaluates sessions that are waiting and commits what comes of it, which is returned. Raises JournalError.

        What takes longer than others may wait is put off, unless it is evaluated `apart` from them.
        """
        now = self.clock.now()
        evaluate = self.evaluator.evaluate_apart if apart else self.evaluator.evaluate
        jobs = [_job(work, now, traced=self.traces.wanted, hasty=not apart) for work in works]
        judged_all = await evaluate(jobs)
        verdicts = [self._in_time(work, judged) for work, judged in zip(works, judged_all, strict=True)]
        if self.on_rule_error == "hold":
            verdicts = [_up_to_error(judged) for judged in verdicts]
        written = await self._write(works, verdicts, now)
        for work, judged in zip(works, written, strict=True):
            self._tell(work, judged)
        heartbeats = self._heartbeat() is not None
        self._committed(heartbeats or any(_sets_timers(verdict) for judged in written for verdict in judged))
        return written

    async def _round(self) -> float:
        """Gives sessions that have waiting signals their turn, unless all evaluators are busy; the seconds to rest."""
        self._take_suspect()
        if len(self._under_way) > self.evaluator.size:
            # One turn more than can be evaluated at once: it is evaluated while another one is written to disk.
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 0
        works = self.waiting()
        if not works or (len(self._under_way) == self.evaluator.size and len(works) < WORTH_WHILE):
            return TICK  # or when a turn ends
        self._busy.update(work.key for work in works)
        task = asyncio.create_task(self.take(works))
        self._under_way.add(task)
        task.add_done_callback(partial(self._ended, works))
        return 0

    def _ended(self, works: Sequence[SessionWork], task: asyncio.Task[Sequence[list[Verdict]]]) -> None:
        self._under_way.discard(task)
        self._busy.difference_update(work.key for work in works)
        if task.cancelled() or (problem := task.exception()) is None:
            self.wake()
        else:
            self._tell_of(problem)

    @staticmethod
    def _tell_of(problem: BaseException) -> None:
        if isinstance(problem, InfobipRulesError):
            # The journal is full or locked, or rules no longer load: what is pending stays so, and is tried again.
            log.warning("turns.failed reason=%s", problem)
        else:
            log.error("turns.failed", exc_info=problem)

    def _in_time(self, work: SessionWork, judged: list[Verdict]) -> list[Verdict]:
        """The verdicts up to one that was put off: the session is taken for itself then, and goes on from there."""
        first = next((place for place, verdict in enumerate(judged) if verdict.put_off), None)
        if first is None:
            return judged
        self._suspects.suspect(work.key, time.monotonic())
        log.warning("turns.put_off signal=%d session=%s", judged[first].signal, mask(work.key))
        return judged[:first]

    def _take_suspect(self) -> None:
        """Gives a session that was put off its turn, one at a time, apart from the others."""
        key = self._suspects.next(time.monotonic())
        if key in self._busy:  # the turn that found it out is not over
            self._suspects.put_back(str(key), time.monotonic())
        elif key is not None and self._apart is None:
            self._apart = asyncio.create_task(self._take_apart(key))
            self._apart.add_done_callback(partial(self._ended_apart, key))

    async def _take_apart(self, key: str) -> None:
        evaluator = self.evaluator
        works = self.journal.read(partial(self._pending, but=key))
        work = next((one for one in works if one.key == key), None)
        if work is not None:
            # One signal: the next is perhaps as bad, and others of those that were put off wait too.
            (judged,) = await self.take([replace(work, signals=work.signals[:1])], apart=True)
            if not judged or judged[0].effects is None:
                self._suspects.suspect(key, time.monotonic())
            else:
                self._suspects.clear(key)
        elif len(works) < SESSIONS:
            self._suspects.clear(key)  # nothing is waiting any more
        else:
            self._suspects.put_back(key, time.monotonic())
        if not self._suspects:
            await evaluator.end_apart()

    def _ended_apart(self, key: str, task: asyncio.Task[None]) -> None:
        self._apart = None
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._suspects.put_back(key, time.monotonic())
            if not self._rounds.stopping:  # it has been ended then
                self._tell_of(problem)
        self.wake()

    async def _write(
        self, works: Sequence[SessionWork], verdicts: Sequence[list[Verdict]], now: datetime
    ) -> Sequence[list[Verdict]]:
        """Commits all sessions at once; if one of them can't be written, each by itself. The verdicts that were written."""
        try:
            await self._write_together(works, verdicts, now)
        except Exception as problem:
            if not _is_refusal(problem):
                raise
            log.exception("turns.not_written sessions=%d", len(works))
            pairs = zip(works, verdicts, strict=True)
            return [await self._write_session(work, judged, now) for work, judged in pairs]
        return verdicts

    async def _write_together(
        self, works: Sequence[SessionWork], verdicts: Sequence[list[Verdict]], now: datetime
    ) -> None:
        with self._claiming() as claim:
            await self.journal.run(lambda connection: self._commit_all(connection, works, verdicts, now, claim))

    async def _write_session(self, work: SessionWork, judged: list[Verdict], now: datetime) -> list[Verdict]:
        """Commits one session, or its first signal if it can't be written whole; one that can't be is a dead letter."""
        try:
            await self._write_together([work], [judged], now)
        except Exception as problem:
            if not _is_refusal(problem):
                raise
            if len(judged) > 1:  # the others are evaluated anew
                return await self._write_session(work, judged[:1], now)
            dead = _unwritable(judged[0], problem)
            await self._write_together([work], [[dead]], now)
            return [dead]
        return judged

    def _pending(self, connection: Transaction, but: str | None = None) -> list[SessionWork]:
        """The next sessions that wait; of those that were put off, only the session `but`."""
        exclude = self._busy.union(one for one in self._suspects if one != but)
        return store.pending(
            connection, sessions=SESSIONS, each=SIGNALS, exclude=exclude, on_rule_error=self.on_rule_error
        )

    def _commit_all(
        self,
        connection: Transaction,
        works: Sequence[SessionWork],
        verdicts: Sequence[list[Verdict]],
        now: datetime,
        claim: Callable[[Transaction], None],
    ) -> None:
        kept = [
            trace
            for work, judged in zip(works, verdicts, strict=True)
            for trace in self._commit(connection, work, judged, now)
        ]
        store.keep_traces(connection, kept, self.traces)
        if any(verdict.effects and verdict.effects.messages for judged in verdicts for verdict in judged):
            claim(connection)

    def _commit(
        self, connection: Transaction, work: SessionWork, judged: list[Verdict], now: datetime
    ) -> list[KeptTrace]:
        """Commits one session; the traces of what was written, which are kept in the same transaction."""
        version, written = work.version, []
        for verdict in judged:
            if verdict.effects is None:
                if not store.bury(connection, _dead_letter(work.key, verdict, now)):
                    continue
            elif store.commit(connection, self._evaluated(work.key, version, verdict, verdict.effects, now)):
                version += 1
            else:
                log.warning("turns.fence_lost signal=%d", verdict.signal)
                break  # somebody else moved the session on: what is left is looked at anew
            written.append(verdict)
        return _kept(work.key, written, now)

    def _evaluated(self, key: str, version: int, verdict: Verdict, effects: Effects, now: datetime) -> Evaluated:
        messages = tuple(
            OutgoingMessage(
                message_id=command.message_id,
                recipient=command.to,
                text=command.text,
                sender=self.sender,
                shorten_url=command.shorten_url,
                rule=rule,
            )
            for command, rule in effects.messages
        )
        return Evaluated(
            session_key=key,
            inbox_id=verdict.signal,
            base_version=version,
            state=effects.state.decode(),
            messages=messages,
            timers=effects.timers,
            recurring=_heartbeats(self._heartbeat()),
            fired=tuple(firing.rule for firing in effects.fired),
            reason="" if effects.fired else f"None of {self._rules()} rules matched.",
            at=now,
        )

    def _tell(self, work: SessionWork, judged: Sequence[Verdict]) -> None:
        session = mask(work.key)
        for verdict in judged:
            self.evaluated += 1
            if verdict.effects is None:
                self.buried += 1
                log.error("turns.dead_letter signal=%d session=%s reason=%s", verdict.signal, session, _why(verdict))
                continue
            fired = ",".join(firing.rule for firing in verdict.effects.fired) or "none"
            sends = len(verdict.effects.messages)
            log.info("turns.evaluated signal=%d session=%s fired=%s sends=%d", verdict.signal, session, fired, sends)
            if not verdict.effects.fired and verdict.trace is not None and log.isEnabledFor(logging.INFO):
                nothing = tell_nothing(Trace.from_json(verdict.trace).masked())
                log.info("turns.no_match signal=%d session=%s reason=%s", verdict.signal, session, nothing)
            for command, rule in verdict.effects.messages:
                if note := ucs2_note(command.text, shorten_url=command.shorten_url):
                    log.info("turns.ucs2 signal=%d rule=%s reason=%s", verdict.signal, rule, note)
            for warning in verdict.effects.warnings:
                log.warning("turns.warning signal=%d session=%s reason=%s", verdict.signal, session, warning)


def _sets_timers(verdict: Verdict) -> bool:
    return bool(verdict.effects and verdict.effects.timers)


def _heartbeats(cycle: timedelta | None) -> RecurringTimer | None:
    kind = Heartbeat.__name__
    return RecurringTimer(name=f"@{kind.lower()}", kind=kind, every=cycle) if cycle is not None else None


def _up_to_error(judged: list[Verdict]) -> list[Verdict]:
    """The verdicts up to the first that is an error: the signals after it wait, and are evaluated anew then."""
    first = next((place for place, verdict in enumerate(judged) if verdict.effects is None), len(judged))
    return judged[: first + 1]


def _why(verdict: Verdict) -> str:
    error = verdict.error
    if error is None:
        return "unknown"
    where = f"\n{error.traceback}" if error.traceback else ""
    return mask_numbers(without_secrets(f"{error}{where}"))


def _job(work: SessionWork, now: datetime, *, traced: bool, hasty: bool) -> SessionJob:
    signals = tuple(
        SignalJob(id=one.id, kind=one.kind, payload=one.payload, received_at=one.received_at) for one in work.signals
    )
    return SessionJob(key=work.key, state=work.state, signals=signals, now=now, traced=traced, hasty=hasty)


def _kept(key: str, verdicts: Iterable[Verdict], now: datetime) -> list[KeptTrace]:
    return [
        KeptTrace(inbox_id=verdict.signal, session_key=key, at=now, document=verdict.trace)
        for verdict in verdicts
        if verdict.trace is not None
    ]


def _is_refusal(problem: Exception) -> bool:
    """Whether trying again is of no use; a full disk or a locked file is not the fault of what was to be written."""
    return isinstance(problem, JournalRefusalError) or not isinstance(problem, InfobipRulesError)


def _unwritable(verdict: Verdict, problem: Exception) -> Verdict:
    fact = f"What the rules came to can't be stored ({type(problem).__name__}: {problem})."
    error = EvaluationError(fact, "Mend the rules, then replay the signal.")
    trace = with_failure(verdict.trace, error) if verdict.trace is not None else None
    return Verdict(signal=verdict.signal, error=error, trace=trace)


def _storable(text: str) -> str:
    # An error may quote half a surrogate pair, which has no UTF-8.
    return mask_numbers(without_secrets(text)).encode(errors="backslashreplace").decode()


def _dead_letter(key: str, verdict: Verdict, now: datetime) -> DeadLetter:
    error = verdict.error
    return DeadLetter(
        session_key=key,
        inbox_id=verdict.signal,
        reason=_storable(str(error)) if error else "",
        rule=_storable(error.rule) if error else "",
        traceback=_storable(error.traceback) if error else "",
        at=now,
    )
