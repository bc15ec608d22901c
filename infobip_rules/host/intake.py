"""The way in: what a webhook brought becomes signals in the inbox, each for the session of its person, before it is answered.

Where rules have a route of their own, it says later which session that is: it is run where rules are, with their limits.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import orjson

from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.delivery.decisions import after_report
from infobip_rules.errors import InfobipRulesError, JournalBusyError, JournalRefusalError
from infobip_rules.evaluators.outline import KnownRules
from infobip_rules.infobip.inbound import BadItem, InboundBatch, ReceivedItem, message_id_of
from infobip_rules.infobip.statuses import Verdict, group_of, verdict
from infobip_rules.journal.records import (
    Accepted,
    AsideItem,
    NewSignal,
    ReportUpdate,
)
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.journal.sqlite.transaction import Transaction
from infobip_rules.receiver import Receipt
from infobip_rules.signals import DeliveryReport, Signal

log = logging.getLogger("infobip_rules.intake")

#: Batches written together, and those that may wait; beyond it a webhook is told to come again.
TOGETHER = 128
MOST_WAITING = 2_000

#: Why a report on a messageId that was refused as used (id 23) is no signal.
ABOUT_AN_ATTEMPT = "The report is on a repeated attempt, which Infobip refused as it had the message already."


def is_wanted(kind: type[Signal], rulebook: KnownRules, channels: Channels) -> bool:
    """Whether a signal of this type is evaluated: a received message always, for it opens the session."""
    return channels.are_received(kind) or rulebook.listens_to(kind) or rulebook.standing


#: A batch, and who waits for it to be on disk.
_Waiting = tuple[InboundBatch, "asyncio.Future[Receipt]"]


class Intake:
    """Takes batches in; those that come while the disk is busy are written together, by one statement for many.

    `arrived` is called when there are new signals to evaluate.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        rulebook: KnownRules,
        channels: Channels,
        clock: Clock,
        arrived: Callable[[], None],
    ) -> None:
        self.journal = journal
        self.rulebook = rulebook
        self.channels = channels
        self.clock = clock
        self._arrived = arrived
        self._waiting: deque[_Waiting] = deque()
        #: Whether an operation is on its way that will take what is waiting.
        self._coming = False
        self._writing: set[asyncio.Task[None]] = set()

    def take_in(self, batch: InboundBatch) -> asyncio.Future[Receipt]:
        """Done when the batch is on disk. Raises JournalError when it could not be kept; JournalBusyError at once when too
        many are waiting.

        A future and no task: a flood makes thousands of them a second.
        """
        told: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        if len(self._waiting) >= MOST_WAITING:
            told.set_exception(
                JournalBusyError(f"{MOST_WAITING} webhooks are waiting to be written.", "Try again shortly.")
            )
            return told
        self._waiting.append((batch, told))
        if not self._coming:
            self._coming = True
            task = asyncio.create_task(self._write())
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return told

    async def _write(self) -> None:
        together: list[_Waiting] = []

        def gather(connection: Transaction) -> list[Accepted]:
            # In the writer's thread, as late as can be: whatever has come until now. The flag goes down first, so that
            # what comes from here on is either seen below or brings an operation of its own.
            self._coming = False
            while self._waiting and len(together) < TOGETHER:
                together.append(self._waiting.popleft())
            return self._take_in(connection, [batch for batch, _ in together])

        try:
            accepted = await self.journal.run(gather)
        except Exception as problem:
            self._coming = False
            while self._waiting and not together:  # the operation was not even taken
                together.append(self._waiting.popleft())
            await self._one_by_one(together, problem)
        else:
            self._tell(together, accepted)
        if self._waiting and not self._coming:  # more than one operation takes
            self._coming = True
            await self._write()

    async def _one_by_one(self, together: Sequence[_Waiting], problem: Exception) -> None:
        """What can't be written together is tried alone, so that one batch does not fail for another."""
        for batch, told in together:
            try:
                if not _is_refusal(problem):
                    raise problem
                stored, accepted = await self._alone(batch)
            except Exception as own:
                if not told.done():
                    told.set_exception(own)
            else:
                self._tell([(stored, told)], [accepted])

    async def _alone(self, batch: InboundBatch) -> tuple[InboundBatch, Accepted]:
        """Writes one batch, and what became of it: an item that the journal refuses is kept aside, as it would be posted
        again and again."""
        try:
            return batch, (await self._store([batch]))[0]
        except Exception as problem:
            if not (_is_refusal(problem) and batch.items):
                raise
            if len(batch.items) == 1:
                refused = _not_stored(batch.items[0], problem)
                log.error("intake.set_aside message_id=%s reason=%s", refused.message_id, refused.reason)  # noqa: TRY400 - it may quote the item
                aside = batch._replace(items=(), bad=(*batch.bad, refused))
                return aside, (await self._store([aside]))[0]
        pieces = [batch._replace(items=(item,), bad=()) for item in batch.items] + [batch._replace(items=())]
        stored = [await self._alone(piece) for piece in pieces]
        kept = [accepted for _, accepted in stored]
        return batch._replace(bad=tuple(bad for piece, _ in stored for bad in piece.bad)), Accepted(
            new=sum(one.new for one in kept),
            duplicates=sum(one.duplicates for one in kept),
            ids=tuple(id_ for one in kept for id_ in one.ids),
            new_ids=tuple(id_ for one in kept for id_ in one.new_ids),
        )

    def _tell(self, together: Sequence[_Waiting], accepted: Sequence[Accepted]) -> None:
        if any(one.new for one in accepted):
            self._arrived()
        for (batch, told), one in zip(together, accepted, strict=True):
            if not told.done():
                told.set_result(Receipt(new=one.new, duplicates=one.duplicates, set_aside=len(batch.bad)))

    async def _store(self, batches: Sequence[InboundBatch]) -> list[Accepted]:
        return await self.journal.run(lambda connection: self._take_in(connection, batches))

    def _take_in(self, connection: Transaction, batches: Sequence[InboundBatch]) -> list[Accepted]:
        return take_in(connection, batches, rulebook=self.rulebook, channels=self.channels, now=self.clock.now())


