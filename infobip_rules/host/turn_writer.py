"""The turn writer: commits what sessions' signals came to, together if it can be, else each for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from infobip_rules.delivery.claiming import ClaimTicket
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.errors import InfobipRulesError, JournalRefusalError
from infobip_rules.evaluators.jobs import Verdict
from infobip_rules.host.dead_letters import dead_letter, unwritable
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import Evaluated, OutgoingMessage, SessionWork
from infobip_rules.journal.requests import CommitResult, Moved, Result, Turn
from infobip_rules.limits import TraceLimits
from infobip_rules.signals import Heartbeat
from infobip_rules.timers import RecurringTimer

log = logging.getLogger("infobip_rules.turns")

#: Opens a block in which a commit may claim the messages that it brings; they are sent when the block ends well.
Claiming = Callable[[], AbstractContextManager[ClaimTicket]]


def leaving() -> AbstractContextManager[ClaimTicket]:
    """Leaves messages in the outbox, for the dispatcher to find."""
    return nullcontext(ClaimTicket())


class TurnWriter:
    """Writes the verdicts on sessions' signals, with a timer every `heartbeat`.

    `senders` are what messages of each channel go out from, `rules` gives how many rules there are.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        senders: Mapping[str, str],
        traces: TraceLimits,
        rules: Callable[[], int],
        heartbeat: Callable[[], timedelta | None],
        claiming: Claiming,
    ) -> None:
        self.journal = journal
        self.senders = senders
        self.traces = traces
        self._rules = rules
        self._heartbeat = heartbeat
        self._claiming = claiming

    async def write(
        self, works: Sequence[SessionWork], verdicts: Sequence[list[Verdict]], now: datetime
    ) -> list[list[Verdict]]:
        """Commits all sessions at once; if one of them can't be written, each by itself. The verdicts that were written."""
        try:
            return await self._write_together(works, verdicts, now)
        except Exception as problem:
            if not _is_refusal(problem):
                raise
            log.exception("turns.not_written sessions=%d", len(works))
        return [await self._write_session(work, judged, now) for work, judged in zip(works, verdicts, strict=True)]

    def turn(self, work: SessionWork, judged: Sequence[Verdict], now: datetime) -> Turn:
        """What the journal is to write of one session's verdicts."""
        version, results = work.version, []
        for verdict in judged:
            results.append(self._result(work.key, version, verdict, now))
            version += verdict.effects is not None and not verdict.moved
        return Turn(session_key=work.key, results=results)

    async def _write_together(
        self, works: Sequence[SessionWork], verdicts: Sequence[list[Verdict]], now: datetime
    ) -> list[list[Verdict]]:
        turns = [self.turn(work, judged, now) for work, judged in zip(works, verdicts, strict=True)]
        with self._claiming() as ticket:
            committed = await self._commit(turns, ticket)
            ticket.claim = committed.claim
        for signal in committed.lost:  # somebody else moved the session on: what is left is looked at anew
            log.warning("turns.fence_lost signal=%d", signal)
        return [
            [verdict for verdict in judged if verdict.signal in written]
            for judged, written in zip(verdicts, committed.written, strict=True)
        ]

    async def _commit(self, turns: Sequence[Turn], ticket: ClaimTicket) -> CommitResult:
        """Commits turns, without the claim if it is refused with it: that may be over a message of somebody else's."""
        if ticket.order is not None:
            try:
                return await self.journal.sessions.commit(turns, traces=self.traces, claim=ticket.order)
            except Exception as problem:
                if not _is_refusal(problem):
                    raise
                log.warning("turns.not_claimed sessions=%d reason=%s", len(turns), type(problem).__name__)
        return await self.journal.sessions.commit(turns, traces=self.traces, claim=None)

    async def _write_session(self, work: SessionWork, judged: list[Verdict], now: datetime) -> list[Verdict]:
        """Commits one session, or its first signal if it can't be written whole; one that can't be is a dead letter."""
        try:
            return (await self._write_together([work], [judged], now))[0]
        except Exception as problem:
            if not _is_refusal(problem):
                raise
            if len(judged) > 1:  # the others are evaluated anew
                return await self._write_session(work, judged[:1], now)
            return await self._write_dead(work, judged[0], problem, now)

    async def _write_dead(
        self, work: SessionWork, verdict: Verdict, problem: Exception, now: datetime
    ) -> list[Verdict]:
        """Makes a dead letter of what can't be written, without its trace if it has to be."""
        dead = unwritable(verdict, problem)
        try:
            return (await self._write_together([work], [[dead]], now))[0]
        except Exception as again:
            if not _is_refusal(again) or dead.trace is None:
                raise
            return (await self._write_together([work], [[dead._replace(trace=None)]], now))[0]

    def _result(self, key: str, version: int, verdict: Verdict, now: datetime) -> Result:
        if verdict.moved:
            return Moved(session_key=key, inbox_id=verdict.signal, into=verdict.moved)
        if verdict.effects is None:
            return dead_letter(key, verdict, now)
        return self._evaluated(key, version, verdict, verdict.effects, now)

    def _evaluated(self, key: str, version: int, verdict: Verdict, effects: Effects, now: datetime) -> Evaluated:
        messages = tuple(
            OutgoingMessage(
                message_id=message.message_id,
                recipient=message.to,
                channel=message.channel,
                content=message.content,
                sender=self.senders[message.channel],
                callback_data=message.callback_data,
                expires_at=None if message.valid_seconds is None else now + timedelta(seconds=message.valid_seconds),
                rule=rule,
            )
            for message, rule in effects.messages
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
            trace=verdict.trace,
        )


def _heartbeats(cycle: timedelta | None) -> RecurringTimer | None:
    kind = Heartbeat.__name__
    return RecurringTimer(name=f"@{kind.lower()}", kind=kind, every=cycle) if cycle is not None else None


def _is_refusal(problem: Exception) -> bool:
    """Whether trying again is of no use; a full disk or a locked file is not the fault of what was to be written."""
    return isinstance(problem, JournalRefusalError) or not isinstance(problem, InfobipRulesError)
