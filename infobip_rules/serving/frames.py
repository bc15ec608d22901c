"""What a web worker and its host tell each other; each `id` is the worker's own number of one request.

Frames that come with each webhook lie flat: pickle takes longer for a record in a record than for all its texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from infobip_rules.infobip.inbound import BadItem, InboundBatch, ReceivedItem


class Ready(NamedTuple):
    """The worker answers requests."""


class End(NamedTuple):
    """The worker is to end: with the requests under way, but no other."""


class Received(NamedTuple):
    """A webhook brought a batch."""

    id: int
    #: `ReceivedItem`s as plain tuples.
    items: Sequence[tuple[Any, ...]]
    bad: tuple[BadItem, ...]
    misdirected: int
    path: str

    @classmethod
    def of(cls, id_: int, batch: InboundBatch) -> Self:
        """The frame that tells of a batch."""
        return cls(id_, [tuple(item) for item in batch.items], batch.bad, batch.misdirected, batch.path)

    @property
    def batch(self) -> InboundBatch:
        """The batch, made anew each time."""
        items = tuple([ReceivedItem(*item) for item in self.items])
        return InboundBatch(items, self.bad, self.misdirected, self.path)


class Kept(NamedTuple):
    """A batch is on disk; the numbers are those of a `Receipt`."""

    id: int
    new: int
    duplicates: int
    set_aside: int


class NotKept(NamedTuple):
    """A batch could not be kept."""

    id: int
    problem: Exception


class Asked(NamedTuple):
    """A request that is no webhook, whole, with its ASGI scope."""

    id: int
    scope: Mapping[str, Any]
    body: bytes


class Left(NamedTuple):
    """Who asked is gone."""

    id: int


class Answered(NamedTuple):
    """An ASGI message of the answer to a request; None where there will be no more."""

    id: int
    message: Mapping[str, Any] | None
