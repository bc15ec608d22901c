"""What the host asks of Infobip; `infobip_rules.infobip.client.AsyncInfobipClient` does it over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from infobip_rules.infobip.lookups import Inbox, LogRow
from infobip_rules.infobip.messages import Outcome, OutgoingSms


class Provider(Protocol):
    """Takes messages, and answers for them."""

    async def send(self, messages: Sequence[OutgoingSms], delivery_report_url: str | None = None) -> list[Outcome]:
        """Sends messages; what became of each, in the order given. Raises nothing that the provider could cause."""
        ...

    async def logs(self, ids: Collection[str]) -> Mapping[str, LogRow]:
        """What is known of messages, by messageId. Raises ProviderError."""
        ...

    async def pull_inbox(self, limit: int = 50) -> Inbox:
        """Received messages, each handed out once. Raises ProviderError."""
        ...

    async def close(self) -> None:
        """Lets go of what was opened for it."""
        ...
