"""`run` before it is known who somebody is: what connections may cost, with web workers and without them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from urllib.parse import urlsplit

import pytest

from .conftest import TOKEN, Start
from .program import Program
from .test_run import SAMPLE, post

#: Seconds for what must come; nothing is measured.
BOUND = 30
PATH = "/sms-received-message"
MOST = 10


@pytest.fixture(params=["0", "1"], ids=["in one process", "with a web worker"])
def host(request: pytest.FixtureRequest, start: Start, rules: object) -> Iterator[Program]:
    limits = {"INFOBIP_CONNECTION_LIMIT": str(MOST), "INFOBIP_WEBHOOK_TOKEN": TOKEN}
    running = start("run", rules, "--port", "0", "--in-process", "--web-workers", request.param, **limits)
    assert running.url
    yield running
    assert running.end() == 0
    assert "Traceback" not in running.said


def connected(host: Program) -> socket.socket:
    parts = urlsplit(host.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=BOUND)


def head(*more: str, path: str = PATH, method: str = "POST") -> bytes:
    return "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *more, "")).encode()


def read(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    received = b""
    while piece := connection.recv(65_536):
        received += piece
    return received


def taken(connection: socket.socket, filling: bytes, most: int = 60_000_000) -> int:
    """How many bytes of an endless filling are taken, up to `most`."""
    sent = 0
    try:
        while sent < most:
            connection.sendall(filling)
            sent += len(filling)
    except OSError:
        pass
    return sent


CHUNKED = head("Transfer-Encoding: chunked", "Content-Type: application/json") + b"1\r\n{\r\n"
HEALTH = head("Transfer-Encoding: chunked", path="/health/live", method="GET") + b"1\r\n{\r\n"


def test_nobody_without_the_token_sends_without_end(host: Program) -> None:
    for begin in (CHUNKED, HEALTH):
        for first, filling in ((b"0\r\n", b"X: y\r\n" * 10_000), (b"1;", b"a" * 60_000), (b"", b"1\r\na\r\n" * 10_000)):
            with closing(connected(host)) as connection:
                connection.sendall(begin + first)
                assert taken(connection, filling) < 30_000_000
    assert post(host.url, token=TOKEN).status_code == 200


def test_a_refused_request_keeps_no_connection(host: Program) -> None:
    for begin, drop in ((CHUNKED + b"1;", b"a"), (CHUNKED, b"1\r\na\r\n"), (CHUNKED, b"no chunk")):
        with closing(connected(host)) as connection:
            connection.sendall(begin)
            received = until_closed(connection, drop)
        assert b" 401 " in received
        assert b"connection: close" in received


def until_closed(connection: socket.socket, drop: bytes) -> bytes:
    """All that comes while a `drop` is sent every moment, until the other side closes."""
    received = b""
    connection.settimeout(0.05)
    for _ in range(int(BOUND / 0.05)):
        try:
            if not (piece := connection.recv(65_536)):
                return received
            received += piece
            connection.sendall(drop)
        except TimeoutError:
            with suppress(ConnectionError):
                connection.sendall(drop)
        except ConnectionError:
            return received
    pytest.fail("the connection was never ended")


def test_a_refused_body_is_not_read(host: Program) -> None:
    with closing(connected(host)) as connection:
        connection.sendall(head("Content-Length: 1000000000"))
        assert taken(connection, b"a" * 65_536) < 30_000_000


def test_a_body_that_is_too_large_is_answered(host: Program) -> None:
    with closing(connected(host)) as connection:
        connection.sendall(head("Content-Length: 5000000", f"X-Webhook-Token: {TOKEN}"))
        taken(connection, b"a" * 65_536, 5_000_000)
        assert b" 413 " in connection.recv(65_536)


def test_who_says_that_nothing_more_comes_is_answered(host: Program) -> None:
    asked: dict[bytes, dict[str, object]] = {
        head(f"Content-Length: {len(SAMPLE)}", f"X-Webhook-Token: {TOKEN}") + SAMPLE: {"accepted": 1},
        head(path="/health/live", method="GET"): {"live": True},
    }
    for request, expected in asked.items():
        with closing(connected(host)) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = read(connection)
        assert b"HTTP/1.1 200 " in answer
        assert expected.items() <= json.loads(answer.partition(b"\r\n\r\n")[2]).items()


def test_requests_that_wait_for_the_one_before_are_all_answered(host: Program) -> None:
    asked = head("Content-Length: 1", path="/health/live") + b"x" + head(path="/health/live", method="GET")
    with closing(connected(host)) as connection:
        connection.sendall(asked * 500)
        connection.shutdown(socket.SHUT_WR)
        answers = read(connection)
    assert answers.count(b"HTTP/1.1 405 ") == 500
    assert answers.count(b"HTTP/1.1 200 ") == 500


def test_connections_without_number_shut_no_webhook_out(host: Program) -> None:
    for begun in (b"", b"POST / HTTP/1.1\r\nX: ", CHUNKED):
        with ExitStack() as stack:
            for _ in range(5 * MOST):
                stack.enter_context(closing(connected(host))).sendall(begun)
            for _ in range(3):
                assert post(host.url, token=TOKEN).status_code == 200
    assert host.wait_for_line("web.crowded connections=10")
