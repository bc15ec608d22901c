"""Received messages pulled from Infobip's inbox: each comes once, so each is kept before the next pull."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.sms.lookups import SmsInbox
from infobip_rules.clock import SystemClock
from infobip_rules.errors import JournalBusyError
from infobip_rules.host import Host
from infobip_rules.host.puller import Puller
from infobip_rules.infobip import lookups
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.provider import InboxFormat
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.receiver import Receipt
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import Effect, FakeInfobip, Fault, LoopbackServer
from infobip_rules.settings import Settings
from tests.journal import store
from tests.journal.sqlite.test_group import writer_held

ANA = "385916242493"

Receive = Callable[[InboundBatch], Awaitable[Receipt]]
#: `async with pulling(receive) as puller`, every 20 ms; `url` for another Infobip than the fake.
Pulling = Callable[..., AbstractAsyncContextManager[Puller]]


@pytest.fixture
def pulling(settings: Settings, journal: FileJournal) -> Pulling:
    @asynccontextmanager
    async def running(receive: Receive, *, url: str = settings.base_url) -> AsyncIterator[Puller]:
        async with AsyncInfobipClient(url, settings.api_key) as client:
            puller = Puller(
                client=client,
                channels=BUILT_IN,
                inbox=SmsInbox(),
                journal=journal,
                receive=receive,
                clock=SystemClock(),
                interval=0.02,
            )
            task = asyncio.create_task(puller.run())
            try:
                yield puller
            finally:
                puller.stop()
                await task

    return running


class Inbox:
    """Takes batches in, and remembers how many pulls there had been before each."""

    def __init__(self, fake: FakeInfobip) -> None:
        self.fake = fake
        self.texts: list[str] = []
        self.pulls: list[int] = []
        self.paths: set[str] = set()

    async def receive(self, batch: InboundBatch) -> Receipt:
        self.pulls.append(len(self.fake.requests))
        await asyncio.sleep(0)
        self.texts += [item.signal.text for item in batch.items if hasattr(item.signal, "text")]
        self.paths.add(batch.path)
        return Receipt(new=len(batch.items), duplicates=0, set_aside=0)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.texts) < count:  # noqa: ASYNC110 - the puller tells nobody
                await asyncio.sleep(0.01)


async def test_messages_are_pulled_until_none_is_left_each_kept_before_the_next_pull(
    pulling: Pulling, fake: FakeInfobip
) -> None:
    for number in range(2500):
        await fake.receive(ANA, f"text {number}")
    inbox = Inbox(fake)
    async with pulling(inbox.receive):
        await inbox.until(2500)
    assert inbox.texts == [f"text {number}" for number in range(2500)]
    assert inbox.pulls == [1, 2, 3]
    assert {call.query for call in fake.requests} == {"limit=1000"}
    assert inbox.paths == {SmsInbox.inbox_path}


async def test_what_comes_later_is_pulled_later(pulling: Pulling, fake: FakeInfobip) -> None:
    inbox = Inbox(fake)
    async with pulling(inbox.receive):
        for number in (1, 2):
            await fake.receive(ANA, f"text {number}")
            await inbox.until(number)
    assert inbox.texts == ["text 1", "text 2"]


async def test_trouble_is_told_once_and_so_is_its_end(
    pulling: Pulling, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "infobip_rules.pulling")
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR, path=SmsInbox.inbox_path), times=3)
    await fake.receive(ANA, "hello")
    inbox = Inbox(fake)
    async with pulling(inbox.receive):
        await inbox.until(1)
    told = [record.getMessage().split()[0] for record in caplog.records]
    assert told == ["pulling.failed", "pulling.recovered"]
    assert inbox.pulls == [4]


async def test_waits_grow_while_there_is_trouble(pulling: Pulling, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, path=SmsInbox.inbox_path), times=4)
    await fake.receive(ANA, "hello")
    inbox = Inbox(fake)
    async with pulling(inbox.receive):
        await inbox.until(1)
    at = [call.at.timestamp() for call in fake.requests[:5]]
    assert at[4] - at[3] > 2 * (at[1] - at[0])


async def test_infobip_is_not_asked_sooner_than_it_wants_to_be(pulling: Pulling, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, path=SmsInbox.inbox_path, retry_after=1), times=1)
    await fake.receive(ANA, "hello")
    inbox = Inbox(fake)
    async with pulling(inbox.receive):
        await inbox.until(1)
    first, second = fake.requests[:2]
    assert (second.at - first.at).total_seconds() >= 1


async def test_a_journal_that_is_busy_is_tried_until_it_has_taken_them(pulling: Pulling, fake: FakeInfobip) -> None:
    await fake.receive(ANA, "hello")
    inbox, refusals = Inbox(fake), 2

    async def receive(batch: InboundBatch) -> Receipt:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise JournalBusyError("The journal has too much to do.", "Try again shortly.")
        return await inbox.receive(batch)

    async with pulling(receive):
        await inbox.until(1)
    assert inbox.pulls == [1]


def answering(body: bytes) -> Starlette:
    """An Infobip that has this to hand out, once."""
    bodies = [body]

    async def pull(request: Request) -> Response:
        return Response(bodies.pop() if bodies else b'{"results": []}', media_type="application/json")

    return Starlette(routes=[Route(SmsInbox.inbox_path, pull)])


@pytest.mark.parametrize("body", [b"<html>\xff not JSON", b'"text"', b'{"results": 5}'])
async def test_a_body_that_can_not_be_read_is_kept_aside(
    pulling: Pulling, fake: FakeInfobip, journal: FileJournal, body: bytes
) -> None:
    with LoopbackServer(answering(body)) as server:
        async with pulling(Inbox(fake).receive, url=server.url), asyncio.timeout(60):
            while not journal.read(store.list_asides):  # noqa: ASYNC110 - nobody is told of it
                await asyncio.sleep(0.01)
    (aside,) = journal.read(store.list_asides)
    assert aside.item == body.decode(errors="backslashreplace")
    assert aside.path == SmsInbox.inbox_path


async def test_what_is_set_aside_or_read_with_a_guess_is_told(
    pulling: Pulling, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    entries = [
        {"from": ANA, "text": "hello", "receivedAt": "2026-11-20T09:15:02"},
        {"messageId": "b1", "text": "private words", "receivedAt": "2026-11-20T09:15:02Z"},
    ]
    inbox = Inbox(fake)
    with LoopbackServer(answering(json.dumps({"results": entries}).encode())) as server:
        async with pulling(inbox.receive, url=server.url):
            await inbox.until(1)
    assert "pulling.date_without_offset count=1 fields=receivedAt reason=" in caplog.text
    assert "pulling.item_set_aside message_id=b1 field=from reason=is missing" in caplog.text
    assert "private words" not in caplog.text


async def test_what_can_not_be_taken_in_is_kept_aside(
    pulling: Pulling, fake: FakeInfobip, journal: FileJournal
) -> None:
    await fake.receive(ANA, "hello")

    async def receive(batch: InboundBatch) -> Receipt:
        raise LookupError("nobody thought of this")

    async with pulling(receive), asyncio.timeout(60):
        while not journal.read(store.list_asides):  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.01)
    (aside,) = journal.read(store.list_asides)
    assert "hello" in aside.item
    assert "LookupError" in aside.reason


async def test_a_host_that_pulls_replies_to_what_it_pulled(
    settings: Settings, fake: FakeInfobip, journal: FileJournal
) -> None:
    async with Host(load_rules(["rules/reply_to_sms.py"]), settings=settings, journal=journal, pull=0.02):
        await fake.receive(ANA, "hello")
        assert await asyncio.to_thread(fake.wait_for, lambda: len(fake.sent_to(ANA)) == 1)


async def test_a_host_pulls_only_when_asked_to(settings: Settings, fake: FakeInfobip, journal: FileJournal) -> None:
    async with Host(load_rules(["rules/reply_to_sms.py"]), settings=settings, journal=journal) as host:
        await fake.receive(ANA, "hello")
        assert await host.settled()
    assert [call for call in fake.requests if call.path == SmsInbox.inbox_path] == []


async def test_what_was_pulled_is_on_disk_when_the_host_has_stopped(
    settings: Settings, fake: FakeInfobip, journal: FileJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.settings.latency = 0.3
    for number in range(5):
        await fake.receive(ANA, f"text {number}")
    host = Host(load_rules(["rules/reply_to_sms.py"]), settings=settings, journal=journal, pull=0.02)
    under_way, pull = asyncio.Event(), host.client.pull_inbox

    async def pull_inbox(form: InboxFormat, limit: int = 50) -> lookups.Inbox:
        under_way.set()
        return await pull(form, limit)

    monkeypatch.setattr(host.client, "pull_inbox", pull_inbox)
    await host.start()
    async with asyncio.timeout(60):
        await under_way.wait()
    await host.stop()
    assert sum(journal.read(store.counts).inbox.values()) >= 5


async def test_what_was_pulled_is_kept_by_a_host_that_ends_before_the_disk_has_it(
    settings: Settings, fake: FakeInfobip, journal: FileJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fake.receive(ANA, "hello")
    host = Host(load_rules(["rules/reply_to_sms.py"]), settings=settings, journal=journal, pull=0.02)
    pulled, pull = asyncio.Event(), host.client.pull_inbox

    async def pull_inbox(form: InboxFormat, limit: int = 50) -> lookups.Inbox:
        inbox = await pull(form, limit)
        pulled.set()
        return inbox

    monkeypatch.setattr(host.client, "pull_inbox", pull_inbox)
    with writer_held(journal):
        await host.start()
        async with asyncio.timeout(60):
            await pulled.wait()
        await host.stop(0)
    await journal.probe()
    assert [row.session_key for row in journal.read(store.list_inbox)] == [ANA]


async def test_a_body_that_can_not_be_read_is_kept_aside_by_a_puller_that_is_cancelled(
    settings: Settings, journal: FileJournal
) -> None:
    async def receive(batch: InboundBatch) -> Receipt:
        raise AssertionError

    pulled = asyncio.Event()

    class Infobip(AsyncInfobipClient):
        async def pull_inbox(self, form: InboxFormat, limit: int = 50) -> lookups.Inbox:
            try:
                return await super().pull_inbox(form, limit)
            finally:
                pulled.set()

    with LoopbackServer(answering(b'"text"')) as server:
        async with Infobip(server.url, settings.api_key) as client:
            puller = Puller(
                client=client,
                channels=BUILT_IN,
                inbox=SmsInbox(),
                journal=journal,
                receive=receive,
                clock=SystemClock(),
                interval=0.02,
            )
            with writer_held(journal):
                running = asyncio.create_task(puller.run())
                async with asyncio.timeout(60):
                    await pulled.wait()
                running.cancel()
                await asyncio.wait([running])
            await puller.drain(60)
    assert [aside.item for aside in journal.read(store.list_asides)] == ['"text"']


async def test_what_can_not_be_kept_when_the_host_has_ended_is_said_to_be_lost(
    settings: Settings, fake: FakeInfobip, journal: FileJournal, caplog: pytest.LogCaptureFixture
) -> None:
    await fake.receive(ANA, "hello")
    refused = asyncio.Event()

    async def receive(batch: InboundBatch) -> Receipt:
        refused.set()
        raise JournalBusyError("The journal has too much to do.", "Try again shortly.")

    async with AsyncInfobipClient.from_settings(settings) as client:
        puller = Puller(
            client=client,
            channels=BUILT_IN,
            inbox=SmsInbox(),
            journal=journal,
            receive=receive,
            clock=SystemClock(),
            interval=0.02,
        )
        running = asyncio.create_task(puller.run())
        async with asyncio.timeout(60):
            await refused.wait()
        running.cancel()
        await asyncio.wait([running])
        await puller.drain(0)
        await puller.drain(60)
    assert "pulling.lost reason=The journal has too much to do." in caplog.text
