"""The session runner: takes pending signals in order, has them evaluated, and commits them with all their effects at once."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from infobip_rules.background import Rounds
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.errors import InfobipRulesError, JournalError
from infobip_rules.evaluators.jobs import Evaluator, SessionJob, SignalJob, Verdict
from infobip_rules.host.dead_letters import unevaluated, unreadable
from infobip_rules.host.evaluation_log import log_verdicts
from infobip_rules.host.suspects import Suspects
from infobip_rules.host.turn_writer import Claiming, TurnWriter, leaving
from infobip_rules.infobip.phone import mask
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import SessionWork
from infobip_rules.journal.requests import Turn
from infobip_rules.limits import OnRuleError, TraceLimits
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.telemetry.spans import SpanMaker

log = logging.getLogger("infobip_rules.turns")

#: Sessions taken at once, and signals of each.
SESSIONS = 64
SIGNALS = 16
#: Sessions that are worth a turn while another one is still being evaluated or written; fewer wait to be more.
WORTH_WHILE = 16
#: Turns that a signal may have that come to nothing, such as those that another host was quicker in.
MOST_TURNS = 10
#: Seconds after which pending signals are looked for again, should a wake-up have been missed.
TICK = 0.5

_STUCK = f"{MOST_TURNS} turns of its session came to nothing"
#: What can't be passed on or read raises one of these; all else is nobody's own fault, and all are tried again.
_OF_WHAT_WAS_GIVEN = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)


class SessionRunner:
    """Evaluates what is pending until stopped; `wake()` says that there is something new, `committed` is called after,
    with whether timers were set."""

    def __init__(
        self,
        *,
        journal: Journal,
        evaluator: Evaluator,
        clock: Clock,
        channels: Channels,
        senders: Mapping[str, str],
        on_rule_error: OnRuleError,
        traces: TraceLimits,
        rules: Callable[[], int],
        heartbeat: Callable[[], timedelta | None],
        committed: Callable[[bool], None],
        claiming: Claiming = leaving,
        telemetry: HostTelemetry | None = None,
    ) -> None:
        self.journal = journal
        self.evaluator = evaluator
        self.clock = clock
        self.channels = channels
        self.on_rule_error = on_rule_error
        self.traces = traces
        self._telemetry = telemetry or HostTelemetry()
        self._heartbeat = heartbeat
        self._committed = committed
        self.writer = TurnWriter(
            journal=journal, senders=senders, traces=traces, rules=rules, heartbeat=heartbeat, claiming=claiming
        )
        self._rounds = Rounds("turns", self._round)
        self.wake, self.stop, self.run = self._rounds.wake, self._rounds.stop, self._rounds.run
        #: Turns under way, and the sessions that have theirs.
        self._under_way: set[asyncio.Task[Sequence[list[Verdict]]]] = set()
        self._busy: set[str] = set()
        #: How many turns those signals had that stood first in one: such a signal is done then, and not seen again.
        self._turns_had: Counter[tuple[str, int]] = Counter()
        #: Sessions that others must not wait for, and the turns of some of them.
        self._suspects = Suspects()
        self._apart: dict[str, asyncio.Task[None]] = {}
        #: Signals evaluated since the start, and how many of them became dead letters.
        self.evaluated = 0
        self.buried = 0

    async def drain(self) -> None:
        """Waits until the turns under way are committed."""
        if under_way := [*self._under_way, *self._apart.values()]:
            await asyncio.wait(under_way)

    async def waiting(self) -> list[SessionWork]:
        """The next sessions that have pending signals, the longest waiting first, but for those that were put off.

        Raises JournalError.
        """
        besides = self._busy.union(self._suspects)
        return await self.journal.sessions.take(
            sessions=SESSIONS, each=SIGNALS, besides=besides, on_rule_error=self.on_rule_error
        )

    async def take(self, works: Sequence[SessionWork], *, apart: bool = False) -> Sequence[list[Verdict]]:
        """Evaluates sessions that are waiting and commits what comes of it, which is returned. Raises JournalError.

        What takes longer than others may wait is put off, unless it is evaluated `apart` from them.
        """
        now, handed = self.clock.now(), time.monotonic()
        try:
            judged_all = await self._evaluate(works, now, apart=apart)
            verdicts = [self._in_time(work, judged) for work, judged in zip(works, judged_all, strict=True)]
            if self.on_rule_error == "hold":
                verdicts = [_up_to_error(judged) for judged in verdicts]
            written = await self.writer.write(works, verdicts, now)
        except BaseException:
            await self.journal.sessions.give_back(works)
            raise
        for work, judged in zip(works, written, strict=True):
            self._note(work, judged)
            self._count(work, judged, now, handed)
        heartbeats = self._heartbeat() is not None
        self._committed(heartbeats or any(_sets_timers(verdict) for judged in written for verdict in judged))
        if (spans := self._telemetry.spans) is not None:
            for work, judged in zip(works, written, strict=True):
                await _make_spans(spans, work, judged)
        return written

    async def _round(self) -> float:
        """Gives sessions that have waiting signals their turn, unless all evaluators are busy; the seconds to rest."""
        self._take_suspects()
        if len(self._under_way) > self.evaluator.size:
            # One turn more than can be evaluated at once: it is evaluated while another one is written to disk.
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 0
        works = await self.waiting()
        if hopeless := self._hopeless(works):
            try:
                await self._give_up(hopeless)
            finally:
                await self.journal.sessions.give_back(works)
            return 0
        if not works or (len(self._under_way) == self.evaluator.size and len(works) < WORTH_WHILE):
            await self.journal.sessions.give_back(works)
            return TICK  # or when a turn ends
        self._busy.update(work.key for work in works)
        task = asyncio.create_task(self.take(works))
        self._under_way.add(task)
        task.add_done_callback(partial(self._ended, works))
        return 0

    def _ended(self, works: Sequence[SessionWork], task: asyncio.Task[Sequence[list[Verdict]]]) -> None:
        self._under_way.discard(task)
        self._busy.difference_update(work.key for work in works)
        if task.cancelled():
            self.wake()
        elif (problem := task.exception()) is None:
            self._turns_had.update((work.key, work.first) for work in works)
            self.wake()
        else:
            self._log_failure(problem)

    def _log_failure(self, problem: BaseException) -> None:
        if self._rounds.stopping and not isinstance(problem, JournalError):
            return  # what is evaluated then is ended, in whatever it does: it is evaluated after the next start
        if isinstance(problem, InfobipRulesError):
            # The journal is full or locked, or rules no longer load: what is pending stays so, and is tried again.
            log.warning("turns.failed reason=%s", problem)
        else:
            log.error("turns.failed", exc_info=problem)

    def _hopeless(self, works: Sequence[SessionWork]) -> list[SessionWork]:
        """Those that can't be evaluated, or whose turns came to nothing however often they had one."""
        had, waiting = self._turns_had, {(work.key, work.first) for work in works}
        self._turns_had = Counter({turn: had[turn] for turn in had if turn in waiting or turn[0] in self._busy})
        stuck = [replace(work, fault=_STUCK) for work in works if had[work.key, work.first] >= MOST_TURNS]
        return [work for work in works if work.fault] + stuck

    async def _evaluate(self, works: Sequence[SessionWork], now: datetime, *, apart: bool) -> list[list[Verdict]]:
        """The verdicts on all sessions; where evaluating them together fails, each by itself is tried."""
        evaluate = self.evaluator.evaluate_apart if apart else self.evaluator.evaluate
        try:
            return await evaluate([_job(work, now, traced=self.traces.wanted, hasty=not apart) for work in works])
        except _OF_WHAT_WAS_GIVEN as problem:
            if isinstance(problem, InfobipRulesError):
                raise
            log.exception("turns.not_evaluated sessions=%d", len(works))
            if len(works) == 1:
                return [[unevaluated(works[0], problem)]]
        return [judged for work in works for judged in await self._evaluate([work], now, apart=apart)]

    async def _give_up(self, works: Sequence[SessionWork]) -> None:
        """Makes dead letters of the first signals of sessions that can't be evaluated, so that they keep nobody waiting."""
        now = self.clock.now()
        dead = [unreadable(work, now) for work in works]
        turns = [Turn(session_key=letter.session_key, results=(letter,)) for letter in dead]
        await self.journal.sessions.commit(turns, traces=self.traces)
        for letter in dead:
            self.buried += 1
            log.error("turns.dead_letter signal=%d reason=%s", letter.inbox_id, letter.reason)
        self._committed(False)

    def _in_time(self, work: SessionWork, judged: list[Verdict]) -> list[Verdict]:
        """The verdicts up to one that was put off: the session is taken for itself then, and goes on from there."""
        first = next((place for place, verdict in enumerate(judged) if verdict.put_off), None)
        if first is None:
            return judged
        self._suspects.suspect(work.key, time.monotonic())
        log.warning("turns.put_off signal=%d session=%s", judged[first].signal, mask(work.key))
        return judged[:first]

    def _take_suspects(self) -> None:
        """Gives sessions that were put off their turn, apart from the others, as many at a time as there are evaluators."""
        now = time.monotonic()
        while len(self._apart) < self.evaluator.size and (key := self._suspects.next(now, but=self._apart)) is not None:
            if key in self._busy:  # the turn that found it out is not over
                self._suspects.put_back(key, now)
                continue
            task = self._apart[key] = asyncio.create_task(self._take_apart(key))
            task.add_done_callback(partial(self._ended_apart, key))

    async def _take_apart(self, key: str) -> None:
        evaluator = self.evaluator
        # One signal: the next is perhaps as bad, and others of those that were put off wait too.
        works = await self.journal.sessions.take(
            sessions=1, each=1, besides=self._busy, only=key, on_rule_error=self.on_rule_error
        )
        if not works:
            self._suspects.clear(key)  # nothing is waiting any more
        elif works[0].fault:
            try:
                await self._give_up(works)
            finally:
                await self.journal.sessions.give_back(works)
            self._suspects.put_back(key, time.monotonic())
        else:
            (judged,) = await self.take(works, apart=True)
            if not judged or judged[0].error is not None:
                self._suspects.suspect(key, time.monotonic())
            else:
                self._suspects.clear(key)
        if not self._suspects:
            await evaluator.end_apart()

    def _ended_apart(self, key: str, task: asyncio.Task[None]) -> None:
        del self._apart[key]
        if not task.cancelled() and (problem := task.exception()) is not None:
            self._suspects.put_back(key, time.monotonic())
            self._log_failure(problem)
        self.wake()

    def _note(self, work: SessionWork, judged: Sequence[Verdict]) -> None:
        log_verdicts(work.key, judged, self.channels)
        evaluated = [verdict for verdict in judged if not verdict.moved]
        self.evaluated += len(evaluated)
        self.buried += sum(verdict.effects is None for verdict in evaluated)

    def _count(self, work: SessionWork, judged: Sequence[Verdict], now: datetime, handed: float) -> None:
        received = {signal.id: signal.received_at for signal in work.signals}
        for verdict in judged:
            if not verdict.moved:
                waited = (now - received[verdict.signal]).total_seconds()
                self._telemetry.evaluated(waited, handed, verdict.timings)


async def _make_spans(spans: SpanMaker, work: SessionWork, judged: Sequence[Verdict]) -> None:
    kinds = {signal.id: signal.kind for signal in work.signals}
    for verdict in judged:
        if not verdict.moved:
            fired = None if verdict.effects is None else [firing.rule for firing in verdict.effects.fired]
            await spans.evaluated(verdict.signal, kinds[verdict.signal], verdict.timings, fired=fired)


def _sets_timers(verdict: Verdict) -> bool:
    return bool(verdict.effects and verdict.effects.timers)


def _up_to_error(judged: list[Verdict]) -> list[Verdict]:
    """The verdicts up to the first that is an error: the signals after it wait, and are evaluated anew then."""
    first = next((place for place, verdict in enumerate(judged) if verdict.error is not None), len(judged))
    return judged[: first + 1]


def _job(work: SessionWork, now: datetime, *, traced: bool, hasty: bool) -> SessionJob:
    signals = tuple(
        SignalJob(signal.id, signal.kind, signal.payload, received_at=signal.received_at, unrouted=signal.unrouted)
        for signal in work.signals
    )
    return SessionJob(key=work.key, state=work.state, signals=signals, now=now, traced=traced, hasty=hasty)
