"""The wait of `dev --exit-after-reply`: for a reply that is delivered, or for the reason why there will be none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from infobip_rules.cli.conversation import PrintingReceiver
from infobip_rules.host import Host
from infobip_rules.infobip.statuses import Group, is_final
from infobip_rules.journal.records import AsideRow, InboxRow, InboxState, OutboxRow, OutboxState

#: Messages that are looked through, the newest.
_MOST = 1_000


class FirstReply:
    """The first reply of a host since this was opened; a journal that is kept may hold others."""

    def __init__(self, host: Host, receiver: PrintingReceiver) -> None:
        self._history = host.journal.history
        self._delivered = receiver.delivered
        self._changed = asyncio.Event()
        self._before: frozenset[str] = frozenset()
        self._last_signal = self._last_aside = 0
        host.watch(self._changed.set)

    async def open(self) -> None:
        """Notes what was there before."""
        self._before = frozenset(row.message_id for row in await self._history.messages(limit=_MOST))
        self._last_signal = max((row.id for row in await self._history.signals(limit=1)), default=0)
        self._last_aside = max((row.id for row in await self._history.asides(limit=1)), default=0)

    async def wait(self) -> str:
        """Waits until a reply is delivered, and returns nothing then; else why none will be, once that is certain."""
        while not self._delivered.is_set():
            self._changed.clear()
            if reason := await self._why_none():
                return reason
            await self._either()
        return ""

    async def _either(self) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (self._delivered, self._changed)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _why_none(self) -> str:
        dead = [
            row for row in await self._history.signals(state=InboxState.DEAD, limit=1) if row.id > self._last_signal
        ]
        asides = [row for row in await self._history.asides(limit=1) if row.id > self._last_aside]
        messages = [row for row in await self._history.messages(limit=_MOST) if row.message_id not in self._before]
        if not all(map(_is_lost, messages)):  # another may yet be delivered
            return ""
        return next(_reasons(asides, dead, messages), "")


def _is_lost(row: OutboxRow) -> bool:
    return row.state in {OutboxState.REJECTED, OutboxState.FAILED} or (
        is_final(row.delivery_group) and row.delivery_group != Group.DELIVERED
    )


def _reasons(asides: Sequence[AsideRow], dead: Sequence[InboxRow], messages: Sequence[OutboxRow]) -> Iterator[str]:
    for aside in asides:
        yield f"The message was set aside: {aside.field_name} {aside.reason}."
    for signal in dead:
        yield f"Signal {signal.id} is a dead letter: {signal.reason}"
    for row in messages:
        yield f"What {row.rule} sent to {row.recipient} was refused: {row.reason or row.delivery_group}"
