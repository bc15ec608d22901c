"""The line between two processes: everything sent is received, once and in order, however it is cut on its way."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.serving.object_stream import ObjectStream

ANYTHING = st.recursive(st.none() | st.text() | st.binary(max_size=20_000), lambda inner: st.tuples(inner, inner))


async def between(sent: list[list[object]]) -> list[object]:
    """The objects that one end receives of those that the other sends, so many at a time."""
    end, other = socket.socketpair()
    received: list[object] = []
    closed = asyncio.Event()
    receiving = await ObjectStream.open(other, on_object=received.append, on_closed=closed.set)
    sending = await ObjectStream.open(end, on_object=received.append, on_closed=lambda: None)
    for together in sent:
        for item in together:
            sending.send(item)
        await asyncio.sleep(0)
    sending.close()
    await closed.wait()
    receiving.close()
    return received


@given(st.lists(st.lists(ANYTHING, max_size=4), max_size=4))
def test_objects_arrive_in_order(sent: list[list[object]]) -> None:
    assert asyncio.run(between(sent)) == [item for together in sent for item in together]


@given(st.lists(ANYTHING, min_size=1, max_size=5), st.integers(1, 50))
def test_bytes_may_come_in_any_pieces(sent: list[Any], size: int) -> None:
    async def received_in_pieces() -> list[object]:
        end, other = socket.socketpair()
        sending = await ObjectStream.open(end, on_object=lambda item: None, on_closed=lambda: None)
        received: list[object] = []
        receiving = ObjectStream(received.append, lambda: None)
        for item in sent:
            sending.send(item)
        sending.close()
        with other:
            other.setblocking(False)
            while data := await asyncio.get_running_loop().sock_recv(other, 1 << 16):
                for start in range(0, len(data), size):
                    receiving.data_received(data[start : start + size])
        return received

    assert asyncio.run(received_in_pieces()) == sent


def test_sending_one_who_is_gone_does_nothing() -> None:
    async def sent_too_late() -> list[object]:
        end, other = socket.socketpair()
        gone, received = asyncio.Event(), list[object]()
        sending = await ObjectStream.open(end, on_object=received.append, on_closed=gone.set)
        other.close()
        await gone.wait()
        sending.send("too late")
        sending.close()
        return received

    assert asyncio.run(sent_too_late()) == []


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_an_object_may_be_of_any_size(size: int) -> None:
    assert asyncio.run(between([[b"x" * size]])) == [b"x" * size]
