"""What a web worker and its host tell each other; each `id` is the worker's own number of one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.receiving import Receipt


class Ready(NamedTuple):
    """The worker answers requests."""


class End(NamedTuple):
    """The worker is to end: with the requests under way, but no other."""


class Received(NamedTuple):
    """A webhook brought a batch."""

    id: int
    batch: InboundBatch


class Kept(NamedTuple):
    """A batch is on disk."""

    id: int
    receipt: Receipt


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
