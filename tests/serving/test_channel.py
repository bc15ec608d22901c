"""The line between two processes: everything told is heard, once and in order, however it is cut on its way."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.serving.channel import Channel

ANYTHING = st.recursive(st.none() | st.text() | st.binary(max_size=20_000), lambda inner: st.tuples(inner, inner))


async def between(told: list[list[object]]) -> list[object]:
    """What one end hears of what the other tells, so much at a time."""
    one, other = socket.socketpair()
    heard: list[object] = []
    closed = asyncio.Event()
    listening = await Channel.open(other, heard=heard.append, closed=closed.set)
    telling = await Channel.open(one, heard=heard.append, closed=lambda: None)
    for together in told:
        for what in together:
            telling.tell(what)
        await asyncio.sleep(0)
    telling.close()
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
        telling = await Channel.open(one, heard=lambda what: None, closed=lambda: None)
        heard: list[object] = []
        listening = Channel(heard.append, lambda: None)
        for what in told:
            telling.tell(what)
        telling.close()
        with other:
            other.setblocking(False)
            while data := await asyncio.get_running_loop().sock_recv(other, 1 << 16):
                for start in range(0, len(data), size):
                    listening.data_received(data[start : start + size])
        return heard

    assert asyncio.run(heard_in_pieces()) == told


def test_telling_one_who_is_gone_does_nothing() -> None:
    async def told_too_late() -> list[object]:
        one, other = socket.socketpair()
        gone, heard = asyncio.Event(), list[object]()
        telling = await Channel.open(one, heard=heard.append, closed=gone.set)
        other.close()
        await gone.wait()
        telling.tell("too late")
        telling.close()
        return heard

    assert asyncio.run(told_too_late()) == []


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_an_object_may_be_of_any_size(size: int) -> None:
    assert asyncio.run(between([[b"x" * size]])) == [b"x" * size]
