"""The webhooks' app served on loopback, and a receiver that keeps what it is given in a list."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import ASGIApp

from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.receiver import Health, Receipt
from infobip_rules.sandbox import serve
from infobip_rules.web import create_app

SAMPLES = Path(__file__).parent.parent / "samples"
MESSAGES = "/sms-received-message"
REPORTS = "/sms-delivery-report"
JSON = {"Content-Type": "application/json"}


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


class KeepingReceiver:
    """Keeps batches, knows repeated ones, or fails as it is told to."""

    def __init__(self) -> None:
        self.batches: list[InboundBatch] = []
        self.keys: set[str] = set()
        self.failure: Exception | None = None
        self.state = Health(ready=True, details={"pending": 0})

    async def receive(self, batch: InboundBatch) -> Receipt:
        if self.failure is not None:
            raise self.failure
        self.batches.append(batch)
        new = {item.dedup_key for item in batch.items} - self.keys
        self.keys |= new
        return Receipt(new=len(new), duplicates=len(batch.items) - len(new), set_aside=len(batch.bad))

    async def health(self) -> Health:
        if self.failure is not None:
            raise self.failure
        return self.state


Serve = Callable[[ASGIApp], str]


@pytest.fixture
def receiver() -> KeepingReceiver:
    return KeepingReceiver()


@pytest.fixture
def served() -> Iterator[Serve]:
    """Serves an app until the test ends, and gives its URL."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serve(app))


@pytest.fixture
def url(receiver: KeepingReceiver, served: Serve) -> str:
    return served(create_app(receiver, token=None))


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=JSON) as opened:
        yield opened


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What was logged so far, from DEBUG on."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(record.getMessage() + (record.exc_text or "") for record in caplog.records)


def post_raw(url: str, request: bytes) -> tuple[int, bytes]:
    """Sends exactly these bytes, and waits for the answer without sending any more: its status and all that came."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return int(received.split(b" ", 2)[1]), received


def error_of(response: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert error.keys() == {"id", "fact", "remedy"}
    return error
