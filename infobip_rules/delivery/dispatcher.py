"""Delivery in the background: takes messages from the outbox, sends many in a request, writes down what became of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence

from infobip_rules.clock import Clock
from infobip_rules.delivery.decisions import Sending, after_attempt, after_failed_lookup, after_lookup, chance
from infobip_rules.errors import JournalError, ProviderError
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.messages import NotSent, Outcome, OutgoingSms
from infobip_rules.infobip.phone import mask
from infobip_rules.infobip.statuses import explain
from infobip_rules.infobip.wire import group_messages
from infobip_rules.journal import store
from infobip_rules.journal.records import OutboxRow, OutboxState, SentRecord
from infobip_rules.journal.writer import Journal
from infobip_rules.signals import ReportStatus

log = logging.getLogger("infobip_rules.delivery")

#: Messages in one request, and requests under way at once.
BATCH = 100
REQUESTS = 4
#: Seconds between looks for messages that have become due.
TICK = 0.5
#: Message ids in one look-up: below Infobip's 50, as one id may have several rows.
LOOKUP_BATCH = 25


class Dispatcher:
    """Sends what is in the outbox, until it is stopped; `wake()` tells it that there is something new.

    `delivery_report_url` is where Infobip is to post reports (None: nowhere), `wants_sent_signals` says whether any rule
    listens to `InfobipSmsSentMessage`, `recorded` is called when something was written that sessions may have to look at.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        client: AsyncInfobipClient,
        clock: Clock,
        delivery_report_url: str | None,
        wants_sent_signals: Callable[[], bool],
        recorded: Callable[[], None],
    ) -> None:
        self.journal = journal
        self.client = client
        self.clock = clock
        self.delivery_report_url = delivery_report_url
        self.wants_sent_signals = wants_sent_signals
        self.recorded = recorded
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    def wake(self) -> None:
        """Says that the outbox has something new."""
        self._news.set()

    async def run(self) -> None:
        """Sends until stopped; whatever goes wrong with one batch, the next is tried."""
        while not self._stopping:
            self._news.clear()
            try:
                found = await self._round()
            except JournalError as problem:
                log.warning("delivery.journal_failed reason=%s", problem)
                found = False
            except Exception:  # whatever one round runs into, the next is tried
                log.exception("delivery.failed")
                found = False
            if not found:
                await self._wait()

    async def stop(self, seconds: float) -> None:
        """Takes nothing new and waits for requests under way; those not answered in time are looked up at the next start."""
        self._stopping = True
        self._news.set()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(TICK):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _round(self) -> bool:
        """One look at the outbox; whether anything was there to do."""
        free = REQUESTS - len(self._under_way)
        if free <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return True
        now = self.clock.now()
        due = self.journal.read(store.depth)
        ready, unknown = [], []
        if due.ready:
            ready = await self.journal.run(lambda connection: store.claim(connection, now=now, limit=BATCH * free))
        if due.unknown:
            unknown = self.journal.read(lambda connection: store.unknown_due(connection, now=now, limit=LOOKUP_BATCH))
        rows = {row.message_id: row for row in ready}
        for group in group_messages([_outgoing(row) for row in ready], most=BATCH):
            self._start(self._send([rows[message.message_id] for message in group], group))
        if unknown:
            await self._look_up(unknown)
        return bool(ready or unknown)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._news.set()
        if not task.cancelled() and (problem := task.exception()) is not None:
            log.error("delivery.failed reason=%s", problem, exc_info=problem)

    async def _send(self, rows: Sequence[OutboxRow], messages: Sequence[OutgoingSms]) -> None:
        outcomes = await self._attempt(messages)
        sending = self._sending()
        records = [after_attempt(row, outcome, sending) for row, outcome in zip(rows, outcomes, strict=True)]
        await self._record(rows, records)

    async def _attempt(self, messages: Sequence[OutgoingSms]) -> list[Outcome]:
        """Sends a batch; one that is refused as a whole (400) is halved until the bad message stands alone."""
        outcomes = await self.client.send(messages, self.delivery_report_url)
        if len(messages) == 1 or not all(_refused(outcome) for outcome in outcomes):
            return outcomes
        middle = len(messages) // 2
        return [*await self._attempt(messages[:middle]), *await self._attempt(messages[middle:])]

    async def _look_up(self, rows: Sequence[OutboxRow]) -> None:
        sending = self._sending()
        try:
            found = await self.client.logs([row.message_id for row in rows])
        except ProviderError as problem:
            log.warning("delivery.lookup_failed messages=%d reason=%s", len(rows), problem)
            await self._record(rows, [after_failed_lookup(row, str(problem), sending) for row in rows])
            return
        await self._record(rows, [after_lookup(row, found.get(row.message_id), sending) for row in rows])

    async def _record(self, rows: Sequence[OutboxRow], records: Sequence[SentRecord]) -> None:
        await self.journal.run(lambda connection: store.record(connection, records))
        for row, record in zip(rows, records, strict=True):
            _tell(row, record)
        self.recorded()

    def _sending(self) -> Sending:
        return Sending(now=self.clock.now(), jitter=chance(), wants_sent_signals=self.wants_sent_signals())


def _refused(outcome: Outcome) -> bool:
    return isinstance(outcome, NotSent) and outcome.http_status == 400


def _outgoing(row: OutboxRow) -> OutgoingSms:
    return OutgoingSms(
        message_id=row.message_id,
        to=row.recipient,
        text=row.text,
        sender=row.sender,
        shorten_url=row.shorten_url,
    )


def _tell(row: OutboxRow, record: SentRecord) -> None:
    line = "delivery.%s message_id=%s to=%s attempt=%d reason=%s"
    level = logging.INFO if record.state is OutboxState.ACCEPTED else logging.WARNING
    reason = record.reason
    if record.state is OutboxState.REJECTED and record.status:
        reason = explain(ReportStatus.model_validate_json(record.status))
    log.log(level, line, record.state.name.lower(), row.message_id, mask(row.recipient), row.attempts, reason)
