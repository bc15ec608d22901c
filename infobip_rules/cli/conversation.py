"""The conversation of `dev`, printed line by line as it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infobip_rules.cli.printing import one_line
from infobip_rules.host import Host
from infobip_rules.infobip.inbound import InboundBatch, ReceivedItem
from infobip_rules.infobip.statuses import Group, group_of
from infobip_rules.receiver import Health, Receipt
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.signals import DeliveryReport

#: Takes one line; called from more than one thread.
Write = Callable[[str], None]


class PrintingReceiver:
    """A host whose incoming messages and reports are printed.

    Numbers are printed whole: they are made up by the person at the keyboard.
    """

    def __init__(self, host: Host, write: Write) -> None:
        self._host = host
        self._print_line = write
        #: Set when a message of ours has been delivered.
        self.delivered = asyncio.Event()

    async def receive(self, batch: InboundBatch) -> Receipt:
        """Takes a batch in, and prints it unless all of it is a repetition."""
        receipt = await self._host.receive(batch)
        if receipt.new:
            for item in batch.items:
                self._print(item)
        return receipt

    async def health(self) -> Health:
        """The host's own."""
        return await self._host.health()

    def _print(self, item: ReceivedItem) -> None:
        signal = item.signal
        if not isinstance(signal, DeliveryReport):
            text = self._host.channels[item.channel].show_received(signal).text
            self._print_line(f"{one_line(item.address)} > {one_line(text)}")
        else:
            group = group_of(signal.status)
            self._print_line(f"{one_line(signal.to)} * {one_line(group or signal.status.name)}")
            if group == Group.DELIVERED:
                self.delivered.set()


def printing_app(fake: FakeInfobip, write: Write) -> ASGIApp:
    """The fake's app; it prints every message that it accepts before it answers.

    So a reply is printed before its delivery report, which is posted after the answer.
    """
    written = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def print_first(message: Message) -> None:
            nonlocal written
            if message["type"] == "http.response.start":
                new = fake.messages[written:]
                written += len(new)
                for sent in new:
                    write(f"{sent.to} < {one_line(sent.delivered_text)}")
            await send(message)

        await fake.app(scope, receive, print_first)

    return app
