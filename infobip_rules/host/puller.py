"""Received messages of a number set to PULL: fetched from Infobip's inbox, for a host that no webhook can reach."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.errors import JournalError, ProviderError, WebhookError
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.lookups import Inbox
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.infobip.provider import InboxFormat, Provider
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import AsideItem
from infobip_rules.journal.requests import Arrival
from infobip_rules.receiver import Receipt

T = TypeVar("T")

log = logging.getLogger("infobip_rules.pulling")

#: Messages that are asked for at once, the most that Infobip gives.
MOST_PULLED = 1000
#: The longest wait after pulls that failed, in seconds, unless Infobip asks for a longer one.
LONGEST_WAIT = 300.0
#: Seconds between attempts to keep what was pulled.
KEEP_RETRY = 0.5


class Puller:
    """Pulls the inbox of one channel every `interval` seconds until stopped; `receive` keeps a batch, and returns when it
    is on disk.

    Infobip hands each message out once. So one pull is kept before the next is asked for, and what can't be read is kept
    aside, both also while the host ends. Only a process that is killed between Infobip's answer and the disk, or an answer
    that is lost on its way, loses messages: a webhook, which Infobip repeats, does not have that gap.
    """

    def __init__(
        self,
        *,
        client: Provider,
        channels: Channels,
        inbox: InboxFormat,
        journal: Journal,
        receive: Callable[[InboundBatch], Awaitable[Receipt]],
        clock: Clock,
        interval: float,
    ) -> None:
        self.client = client
        self.channels = channels
        self.inbox = inbox
        self.journal = journal
        self.receive = receive
        self.clock = clock
        self.interval = interval
        self._stopping = asyncio.Event()
        #: What keeps the last pull, and whether it is to end if the journal can't be written.
        self._keeping: asyncio.Task[Any] | None = None
        self._abandoned = False
        self._failures = 0
        #: What went wrong last, so that it is logged once and not at every pull.
        self._trouble = ""

    def stop(self) -> None:
        """Asks for nothing more; `run` ends when what was pulled is kept."""
        self._stopping.set()

    async def drain(self, seconds: float) -> None:
        """Waits until what was pulled is kept, also if `run` was cancelled; later it is not tried again."""
        if self._keeping is not None:
            await asyncio.wait([self._keeping], timeout=seconds)
        self._abandoned = True

    async def run(self) -> None:
        """Pulls until stopped; whatever goes wrong, it is tried again."""
        while not self._stopping.is_set():
            wait = self.interval
            try:
                wait = 0.0 if await self._pull() else self.interval
            except ProviderError as problem:
                wait = await self._failed(problem)
            except Exception:  # whatever one pull runs into, the next is tried
                log.exception("pulling.failed")
            if wait:
                await self._rest(wait)

    async def _pull(self) -> bool:
        """Pulls once and keeps it; whether there is more to pull."""
        inbox = await self.client.pull_inbox(self.inbox, MOST_PULLED)
        self._log_recovery()
        return await self._apart(self._take_in(inbox))

    async def _apart(self, keeping: Coroutine[Any, Any, T]) -> T:
        """Keeps in a task of its own, which goes on if this is cancelled: Infobip hands nothing out again."""
        task = self._keeping = asyncio.create_task(keeping)
        return await asyncio.shield(task)

    async def _take_in(self, inbox: Inbox) -> bool:
        """Keeps what was pulled; whether there is more to pull."""
        now = self.clock.now()
        try:
            batch = parse_inbound(inbox.body, expected="message", now=now, channels=self.channels)
        except WebhookError as problem:
            fact = problem.fact
            await self._keep(lambda: self._set_aside(inbox.body, fact, now))
            return False
        if not (batch.items or batch.bad):
            return False
        _log_oddities(batch)
        try:
            await self._keep(lambda: self.receive(batch._replace(path=self.inbox.inbox_path)))
        except Exception as problem:  # whatever it is, the messages come only once
            log.exception("pulling.not_received")
            reason = f"It was pulled, but could not be taken in: {type(problem).__name__}."
            await self._keep(lambda: self._set_aside(inbox.body, reason, now))
        return inbox.pending > 0

    async def _keep(self, keep: Callable[[], Awaitable[object]]) -> None:
        """Keeps what was pulled, also while the host ends: it comes only once."""
        while True:
            try:
                await keep()
            except JournalError as problem:
                if self._abandoned:
                    log.error("pulling.lost reason=%s", problem)  # noqa: TRY400 - what the journal says is enough
                    return
                log.warning("pulling.not_kept_yet reason=%s", problem)
                await asyncio.sleep(KEEP_RETRY)
            else:
                return

    async def _set_aside(self, body: bytes, reason: str, now: datetime) -> None:
        item = AsideItem(
            path=self.inbox.inbox_path, item=body.decode(errors="backslashreplace"), reason=reason, received_at=now
        )
        await self.journal.inbox.accept(Arrival(asides=[item]))
        log.error("pulling.set_aside bytes=%d reason=%s", len(body), reason)

    async def _failed(self, problem: ProviderError) -> float:
        """Seconds to wait after a pull that failed; its body, if it had one, is kept aside."""
        body = problem.context.get("body")
        if isinstance(body, bytes):
            now = self.clock.now()
            await self._apart(self._keep(lambda: self._set_aside(body, problem.fact, now)))
        if problem.fact != self._trouble:
            log.warning("pulling.failed reason=%s", problem)
            self._trouble = problem.fact
        self._failures += 1
        wait: float = min(self.interval * 2 ** min(self._failures - 1, 20), max(LONGEST_WAIT, self.interval))
        asked = problem.context.get("retry_after")
        return max(wait, asked) if isinstance(asked, float) else wait

    def _log_recovery(self) -> None:
        if self._failures:
            log.info("pulling.recovered failures=%d", self._failures)
        self._failures, self._trouble = 0, ""

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _log_oddities(batch: InboundBatch) -> None:
    if batch.without_offset:
        log.warning(
            "pulling.date_without_offset count=%d fields=%s reason=%s",
            *(len(batch.without_offset), ",".join(dict.fromkeys(batch.without_offset))),
            "These dates say no offset from UTC: they are taken as UTC.",
        )
    for bad in batch.bad:
        log.warning(
            "pulling.item_set_aside message_id=%s field=%s reason=%s",
            *(bad.message_id or "none", bad.field, mask_numbers(bad.reason)),
        )
