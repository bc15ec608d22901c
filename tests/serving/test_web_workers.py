"""Web workers: what they take is kept by the host, what they can't answer the host answers, and they are replaced."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from infobip_rules.errors import JournalBusyError, JournalError
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.receiver import Receipt
from infobip_rules.serving.remote import MAX_FORWARDED
from infobip_rules.serving.web_worker import WebPlan
from infobip_rules.serving.web_workers import WebWorkers

TOKEN = "a-long-random-word"
MESSAGE = {"messageId": "817790313235066447", "from": "385916242493", "to": "447491163443", "text": "JOIN"}
PATIENCE = 60.0
QUIETLY = functools.partial(logging.disable, logging.CRITICAL)


class Host:
    """Keeps batches, as the host does; pages show what became of requests that are no webhooks."""

    def __init__(self) -> None:
        self.batches: list[InboundBatch] = []
        self.failure: Exception | None = None
        #: Cleared, a batch waits until it is set.
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.receiving = asyncio.Event()
        self.left = asyncio.Event()
        pages = [("/echo", self.echo), ("/stream", self.stream), ("/wait", self.wait), ("/broken", self.broken)]
        self.app = Starlette(routes=[Route(path, page, methods=["GET", "POST"]) for path, page in pages])

    async def receive(self, batch: InboundBatch) -> Receipt:
        self.receiving.set()
        await self.go_on.wait()
        if self.failure is not None:
            raise self.failure
        self.batches.append(batch)
        return Receipt(new=len(batch.items), duplicates=0, set_aside=len(batch.bad))

    async def echo(self, request: Request) -> Response:
        shown = {"method": request.method, "query": dict(request.query_params), "body": (await request.body()).decode()}
        return Response(json.dumps(shown), 201, headers={"X-Seen": request.headers["x-given"]})

    async def stream(self, request: Request) -> Response:
        async def parts() -> AsyncIterator[str]:
            for part in ("one ", "two ", "three"):
                yield part

        return StreamingResponse(parts())

    async def wait(self, request: Request) -> Response:
        self.receiving.set()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.left.set()
        return PlainTextResponse("nobody reads this")

    async def broken(self, request: Request) -> Response:
        raise RuntimeError("a page that is broken")


Scenario = Callable[[Host, httpx.AsyncClient], Awaitable[None]]


async def served(scenario: Scenario, *, size: int = 1, grace: float = 5.0) -> None:
    """Plays a scenario while web workers serve."""
    host, started, end = Host(), asyncio.Event(), asyncio.Event()
    plan = WebPlan(
        token=TOKEN,
        grace=grace,
        most_connections=512,
        configure_logging=functools.partial(logging.disable, logging.CRITICAL),
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        workers = WebWorkers(listener, plan, size=size, receiver=host, app=host.app)
        serving = asyncio.create_task(workers.serve(started=started.set, end=end))
        headers = {"X-Webhook-Token": TOKEN}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
            try:
                async with asyncio.timeout(PATIENCE):
                    await started.wait()
                    await scenario(host, client)
            finally:
                end.set()
                await serving


def play(scenario: Scenario, *, size: int = 1, grace: float = 5.0) -> None:
    asyncio.run(served(scenario, size=size, grace=grace))


async def webhook(client: httpx.AsyncClient, *results: object) -> httpx.Response:
    return await client.post("/sms-received-message", json={"results": list(results) or [MESSAGE]})


def web_processes() -> list[int]:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.parametrize("size", [1, 2])
def test_what_a_webhook_brings_is_kept_by_the_host(size: int) -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        answer = await webhook(client, MESSAGE, {"no": "message"})
        assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0, "setAside": 1})
        (batch,) = host.batches
        assert batch.items[0].signal.text == "JOIN"  # type: ignore[union-attr]
        assert batch.items[0].raw == json.dumps(MESSAGE, separators=(",", ":"))
        assert batch.path == "/sms-received-message"
        assert len(batch.bad) == 1

    play(scenario, size=size)


def test_many_at_once_are_each_answered() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(webhook(client, {**MESSAGE, "messageId": str(n)}) for n in range(200)))
        assert {answer.status_code for answer in answers} == {200}
        assert {item.dedup_key for batch in host.batches for item in batch.items} == {f"m:{n}" for n in range(200)}

    play(scenario)


@pytest.mark.parametrize(
    ("failure", "headers"),
    [
        (JournalBusyError("Too many are waiting.", "Try again shortly."), {"retry-after": "5"}),
        (JournalError("The disk is full.", "Make room."), {}),
    ],
)
def test_what_can_not_be_kept_is_to_be_posted_again(failure: Exception, headers: dict[str, str]) -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        host.failure = failure
        answer = await webhook(client)
        assert answer.status_code == 503
        assert headers.items() <= answer.headers.items()

    play(scenario)


def test_the_host_s_own_mistake_is_a_500_without_details() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        host.failure = ValueError("something private")
        answer = await webhook(client)
        assert answer.status_code == 500
        assert "private" not in answer.text

    play(scenario)


def test_a_webhook_without_the_token_does_not_reach_the_host() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        del client.headers["X-Webhook-Token"]
        assert (await webhook(client)).status_code == 401
        assert host.batches == []

    play(scenario)


def test_what_is_no_webhook_is_answered_by_the_host() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        answer = await client.post("/echo?a=1", content="form", headers={"X-Given": "word"})
        assert (answer.status_code, answer.headers["x-seen"]) == (201, "word")
        assert answer.json() == {"method": "POST", "query": {"a": "1"}, "body": "form"}
        assert (await client.get("/stream")).text == "one two three"
        assert (await client.get("/nowhere")).status_code == 404
        assert (await client.get("/sms-received-message")).status_code == 404

    play(scenario)


def test_a_page_that_breaks_costs_its_own_answer_only() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        assert (await client.get("/broken")).status_code == 500
        assert (await webhook(client)).status_code == 200

    play(scenario)


def test_a_page_is_not_asked_with_a_body_that_none_has_need_of() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        answer = await client.post("/echo", content=b"x" * (MAX_FORWARDED + 1), headers={"X-Given": "word"})
        assert answer.status_code == 413

    play(scenario)


def test_the_host_learns_that_who_asked_has_left() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        asking = asyncio.create_task(client.get("/wait"))
        await host.receiving.wait()
        asking.cancel()
        await host.left.wait()
        assert (await webhook(client)).status_code == 200

    play(scenario)


def test_a_worker_that_is_killed_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        (victim,) = web_processes()
        os.kill(victim, signal.SIGKILL)
        # Who comes meanwhile waits in the listening socket's queue, or is cut off and posts again, as Infobip does.
        while True:
            try:
                answer = await webhook(client)
                break
            except httpx.TransportError:
                continue
        assert answer.status_code == 200
        assert victim not in web_processes()
        assert "web.worker_ended" in caplog.text

    play(scenario)


def test_a_webhook_under_way_is_answered_before_the_end() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        host.go_on.clear()
        host.answering = asyncio.create_task(webhook(client))  # type: ignore[attr-defined]
        await host.receiving.wait()
        asyncio.get_running_loop().call_later(0.3, host.go_on.set)
        kept.append(host)

    kept: list[Host] = []

    async def ending_meanwhile() -> httpx.Response:
        await served(scenario)
        answer: httpx.Response = await kept[0].answering  # type: ignore[attr-defined]
        return answer

    assert asyncio.run(ending_meanwhile()).status_code == 200


def test_nothing_is_left_when_it_ends() -> None:
    async def scenario(host: Host, client: httpx.AsyncClient) -> None:
        assert len(web_processes()) == 2

    play(scenario, size=2)
    assert web_processes() == []


def test_it_can_be_ended_before_a_worker_has_started() -> None:
    async def ended_at_once() -> list[str]:
        host, end, calls = Host(), asyncio.Event(), list[str]()
        plan = WebPlan(
            token=None,
            grace=1.0,
            most_connections=512,
            configure_logging=functools.partial(logging.disable, logging.CRITICAL),
        )
        with socket.create_server(("127.0.0.1", 0)) as listener:
            workers = WebWorkers(listener, plan, size=1, receiver=host, app=host.app)
            end.set()
            async with asyncio.timeout(PATIENCE):
                await workers.serve(started=lambda: calls.append("started"), end=end)
        return calls

    assert asyncio.run(ended_at_once()) == []
    assert web_processes() == []
