"""Delivery in the background: takes messages from the outbox, sends many in a request, writes down what became of each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from infobip_rules.background import Rounds
from infobip_rules.channels.asking import ChannelFailedError
from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.delivery.account import AccountGate
from infobip_rules.delivery.claiming import ClaimTicket, order_of
from infobip_rules.delivery.decisions import Sending, after_attempt, after_failed_lookup, after_lookup, chance
from infobip_rules.delivery.grouping import Group, grouped
from infobip_rules.delivery.one_request import OneRequest
from infobip_rules.delivery.outcome_telemetry import count_outcomes, make_spans
from infobip_rules.delivery.outside_policies import all_policies
from infobip_rules.delivery.policies import Policy
from infobip_rules.errors import JournalError, ProviderError
from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import NotSent, Outcome, Outgoing
from infobip_rules.infobip.phone import mask
from infobip_rules.infobip.provider import LogsFormat, Provider
from infobip_rules.infobip.statuses import explain
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import OutboxRow, OutboxState, SentRecord
from infobip_rules.journal.requests import Claim, ClaimOrder, HeldBack
from infobip_rules.limits import Limits
from infobip_rules.signals import ReportStatus, Signal
from infobip_rules.telemetry import HostTelemetry

log = logging.getLogger("infobip_rules.delivery")

#: Messages in one request, and requests under way at once.
BATCH = 100
REQUESTS = 4
#: Seconds between looks for messages that have become due.
TICK = 0.5
#: Message ids in one look-up: below Infobip's 50, as one id may have several rows.
LOOKUP_BATCH = 25
#: Why a message of unknown outcome is not looked up: it is not sent again by itself then, unless its report comes.
NO_LOGS = "Infobip has no logs of messages of its channel: its delivery report is waited for."
#: A clock that goes back by more than this was set, not only corrected a little.
CLOCK_WENT_BACK = timedelta(seconds=1)


class Dispatcher:
    """Sends what is in the outbox, until it is stopped; `wake()` has it look again.

    `delivery_report_url` is where Infobip is to post reports (None: nowhere), `channels` make the requests and read the
    answers, `wants` says whether any rule listens to signals of a type, `recorded` is called when something was written
    that sessions may have to look at; `limits` (the settings) say what policies there are and when the logs are
    asked; `policies` are further ones. Raises PluginError if a plugin gives no policies.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        client: Provider,
        clock: Clock,
        delivery_report_url: str | None,
        limits: Limits,
        channels: Channels,
        wants: Callable[[type[Signal]], bool],
        recorded: Callable[[], None],
        policies: Sequence[Policy] = (),
        telemetry: HostTelemetry | None = None,
    ) -> None:
        self.journal = journal
        self.client = client
        self.clock = clock
        self.delivery_report_url = delivery_report_url
        self.channels = channels
        self.wants = wants
        self.recorded = recorded
        self.account = AccountGate()
        self._telemetry = telemetry or HostTelemetry()
        self._limits = limits
        self._policies = all_policies(limits, channels, policies)
        self._rounds = Rounds("delivery", self._round)
        self.wake, self.stop, self.run = self._rounds.wake, self._rounds.stop, self._rounds.run
        self._under_way: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        #: When the outbox was last looked at.
        self._looked_at: datetime | None = None
        #: Ids of the messages that these tasks are sending.
        self._claimed: set[str] = set()
        #: Claims that are being written by others: what they mark as being sent is not `_claimed` yet.
        self._claiming = 0
        #: Whether what nobody sends is being made out: nothing may be claimed by others meanwhile, for it would look so.
        self._recovering = False
        # One claim can make more groups than there are requests to spare: some messages are shortened, some are not.
        self._requests = asyncio.Semaphore(REQUESTS)

    async def drain(self, seconds: float) -> None:
        """Waits for requests under way; messages not answered in time are looked up at the next start."""
        tasks = self._under_way | ({self._looking} if self._looking is not None else set())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def send_due(self) -> Claim:
        """Sends a batch of what is due, for whoever has nothing in the background; look-ups apart."""
        claimed = await self._claim(self._sending(), BATCH)
        for group in self._groups(claimed.rows):
            await self._send(group)
        return claimed

    @contextmanager
    def claiming(self) -> Iterator[ClaimTicket]:
        """Sends at once what a commit brings: it claims what the ticket orders, and notes its claim there.

        They are sent when the block ends well, that is, when the commit is on disk; one of their own is spared.
        """
        limit = self._limit(len(self._under_way) + self._claiming)
        if limit <= 0 or self._recovering or self._rounds.stopping:
            yield ClaimTicket()
            self.wake()
            return
        ticket = ClaimTicket(order=self._order(self._sending(), limit))
        self._claiming += 1
        try:
            yield ticket
        finally:
            self._claiming -= 1
        self._log_claim(ticket.claim)
        self._start_sending(ticket.claim.rows)
        if len(ticket.claim.rows) >= limit:  # there may be more
            self.wake()

    async def _round(self) -> float:
        """One look at the outbox; the seconds to rest."""
        if len(self._under_way) >= REQUESTS:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 0
        sending = self._sending()
        await self._heed_clock(sending.now)
        due = await self.journal.overview.depth()
        if due.sending > len(self._claimed) and not self._claiming:
            await self._recover(sending)
        looking = bool(due.unknown) and await self._start_look_up(sending)
        claimed, limit = Claim(), self._limit(len(self._under_way))
        if limit and due.ready_since is not None and due.ready_since <= sending.now:
            claimed = await self._claim(sending, limit)
            self._start_sending(claimed.rows)
        return 0 if claimed or looking else TICK

    def _limit(self, under_way: int) -> int:
        """How many messages may be claimed while so many requests are under way."""
        return self.account.room(BATCH * max(REQUESTS - under_way, 0), under_way=under_way)

    async def _claim(self, sending: Sending, limit: int) -> Claim:
        claimed = await self.journal.outbox.claim(self._order(sending, limit))
        self._log_claim(claimed)
        return claimed

    def _order(self, sending: Sending, limit: int) -> ClaimOrder:
        return order_of(policies=self._policies, sending=sending, limit=limit)

    def _log_claim(self, claimed: Claim) -> None:
        for row, held_back in claimed.held:
            _log_held(row, held_back)
        for row, record in claimed.refused:
            _log_record(row, record)
        if claimed.refused:
            self.recorded()

    async def _heed_clock(self, now: datetime) -> None:
        """Makes due what waits for a moment that has moved away: the clock may go back, also while the host is down."""
        if self._looked_at is None or now < self._looked_at - CLOCK_WENT_BACK:
            moved = await self.journal.outbox.bring_forward(now=now)
            if moved:
                log.warning("delivery.clock_went_back messages=%d", moved)
        self._looked_at = now

    async def _recover(self, sending: Sending) -> None:
        """Has messages looked up that nobody is sending though they are marked so: their task ended by an error."""
        due_at = sending.now + sending.lookup_delays[0]
        self._recovering = True
        try:
            lost = await self.journal.outbox.recover(due_at=due_at, besides=frozenset(self._claimed))
        finally:
            self._recovering = False
        if lost:
            log.warning("delivery.recovered unknown_outcomes=%d", lost)

    async def _start_look_up(self, sending: Sending) -> bool:
        """Asks the logs in the background, once at a time; whether there was anything to ask about."""
        if self._looking is not None and not self._looking.done():
            return False
        due = await self.journal.outbox.lookups_due(now=sending.now, limit=LOOKUP_BATCH)
        if due:
            self._looking = asyncio.create_task(self._look_up(due))
            self._looking.add_done_callback(partial(self._ended, ()))
        return bool(due)

    def _start_sending(self, rows: Sequence[OutboxRow]) -> None:
        for group in self._groups(rows):
            ids = [row.message_id for row in group.rows]
            self._claimed.update(ids)
            task = asyncio.create_task(self._send(group))
            self._under_way.add(task)
            task.add_done_callback(partial(self._ended, ids))

    def _ended(self, ids: Sequence[str], task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._claimed.difference_update(ids)
        if not task.cancelled() and (problem := task.exception()) is not None:
            # What a journal that is gone says of itself is enough; anything else is a fault of ours.
            if isinstance(problem, JournalError):
                log.error("delivery.failed reason=%s", problem)
            else:
                log.error("delivery.failed reason=%s", type(problem).__name__, exc_info=problem)

    async def _send(self, group: Group) -> None:
        outcomes: list[Outcome]
        if group.problem is not None:
            outcomes = _not_sent(group.messages, group.problem)
        else:
            outcomes = await self._attempt(group.messages)
            self.account.learn(outcomes)
        sending = replace(self._sending(), alone=len(group.rows) == 1)
        records = [after_attempt(row, outcome, sending) for row, outcome in zip(group.rows, outcomes, strict=True)]
        await self._record(group.rows, records)

    async def _attempt(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Sends a batch; one that is refused for what is in it is halved until the bad message stands alone.

        It may be refused by Infobip (400, 413), or by its channel, which makes no request of it.
        """
        form = OneRequest(self.channels[messages[0].channel])
        async with self._requests:
            try:
                outcomes = await self.client.send(messages, form, self.delivery_report_url)
            except ChannelFailedError as problem:  # nothing was sent
                outcomes = _not_sent(messages, problem)
                refused = True
            else:
                refused = all(_refused(outcome) for outcome in outcomes)
        if len(messages) == 1 or not refused:
            return outcomes
        middle = len(messages) // 2
        return [*await self._attempt(messages[:middle]), *await self._attempt(messages[middle:])]

    async def _look_up(self, rows: Sequence[OutboxRow]) -> None:
        """Asks the logs of each channel about its messages; one that has none knows nothing of them."""
        of_channel: dict[str, list[OutboxRow]] = {}
        for row in rows:
            of_channel.setdefault(row.channel, []).append(row)
        for name, own in of_channel.items():
            await self._look_up_by(self.channels.find(name), own)

    async def _look_up_by(self, channel: Channel | None, rows: Sequence[OutboxRow]) -> None:
        sending, logs = self._sending(), channel.logs if channel is not None else None
        if logs is None:
            await self._record(rows, [after_failed_lookup(row, _without_logs(row, channel), sending) for row in rows])
            return
        try:
            found = await self._ask_logs([row.message_id for row in rows], logs)
        except ProviderError as problem:
            log.warning("delivery.lookup_failed messages=%d reason=%s", len(rows), problem)
            wait = problem.context.get("retry_after")
            seconds = wait if isinstance(wait, float) else None
            await self._record(rows, [after_failed_lookup(row, str(problem), sending, seconds) for row in rows])
            return
        await self._record(rows, [after_lookup(row, found.get(row.message_id), sending) for row in rows])

    async def _ask_logs(self, ids: Sequence[str], logs: LogsFormat) -> Mapping[str, LogRow]:
        """What the logs hold, by messageId. Raises ProviderError, also if the channel's own code fails."""
        try:
            found = await self.client.logs(ids, logs)
            return {id_: row for id_ in ids if isinstance(row := found.get(id_), LogRow)}
        except (ProviderError, KeyboardInterrupt, asyncio.CancelledError):
            raise
        except BaseException as problem:  # such as SystemExit: it is not the channel's to end the host
            raise ProviderError(
                f"The logs could not be read ({type(problem).__name__} in {type(logs).__name__}).",
                "Fix the channel, or install a version of its package that is.",
            ) from problem

    async def _record(self, rows: Sequence[OutboxRow], records: Sequence[SentRecord]) -> None:
        while True:
            try:
                # The disk is not waited for: a message whose outcome a power cut took back is looked up at the start.
                await self.journal.outbox.record(records)
                break
            except JournalError as problem:
                # What became of messages is known only here. While it can't be written, nothing more is sent in its place.
                if self._rounds.stopping:
                    raise
                log.warning("delivery.record_failed messages=%d reason=%s", len(records), problem)
                await asyncio.sleep(TICK)
        _log_records(rows, records)
        now = self.clock.now()
        count_outcomes(self._telemetry, rows, records, now)
        self.recorded()
        if (spans := self._telemetry.spans) is not None:
            await make_spans(spans, rows, records, now)

    def _groups(self, rows: Sequence[OutboxRow]) -> Iterator[Group]:
        return grouped(rows, self.channels, self.clock.now())

    def _sending(self) -> Sending:
        return Sending(
            now=self.clock.now(),
            jitter=chance(),
            channels=self.channels,
            wants=self.wants,
            lookup_delays=self._limits.lookup_delays,
            unknown_attempts=self._limits.unknown_attempts,
            unknown_age=self._limits.unknown_age,
        )


def _without_logs(row: OutboxRow, channel: Channel | None) -> str:
    if channel is not None:
        return NO_LOGS
    return f"No channel is called {row.channel!r} (its package is not installed): its delivery report is waited for."


def _not_sent(messages: Sequence[Outgoing], problem: ChannelFailedError) -> list[Outcome]:
    """What became of messages of which their channel makes no request."""
    reason = f"{problem.fact} Nothing was sent."
    return [NotSent(message_id=message.message_id, reason=reason, retryable=False) for message in messages]


def _refused(outcome: Outcome) -> bool:
    return isinstance(outcome, NotSent) and outcome.refuses_body


def _log_held(row: OutboxRow, held_back: HeldBack) -> None:
    until = held_back.until.isoformat(timespec="seconds")
    log.warning(
        "delivery.held message_id=%s to=%s until=%s reason=%s",
        *(row.message_id, mask(row.recipient), until, held_back.reason),
    )


def _log_records(rows: Sequence[OutboxRow], records: Sequence[SentRecord]) -> None:
    """Logs one line for all that were accepted together, and one for each other, unless the account was refused."""
    accepted = []
    for row, record in zip(rows, records, strict=True):
        if record.state is OutboxState.ACCEPTED:
            accepted.append(row)
        elif not record.uncounted:
            _log_record(row, record)
    if accepted:
        people = ",".join(mask(row.recipient) for row in accepted[:3])
        log.info("delivery.accepted count=%d first=%s to=%s", len(accepted), accepted[0].message_id, people)


def _log_record(row: OutboxRow, record: SentRecord) -> None:
    if row.state is OutboxState.UNKNOWN and record.state is OutboxState.UNKNOWN:  # why it is, was said at the attempt
        log.debug(
            "delivery.still_unknown message_id=%s to=%s attempt=%d", row.message_id, mask(row.recipient), row.attempts
        )
        return
    keys = (row.message_id, mask(row.recipient), row.attempts)
    if record.state is OutboxState.REJECTED:
        reason = explain(ReportStatus.model_validate_json(record.status)) if record.status else record.reason
        if record.reason in {"", reason}:
            log.warning("delivery.rejected message_id=%s to=%s attempt=%d reason=%s", *keys, reason)
        else:  # what the policy says that objected; the status is what rules see
            log.warning(
                "delivery.rejected message_id=%s to=%s attempt=%d objection=%s reason=%s", *keys, record.reason, reason
            )
    elif record.state is OutboxState.FAILED:
        log.warning("delivery.failed message_id=%s to=%s attempt=%d reason=%s", *keys, record.reason)
    elif record.state is OutboxState.UNKNOWN:
        log.warning("delivery.unknown message_id=%s to=%s attempt=%d reason=%s", *keys, record.reason)
    else:
        log.warning("delivery.ready message_id=%s to=%s attempt=%d reason=%s", *keys, record.reason)
