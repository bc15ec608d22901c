"""The conversation of `dev` as it goes on: who wrote what to whom, line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infobip_rules.cli.texts import one_line
from infobip_rules.host import Host
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.statuses import Group, group_of
from infobip_rules.receiver import Health, Receipt
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, Signal

#: Takes one line; called from more than one thread.
Write = Callable[[str], None]


class Overheard:
    """A host whose messages and reports are written down as they come in.

    Numbers are written whole: nobody's but those that the person at the keyboard made up.
    """

    def __init__(self, host: Host, write: Write) -> None:
        self._host = host
        self._write = write
        #: Set when a message of ours has been delivered.
        self.delivered = asyncio.Event()

    async def receive(self, batch: InboundBatch) -> Receipt:
        """Takes a batch in, and writes it down unless all of it was there before."""
        receipt = await self._host.receive(batch)
        if receipt.new:
            for item in batch.items:
                self._overhear(item.signal)
        return receipt

    async def health(self) -> Health:
        """The host's own."""
        return await self._host.health()

    def _overhear(self, signal: Signal) -> None:
        if isinstance(signal, InfobipSmsReceivedMessage):
            self._write(f"{one_line(signal.from_)} > {one_line(signal.text)}")
        elif isinstance(signal, InfobipSmsReceivedReport):
            group = group_of(signal.status)
            self._write(f"{one_line(signal.to)} * {one_line(group or signal.status.name)}")
            if group == Group.DELIVERED:
                self.delivered.set()


def overhearing(fake: FakeInfobip, write: Write) -> ASGIApp:
    """The fake's app, with every message that it accepts written down before its answer leaves.

    So a reply stands before its delivery report, which is posted after.
    """
    written = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def written_first(message: Message) -> None:
            nonlocal written
            if message["type"] == "http.response.start":
                new = fake.messages[written:]
                written += len(new)
                for sent in new:
                    write(f"{sent.to} < {one_line(sent.delivered_text)}")
            await send(message)

        await fake.app(scope, receive, written_first)

    return app
