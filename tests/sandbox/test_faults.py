"""Everything that can go wrong, as a client on the other end of the wire sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import httpx
import pytest

from infobip_rules.sandbox import Effect, FakeInfobip, Fault, Faults, LoopbackServer
from infobip_rules.sandbox.gate import ConnectionDroppedError

from .conftest import KEY, Send, load, message


@pytest.fixture(autouse=True)
def nothing_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Simulated trouble leaves no trace in the log."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_too_many_requests_with_a_retry_after(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, retry_after=3))

    response = await send(message())

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")
    assert response.json() == load("error_v3_429.json")
    assert fake.messages == ()


async def test_too_many_requests_without_a_retry_after(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT))

    response = await send(message())

    assert "Retry-After" not in response.headers


async def test_a_server_error_before_processing(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR))

    response = await send(message())

    assert (response.status_code, response.json()) == (500, load("error_v3_500.json"))
    assert fake.messages == ()


async def test_a_server_error_after_accepting(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR, when="after"))

    response = await send(message(message_id="m-1"))

    assert response.status_code == 500
    assert fake.accepted_ids == ("m-1",)
    assert fake.posts[0].accepted == ("m-1",)


async def test_a_gateway_answers_in_html(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.BAD_GATEWAY))

    response = await send(message())

    assert response.status_code == 502
    assert response.headers["content-type"].startswith("text/html")


async def test_a_connection_dropped_before_processing(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP))

    with pytest.raises(httpx.TransportError):
        await send(message())

    assert fake.messages == ()
    assert [(post.outcome, post.status, post.accepted) for post in fake.posts] == [("dropped", None, ())]


async def test_a_connection_dropped_after_accepting(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))

    with pytest.raises(httpx.TransportError):
        await send(message(message_id="m-1"))

    assert fake.accepted_ids == ("m-1",)
    assert [(post.outcome, post.status, post.accepted) for post in fake.posts] == [("dropped", None, ("m-1",))]


async def test_an_answer_that_does_not_come_in_time(client: httpx.AsyncClient, send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after"))
    client.timeout = httpx.Timeout(0.2)

    with pytest.raises(httpx.ReadTimeout):
        await send(message(message_id="m-1"))

    assert fake.accepted_ids == ("m-1",)
    assert fake.posts[0].outcome == "held"


async def test_a_held_answer_ends_in_a_dropped_connection(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, seconds=0.05))

    with pytest.raises(httpx.RemoteProtocolError):
        await send(message())


async def test_a_server_stops_although_an_answer_is_held(fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD))
    server = LoopbackServer(fake.app).start()
    async with httpx.AsyncClient(base_url=server.url, headers=KEY, timeout=30) as client:
        request = asyncio.create_task(client.post("/sms/3/messages", json={"messages": [message()]}))
        await asyncio.to_thread(fake.wait_for, lambda: len(fake.posts) == 1)
        await asyncio.to_thread(server.stop)

        with pytest.raises(httpx.TransportError):
            await request


async def test_after_the_fault_all_is_well(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP), times=2)
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            await send(message())

    assert (await send(message())).status_code == 200


async def test_a_message_is_rejected_for_want_of_credits(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.REJECT))

    first, second = (await send(message(), message())).json()["messages"]

    assert (first["status"]["id"], first["status"]["name"]) == (12, "REJECTED_NOT_ENOUGH_CREDITS")
    assert second["status"]["id"] == 26


async def test_a_message_is_rejected_by_its_id(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.REJECT, status="14", message_ids=frozenset({"m-2"})), times=None)

    answers = (await send(*[message(message_id=f"m-{n}") for n in (1, 2, 3)])).json()["messages"]

    assert [answer["status"]["name"] for answer in answers] == [
        "PENDING_ACCEPTED",
        "REJECTED_DESTINATION_BLOCKLISTED",
        "PENDING_ACCEPTED",
    ]


async def test_a_message_is_accepted_with_a_status_nobody_knows(send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.UNKNOWN_STATUS))

    (answer,) = (await send(message(message_id="m-1"))).json()["messages"]

    assert answer["status"]["groupName"] == "QUEUED_SOMEWHERE"
    assert fake.accepted_ids == ("m-1",)


async def test_another_path_has_faults_of_its_own(client: httpx.AsyncClient, send: Send, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR, path="/sms/3/logs"))

    sent, asked = await send(message()), await client.get("/sms/3/logs?messageId=m")

    assert (sent.status_code, asked.status_code) == (200, 500)


async def test_in_process_a_dropped_connection_is_an_exception(fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP))
    transport = httpx.ASGITransport(fake.app)

    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=KEY) as client:
        with pytest.raises(ConnectionDroppedError, match="LoopbackServer"):
            await client.post("/sms/3/messages", json={"messages": [message()]})


def test_chance_is_repeatable_by_its_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed=seed)
        faults.arm(Fault(effect=Effect.DROP), times=None, probability=0.3)
        return [faults.for_request("/sms/3/messages") is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_cleared_faults_strike_nothing() -> None:
    faults = Faults()
    faults.arm(Fault(effect=Effect.DROP), times=None)
    faults.clear()

    assert faults.for_request("/sms/3/messages") is None


def test_a_fault_armed_for_no_request_is_not_armed() -> None:
    faults = Faults()
    faults.arm(Fault(effect=Effect.DROP), times=0)

    assert faults.armed == ()
