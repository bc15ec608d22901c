"""A host as Infobip meets it: its webhooks served on loopback; started and stopped as often as a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from starlette.applications import Starlette

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import SystemClock
from infobip_rules.evaluators.jobs import Evaluator
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.host import Host
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.receiver import Health, Receipt
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import LoopbackServer
from infobip_rules.settings import Settings
from infobip_rules.web.webhook_app import create_app
from tests.conftest import OUR_NUMBER

T = TypeVar("T")
PATIENCE = 240.0


class ServedHost:
    """A host with the rules of one file, on the journal of `settings`; `pool` makes worker processes where wanted.

    It is down until it is started, and keeps its port when it is stopped. As a context manager it is up meanwhile.
    """

    def __init__(
        self,
        rules: Path,
        settings: Settings,
        *,
        pool: Callable[[Path], WorkerPool] | None = None,
        queue_limit: int = 10_000,
        channels: Channels = BUILT_IN,
    ) -> None:
        self.host: Host
        self._rules = rules
        self._settings = settings
        self._pool = pool
        self._queue_limit = queue_limit
        self._channels = channels
        self._loop: asyncio.AbstractEventLoop
        self._server = LoopbackServer(create_app(self, token=None, lifespan=self._lifespan, channels=channels))
        self._client = httpx.Client(timeout=PATIENCE, trust_env=False)

    @property
    def url(self) -> str:
        """Where it listens; the same after each start."""
        return self._server.url

    @property
    def up(self) -> bool:
        """Whether it answers."""
        return self._server.running

    def start(self) -> Self:
        """Lets it come up, with what is in its journal."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Lets it end in order."""
        self._server.stop()

    def post(self, *items: Mapping[str, Any]) -> httpx.Response:
        """Posts received messages in one body; httpx.TransportError while it is down."""
        return self._client.post(f"{self._server.url}/sms-received-message", json={"results": items})

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs something in the host's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def settled(self, seconds: float = PATIENCE) -> bool:
        """Waits until nothing is left to do; whether that was so within `seconds`."""
        return self.submit(self.host.settled(seconds)).result(seconds + 10)

    async def receive(self, batch: InboundBatch) -> Receipt:
        """The host's own."""
        return await self.host.receive(batch)

    async def health(self) -> Health:
        """The host's own."""
        return await self.host.health()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *raised: object) -> None:
        self.stop()
        self._client.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            opened = FileJournal.open(self._settings.journal_url, clock=SystemClock(), queue_limit=self._queue_limit)
            journal = stack.enter_context(opened)
            rulebook = load_rules([self._rules], signal_types=self._channels.signal_types.values())
            evaluator = await self._evaluator()
            host = Host(
                rulebook,
                settings=self._settings,
                journal=journal,
                evaluator=evaluator,
                channels=self._channels,
            )
            self.host = await stack.enter_async_context(host)
            yield

    async def _evaluator(self) -> Evaluator | None:
        if self._pool is None:
            return None
        pool = self._pool(self._rules)
        await pool.start()
        return pool


def item(message_id: str, text: str = "hello", *, number: str = "385916242493") -> dict[str, Any]:
    """One received message as Infobip sends it."""
    sent = {"messageId": message_id, "from": number, "to": OUR_NUMBER, "text": text}
    return {**sent, "receivedAt": "2026-10-06T09:28:39.220+0000"}
