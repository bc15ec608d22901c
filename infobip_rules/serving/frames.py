"""The frames between a web worker and its host; each `id` is the worker's own number of a request.

The frames of each webhook are flat: pickle takes longer for a record in a record than for all its texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from infobip_rules.infobip.inbound import BadItem, InboundBatch, ReceivedItem


class Ready(NamedTuple):
    """The worker answers requests."""


class End(NamedTuple):
    """The worker has to end, after the requests under way."""


class BatchReceived(NamedTuple):
    """A batch that a webhook brought."""

    id: int
    #: `ReceivedItem`s as plain tuples.
    items: Sequence[tuple[Any, ...]]
    bad: tuple[BadItem, ...]
    misdirected: int
    path: str
    #: By the clock of `time.monotonic`, which the host has too.
    began: float | None

    @classmethod
    def of(cls, id_: int, batch: InboundBatch) -> Self:
        """The frame of a batch."""
        return cls(id_, [tuple(item) for item in batch.items], batch.bad, batch.misdirected, batch.path, batch.began)

    @property
    def batch(self) -> InboundBatch:
        """The batch, made anew each time."""
        items = tuple([ReceivedItem(*item) for item in self.items])
        return InboundBatch(items, self.bad, self.misdirected, self.path, began=self.began)


class BatchKept(NamedTuple):
    """A batch is on disk; the numbers are those of a `Receipt`."""

    id: int
    new: int
    duplicates: int
    set_aside: int


class BatchNotKept(NamedTuple):
    """A batch could not be kept."""

    id: int
    problem: Exception


class RequestForwarded(NamedTuple):
    """A request that is not a webhook, with its ASGI scope and whole body."""

    id: int
    scope: Mapping[str, Any]
    body: bytes


class ClientGone(NamedTuple):
    """The client of a forwarded request is gone."""

    id: int


class ResponseMessage(NamedTuple):
    """An ASGI message of the answer to a request; None if there will be no more."""

    id: int
    message: Mapping[str, Any] | None
