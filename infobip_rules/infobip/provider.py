"""The provider as the host asks it, and the formats handed over with each question, as they differ by channel.

`infobip_rules.infobip.client.AsyncInfobipClient` is the provider over HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.lookups import Inbox, LogRow
from infobip_rules.infobip.messages import Outcome, Outgoing


class SendFormat(Protocol):
    """How messages of one channel become requests, and how their answers are read."""

    def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
        """The messages in lists, each of which one request can hold."""
        ...

    def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
        """The request that sends one group; with `delivery_report_url`, Infobip is to post the reports there."""
        ...

    def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
        """What became of each message of a group, in the order given. Never raises, whatever the reply is."""
        ...


class LogsFormat(Protocol):
    """How Infobip's logs are asked for messages of one channel."""

    #: What a key needs to read them.
    scope: str

    def logs_request(self, ids: Collection[str]) -> Request:
        """Asks for messages by messageId. Raises ValueError for ids that can't be asked for."""
        ...

    def read_logs(self, ids: Collection[str], reply: Reply) -> dict[str, LogRow]:
        """What the logs hold of them, by messageId. Raises ProviderError for anything but a readable answer."""
        ...


class InboxFormat(Protocol):
    """How received messages of one channel are pulled."""

    #: The path that is asked, which also names where items came in.
    inbox_path: str

    def inbox_request(self, limit: int) -> Request:
        """Pulls up to `limit` received messages. Raises ValueError for a limit that Infobip does not take."""
        ...

    def read_inbox(self, reply: Reply) -> Inbox:
        """The messages pulled. Raises ProviderError, with an unreadable body in its context, as it comes only once."""
        ...


class Provider(Protocol):
    """Takes messages, and answers for them."""

    async def send(
        self, messages: Sequence[Outgoing], form: SendFormat, delivery_report_url: str | None = None
    ) -> list[Outcome]:
        """Sends messages of one channel; what became of each, in the order given.

        Raises nothing that the provider could cause.
        """
        ...

    async def logs(self, ids: Collection[str], form: LogsFormat) -> Mapping[str, LogRow]:
        """What is known of messages of one channel, by messageId. Raises ProviderError."""
        ...

    async def pull_inbox(self, form: InboxFormat, limit: int = 50) -> Inbox:
        """Received messages of one channel, each handed out once. Raises ProviderError."""
        ...

    async def close(self) -> None:
        """Lets go of what was opened for it."""
        ...
