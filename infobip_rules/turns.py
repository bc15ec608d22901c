"""Sessions in turn: pending signals are taken in order, evaluated, and committed with all their effects at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from infobip_rules.clock import Clock
from infobip_rules.engine.evaluation import Effects
from infobip_rules.engine.jobs import Evaluator, SessionJob, SignalJob, Verdict
from infobip_rules.errors import InfobipRulesError
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal import store
from infobip_rules.journal.records import DeadLetter, Evaluated, OutgoingMessage, SessionWork
from infobip_rules.journal.transaction import Transaction
from infobip_rules.journal.writer import Journal
from infobip_rules.limits import OnRuleError
from infobip_rules.signals import Heartbeat
from infobip_rules.timers import RecurringTimer

log = logging.getLogger("infobip_rules.turns")

#: Sessions taken at once, and signals of each.
SESSIONS = 64
SIGNALS = 16
#: Seconds after which pending signals are looked for again, should a wake-up have been missed.
TICK = 0.5


class Turns:
    """Evaluates what is pending until stopped; `wake()` says that there is something new, `committed` is called after."""

    def __init__(
        self,
        *,
        journal: Journal,
        evaluator: Evaluator,
        clock: Clock,
        sender: str,
        on_rule_error: OnRuleError,
        rules: Callable[[], int],
        heartbeat: Callable[[], timedelta | None],
        committed: Callable[[], None],
    ) -> None:
        self.journal = journal
        self.evaluator = evaluator
        self.clock = clock
        self.sender = sender
        self.on_rule_error = on_rule_error
        self._rules = rules
        self._heartbeat = heartbeat
        self._committed = committed
        self._news = asyncio.Event()
        self._stopping = False
        #: Signals evaluated since the start, and how many of them became dead letters.
        self.evaluated = 0
        self.buried = 0

    def wake(self) -> None:
        """Says that the inbox has something new."""
        self._news.set()

    def stop(self) -> None:
        """Takes no further signals; `run` ends when those under way are committed."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Evaluates until stopped; a journal that can't be written is tried again."""
        while not self._stopping:
            self._news.clear()
            try:
                found = await self._round()
            except InfobipRulesError as problem:
                # The journal is full or locked, or rules no longer load: what is pending stays so, and is tried again.
                log.warning("turns.failed reason=%s", problem)
                found = False
            except Exception:  # whatever one round runs into, the next is tried
                log.exception("turns.failed")
                found = False
            if not found:
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(TICK):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _round(self) -> bool:
        works = self.journal.read(self._pending)
        if not works:
            return False
        now = self.clock.now()
        verdicts = await self.evaluator.evaluate([_job(work, now) for work in works])
        if self.on_rule_error == "hold":
            verdicts = [_up_to_error(judged) for judged in verdicts]
        await self.journal.run(lambda connection: self._commit_all(connection, works, verdicts, now))
        for work, judged in zip(works, verdicts, strict=True):
            self._tell(work, judged)
        self._committed()
        return True

    def _pending(self, connection: Transaction) -> list[SessionWork]:
        return store.pending(connection, sessions=SESSIONS, each=SIGNALS, on_rule_error=self.on_rule_error)

    def _commit_all(
        self, connection: Transaction, works: Sequence[SessionWork], verdicts: Sequence[list[Verdict]], now: datetime
    ) -> None:
        for work, judged in zip(works, verdicts, strict=True):
            self._commit(connection, work, judged, now)

    def _commit(self, connection: Transaction, work: SessionWork, judged: list[Verdict], now: datetime) -> None:
        version = work.version
        for verdict in judged:
            if verdict.effects is None:
                store.bury(connection, _dead_letter(work.key, verdict, now))
            elif store.commit(connection, self._evaluated(work.key, version, verdict, verdict.effects, now)):
                version += 1
            else:
                log.warning("turns.fence_lost signal=%d", verdict.signal)
                return  # somebody else moved the session on: what is left is looked at anew

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
            for warning in verdict.effects.warnings:
                log.warning("turns.warning signal=%d session=%s %s", verdict.signal, session, warning)


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
    return mask_numbers(f"{error}{where}")


def _job(work: SessionWork, now: datetime) -> SessionJob:
    signals = tuple(SignalJob(id=one.id, kind=one.kind, payload=one.payload) for one in work.signals)
    return SessionJob(key=work.key, state=work.state, signals=signals, now=now)


def _dead_letter(key: str, verdict: Verdict, now: datetime) -> DeadLetter:
    error = verdict.error
    return DeadLetter(
        session_key=key,
        inbox_id=verdict.signal,
        reason=mask_numbers(str(error)) if error else "",
        rule=error.rule if error else "",
        traceback=mask_numbers(error.traceback) if error else "",
        at=now,
    )
