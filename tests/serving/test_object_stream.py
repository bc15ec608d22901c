"""The line between two processes: everything told is heard, once and in order, however it is cut on its way."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.serving.object_stream import ObjectStream

ANYTHING = st.recursive(st.none() | st.text() | st.binary(max_size=20_000), lambda inner: st.tuples(inner, inner))


async def between(told: list[list[object]]) -> list[object]:
    """What one end hears of what the other tells, so much at a time."""
    one, other = socket.socketpair()
    heard: list[object] = []
    closed = asyncio.Event()
    listening = await ObjectStream.open(other, on_object=heard.append, on_closed=closed.set)
    sending = await ObjectStream.open(one, on_object=heard.append, on_closed=lambda: None)
    for together in told:
        for what in together:
            sending.send(what)
        await asyncio.sleep(0)
    sending.close()
    await closed.wait()
    listening.close()
    return heard


@given(st.lists(st.lists(ANYTHING, max_size=4), max_size=4))
def test_what_is_told_is_heard_in_order(told: list[list[object]]) -> None:
    assert asyncio.run(between(told)) == [what for together in told for what in together]


@given(st.lists(ANYTHING, min_size=1, max_size=5), st.integers(1, 50))
def test_bytes_may_come_in_any_pieces(told: list[Any], size: int) -> None:
    async def heard_in_pieces() -> list[object]:
        one, other = socket.socketpair()
        sending = await ObjectStream.open(one, on_object=lambda item: None, on_closed=lambda: None)
        heard: list[object] = []
        listening = ObjectStream(heard.append, lambda: None)
        for what in told:
            sending.send(what)
        sending.close()
        with other:
            other.setblocking(False)
            while data := await asyncio.get_running_loop().sock_recv(other, 1 << 16):
                for start in range(0, len(data), size):
                    listening.data_received(data[start : start + size])
        return heard

    assert asyncio.run(heard_in_pieces()) == told


def test_sending_one_who_is_gone_does_nothing() -> None:
    async def told_too_late() -> list[object]:
        one, other = socket.socketpair()
        gone, heard = asyncio.Event(), list[object]()
        sending = await ObjectStream.open(one, on_object=heard.append, on_closed=gone.set)
        other.close()
        await gone.wait()
        sending.send("too late")
        sending.close()
        return heard

    assert asyncio.run(told_too_late()) == []


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_an_object_may_be_of_any_size(size: int) -> None:
    assert asyncio.run(between([[b"x" * size]])) == [b"x" * size]
