"""The seam between web and host: who takes in what a webhook brought, and what they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from infobip_rules.infobip.inbound import InboundBatch


class Receipt(NamedTuple):
    """What became of a batch: how many signals were new, how many had come before, how many results were set aside."""

    new: int
    duplicates: int
    set_aside: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Whether webhooks can be taken in, and what there is to know about it: values that go into JSON."""

    ready: bool
    details: Mapping[str, object]


class BatchReceiver(Protocol):
    """Takes in what webhooks bring."""

    def receive(self, batch: InboundBatch) -> Awaitable[Receipt]:
        """Keep a batch; done once all of it is on disk, for Infobip is answered 200 then and forgets it.

        Raises JournalBusyError if it may be tried again shortly, JournalError if it could not be kept.
        """
        ...


class Receiver(BatchReceiver, Protocol):
    """Takes in what webhooks bring, and knows how things stand; the rules host is one."""

    async def health(self) -> Health:
        """How things stand, quickly: it is asked every few seconds."""
        ...
