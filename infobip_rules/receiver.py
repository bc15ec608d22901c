"""The interface between web and host: the receiver of webhook batches, its receipts, and its health."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from infobip_rules.infobip.inbound import InboundBatch


class Receipt(NamedTuple):
    """The result for a batch: how many signals were new, how many repetitions, how many items were set aside."""

    new: int
    duplicates: int
    set_aside: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Whether webhooks can be taken in, with details as values for JSON."""

    ready: bool
    details: Mapping[str, object]


class BatchReceiver(Protocol):
    """A receiver of the batches of webhooks."""

    def receive(self, batch: InboundBatch) -> Awaitable[Receipt]:
        """Keeps a batch; done once all of it is on disk, as Infobip is answered 200 then and forgets it.

        Raises JournalBusyError if it may be tried again shortly, JournalError if it could not be kept.
        """
        ...


class Receiver(BatchReceiver, Protocol):
    """A receiver that also knows its health; the rules host is one."""

    async def health(self) -> Health:
        """Returns the health, quickly: it is asked every few seconds."""
        ...