def take_in(
    connection: Transaction, batches: Sequence[InboundBatch], *, rulebook: KnownRules, channels: Channels, now: datetime
) -> list[Accepted]:
    """Writes batches: signals once each, reports also beside their message, bad items aside; what became of each batch."""
    signals = [_new_signal(connection, item, rulebook, channels, now) for batch in batches for item in batch.items]
    asides = [
        AsideItem(path=batch.path, item=bad.item, field_name=bad.field, reason=bad.reason, received_at=now)
        for batch in batches
        for bad in batch.bad
    ]
    return _shared_out(store.accept(connection, signals, asides), [len(batch.items) for batch in batches])


def _is_refusal(problem: Exception) -> bool:
    """Whether trying again is of no use; a full disk or a locked file is not the fault of what was to be written."""
    return isinstance(problem, JournalRefusalError) or not isinstance(problem, InfobipRulesError | OSError)


def _not_stored(item: ReceivedItem, problem: Exception) -> BadItem:
    # Not the error's own words, which may quote the item.
    reason = f"could not be stored ({type(problem).__name__})"
    return BadItem(item=item.raw, field="", reason=reason, message_id=message_id_of(orjson.loads(item.raw)))


def _shared_out(accepted: Accepted, sizes: Sequence[int]) -> list[Accepted]:
    """What of a joint result belongs to each batch; what stands twice is new to the first that brought it."""
    ids, shares = iter(accepted.ids), []
    new = set(accepted.new_ids)
    for size in sizes:
        own = tuple(itertools.islice(ids, size))
        fresh = new.intersection(own)
        new -= fresh
        shares.append(Accepted(new=len(fresh), duplicates=size - len(fresh), ids=own, new_ids=tuple(fresh)))
    return shares


def _new_signal(
    connection: Transaction, item: ReceivedItem, rulebook: KnownRules, channels: Channels, now: datetime
) -> NewSignal:
    """The signal of an item; a report is kept beside its message, and goes to the session that this went out from."""
    if not channels.are_reports(item.kind):
        return _signal_of(item, rulebook, channels, now)
    report = item.signal
    assert isinstance(report, DeliveryReport)  # noqa: S101 - the registry of channels sees to it
    new = _signal_of(item, rulebook, channels, now)
    # It says that an earlier attempt was accepted, and nothing of what became of the message.
    about_attempt = verdict(report.status) is Verdict.TAKEN_EARLIER
    update = ReportUpdate(message_id=report.messageId, group=group_of(report.status), report=item.raw)
    row = store.find_message(connection, report.messageId) if about_attempt else store.apply_report(connection, update)
    if row is None:
        if not (new.session_key or new.unrouted):
            return replace(new, done=True, reason="The report is on no message of ours and names no recipient.")
        return new
    if row.channel != item.channel:
        new = _signal_of(_read_by_its_channel(item, row.channel, channels, now), rulebook, channels, now)
    if row.state in store.UNDECIDED:
        wants = partial(is_wanted, rulebook=rulebook, channels=channels)
        store.record(connection, [after_report(row, report.status, channels=channels, now=now, wants=wants)])
    if about_attempt:
        return replace(new, session_key=row.session_key, done=True, reason=ABOUT_AN_ATTEMPT)
    return replace(new, session_key=row.session_key)


def _signal_of(item: ReceivedItem, rulebook: KnownRules, channels: Channels, now: datetime) -> NewSignal:
    wanted = is_wanted(item.kind, rulebook, channels)
    return NewSignal(
        dedup_key=item.dedup_key,
        session_key=item.address,
        kind=item.kind.__name__,
        payload=item.payload,
        raw=item.raw,
        received_at=now,
        done=not wanted,
        reason="" if wanted else "No rule listens to signals of this type.",
        unrouted=rulebook.routes,
    )


def _read_by_its_channel(item: ReceivedItem, name: str, channels: Channels, now: datetime) -> ReceivedItem:
    """A report as the channel of its message reads it: reports of some channels don't name theirs."""
    channel = channels.find(name)
    if channel is None:
        return item
    try:
        own = channel.read_item(orjson.loads(item.raw), "report", now=now)
    except Exception as problem:  # whatever it is, the report is kept as it was understood first
        log.warning("intake.not_read_by_channel channel=%s reason=%s", name, type(problem).__name__)
        return item
    # The key stays as it is before the message is known, and after it is forgotten.
    return own._replace(dedup_key=item.dedup_key)
