"""The line between host and worker: frames come as they were sent, and nothing else is taken for one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.evaluators.framed_socket import MARK_SIZE, BrokenFrameError, FramedSocket, SocketClosedError

MARK = bytes(range(MARK_SIZE))


@contextmanager
def line() -> Iterator[tuple[FramedSocket, socket.socket, FramedSocket]]:
    """A host's end of a line, and a worker's as a socket and as a line."""
    ours, theirs = socket.socketpair()
    host, worker = FramedSocket(ours, MARK), FramedSocket(theirs, MARK)
    try:
        yield host, theirs, worker
    finally:
        worker.close()
        host.close()


@given(st.lists(st.binary(max_size=2_000), max_size=5))
def test_frames_come_as_they_were_sent_in_their_order(bodies: list[bytes]) -> None:
    with line() as (host, _, worker):
        for body in bodies:
            worker.send(body)
        assert [host.receive(5) for _ in bodies] == bodies
        assert not host.waits(0)


@given(st.binary(min_size=1, max_size=200), st.integers(0, 3))
def test_what_is_written_between_frames_is_never_taken_for_one(garbage: bytes, before: int) -> None:
    with line() as (host, end, worker):
        for number in range(before):
            worker.send(b"%d" % number)
        end.sendall(garbage)
        worker.send(b"after")
        assert [host.receive(5) for _ in range(before)] == [b"%d" % number for number in range(before)]
        worker.close()
        with pytest.raises((BrokenFrameError, SocketClosedError)):
            host.receive(5)


@given(st.integers(0, 199), st.binary(min_size=1, max_size=50))
def test_what_is_written_into_a_frame_spoils_it(place: int, garbage: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        FramedSocket(ours, MARK).send(b"x" * 200)
        frame = theirs.recv(1_000)
    cut = len(frame) - 200 + place
    with line() as (host, end, worker):
        end.sendall(frame[:cut] + garbage + frame[cut:])
        worker.close()
        if garbage == b"x" * len(garbage):  # the same frame, and something behind it
            assert host.receive(5) == b"x" * 200
        with pytest.raises((BrokenFrameError, SocketClosedError)):
            host.receive(5)


def test_a_frame_that_never_ends_is_waited_for_no_longer_than_any_other() -> None:
    with line() as (host, end, _):
        over = threading.Event()

        def drip() -> None:
            while not over.wait(0.02):
                end.sendall(MARK[:1])

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            with pytest.raises(BrokenFrameError, match="stopped in the middle of its answer"):
                host.receive(0.3)
        finally:
            over.set()
            dripping.join()


def test_an_end_that_is_gone_is_told() -> None:
    with line() as (host, _, worker):
        worker.send(b"last")
        worker.close()
        assert host.receive() == b"last"
        assert host.waits(5)
        with pytest.raises(SocketClosedError):
            host.receive()
        with pytest.raises(SocketClosedError):
            host.send(b"anybody?")


def test_an_end_that_takes_nothing_is_given_up() -> None:
    with line() as (host, _, _), pytest.raises(SocketClosedError):
        host.send(b"x" * 10_000_000, 0.2)


def test_a_line_that_was_closed_is_ended() -> None:
    with line() as (host, _, _):
        host.close()
        assert host.waits(5)
        with pytest.raises(SocketClosedError):
            host.receive()
