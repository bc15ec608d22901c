"""Which bodies are read, how much of them, and for how long."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from infobip_rules.web import create_app
from infobip_rules.web.body import read_body

from .conftest import MESSAGES, KeepingReceiver, Serve, error_of, post_raw, sample

LIMIT = 2048
HEAD = f"POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
def patience() -> float:
    """Longer than any machine is busy."""
    return 60.0


@pytest.fixture
def url(receiver: KeepingReceiver, served: Serve, patience: float) -> str:
    """Of an app with little room."""
    return served(create_app(receiver, token=None, max_body=LIMIT, read_timeout=patience))


class _Logged(logging.Handler):
    """Says when a sender's leaving is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.disconnect = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("web.disconnected"):
            self.disconnect.set()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[_Logged]:
    caplog.set_level(logging.INFO)
    log, handler = logging.getLogger("infobip_rules.web"), _Logged()
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


def padded(size: int) -> bytes:
    body = sample("mo_single_keyword.json")
    return body + b" " * (size - len(body))


async def in_chunks(body: bytes, size: int = 500) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize(
    "said", ["application/json", "Application/JSON; charset=utf-8", "application/vnd.infobip+json"]
)
async def test_json_is_read_under_each_of_its_names(client: httpx.AsyncClient, said: str) -> None:
    response = await client.post(MESSAGES, content=padded(800), headers={"Content-Type": said})
    assert response.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Content-Type": ""}])
async def test_json_is_read_where_no_type_is_said_but_the_token_is(
    receiver: KeepingReceiver, served: Serve, headers: dict[str, str]
) -> None:
    url = served(create_app(receiver, token="a-word"))
    async with httpx.AsyncClient(base_url=url, params={"token": "a-word"}, timeout=60) as client:
        assert (await client.post(MESSAGES, content=padded(800), headers=headers)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Content-Type": ""}])
async def test_a_type_must_be_said_where_no_token_is_asked_for(
    url: str, receiver: KeepingReceiver, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        response = await client.post(MESSAGES, content=padded(800), headers=headers)
    assert response.status_code == 415
    assert "application/json" in error_of(response)["remedy"]
    assert receiver.batches == []


@pytest.mark.parametrize("said", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"])
async def test_another_type_is_refused(client: httpx.AsyncClient, receiver: KeepingReceiver, said: str) -> None:
    response = await client.post(MESSAGES, content=padded(800), headers={"Content-Type": said})
    assert response.status_code == 415
    assert "application/json" in error_of(response)["remedy"]
    assert receiver.batches == []


async def test_a_body_may_be_as_large_as_the_limit(client: httpx.AsyncClient) -> None:
    assert (await client.post(MESSAGES, content=padded(LIMIT))).status_code == 200


async def test_a_larger_body_is_refused(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    response = await client.post(MESSAGES, content=padded(LIMIT + 1))
    assert (response.status_code, error_of(response)["fact"]) == (413, f"The body is larger than {LIMIT} bytes.")
    assert receiver.batches == []


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(url: str) -> None:
    status, _ = post_raw(url, f"{HEAD}Connection: close\r\nContent-Length: {LIMIT + 1}\r\n\r\n".encode())
    assert status == 413


@pytest.mark.parametrize("size", [LIMIT + 1, 8_000_000])
async def test_a_sender_sees_the_answer_however_much_it_sends(client: httpx.AsyncClient, size: int) -> None:
    announced = await client.post(MESSAGES, content=padded(size))
    chunked = await client.post(MESSAGES, content=in_chunks(padded(size), 100_000))
    assert (announced.status_code, chunked.status_code) == (413, 413)


async def test_a_body_may_come_in_chunks(client: httpx.AsyncClient) -> None:
    assert (await client.post(MESSAGES, content=in_chunks(padded(LIMIT)))).status_code == 200


async def test_chunks_over_the_limit_are_refused(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    response = await client.post(MESSAGES, content=in_chunks(padded(LIMIT + 1)))
    assert response.status_code == 413
    assert receiver.batches == []


@pytest.mark.parametrize("patience", [0.2])
@pytest.mark.parametrize("length", ["Content-Length: 900", "Transfer-Encoding: chunked"])
def test_a_body_that_does_not_come_is_given_up(url: str, receiver: KeepingReceiver, length: str) -> None:
    status, answer = post_raw(url, f"{HEAD}{length}\r\n\r\n".encode())
    assert status == 408
    assert b"connection: close" in answer.lower()
    assert b"The body was not complete after 0.2 seconds." in answer
    assert receiver.batches == []


def test_a_sender_that_leaves_brings_nothing(url: str, receiver: KeepingReceiver, logged: _Logged) -> None:
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(f"{HEAD}Content-Length: 900\r\n\r\n{{".encode())
    assert logged.disconnect.wait(60)
    assert receiver.batches == []


@given(st.lists(st.tuples(st.binary(max_size=3), st.integers(0, 2)), min_size=1))
def test_a_body_is_whole_wherever_it_was_waited_for(chunks: list[tuple[bytes, int]]) -> None:
    coming = iter(enumerate(chunks, 1))

    async def receive() -> Message:
        number, (chunk, turns) = next(coming)
        for _ in range(turns):
            await asyncio.sleep(0)
        return {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}

    body = asyncio.run(read_body({"headers": []}, receive, limit=LIMIT, seconds=5))
    assert body == b"".join(chunk for chunk, _ in chunks)


async def test_reading_that_is_cut_off_is_not_taken_for_a_slow_sender() -> None:
    waits, left = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        waits.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        raise AssertionError("it was not cut off")

    reading = asyncio.create_task(read_body({"headers": []}, receive, limit=LIMIT, seconds=5))
    await waits.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert left.is_set()
