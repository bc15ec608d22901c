"""A fake Infobip on loopback, a client of it, and somebody who takes its webhooks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve

SAMPLES = Path(__file__).parent.parent / "samples"
KEY = {"Authorization": "App sandbox-key"}


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 9, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def move(self, span: timedelta) -> None:
        self.moment += span


class Catcher:
    """Takes webhooks at `/hook` and answers what it is told to, 200 by default."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: Request) -> Response:
        self.bodies.append(await request.json())
        return Response(status_code=self.answers.pop(0) if self.answers else 200)


def load(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


def shape(value: Any) -> Any:
    """The keys of a body, all the way down; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return None


def message(to: str = "385981234567", text: str = "Hello", *, message_id: str | None = None, **more: Any) -> Any:
    """One entry of `messages` in a request."""
    destination = {"to": to} if message_id is None else {"to": to, "messageId": message_id}
    return {"sender": "447491163443", "destinations": [destination], "content": {"text": text}, **more}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def fake(clock: SetClock) -> FakeInfobip:
    return FakeInfobip(clock=clock)


@pytest.fixture
def url(fake: FakeInfobip) -> Iterator[str]:
    with serve(fake.app) as base:
        yield base


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as opened:
        yield opened


Send = Callable[..., Any]


@pytest.fixture
def send(client: httpx.AsyncClient) -> Send:
    """POST messages, with request-level options if given."""

    async def post(*messages: Any, **options: Any) -> httpx.Response:
        body = {"messages": list(messages), **({"options": options} if options else {})}
        return await client.post("/sms/3/messages", json=body)

    return post


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    taker = Catcher()
    with LoopbackServer(Starlette(routes=[Route("/hook", taker.take, methods=["POST"])])) as server:
        taker.url = server.url + "/hook"
        yield taker
