"""A stream of objects between two processes of one host, both ways; those of one turn of the loop go in one write."""

from __future__ import annotations

import asyncio
import pickle
import socket
from collections.abc import Callable
from typing import Any, Self, cast

#: Bytes of the length that stands before each batch of objects.
_LENGTH = 4


class ObjectStream(asyncio.Protocol):
    """One end of the stream; objects that the other end does not read yet wait in memory.

    Objects are pickled, so each end must trust the other.
    """

    def __init__(self, on_object: Callable[[Any], None], on_closed: Callable[[], None]) -> None:
        """Use `ObjectStream.open`."""
        self._loop = asyncio.get_running_loop()
        self._on_object = on_object
        self._on_closed = on_closed
        self._transport: asyncio.WriteTransport | None = None
        self._unsent: list[object] = []
        self._read = bytearray()

    @classmethod
    async def open(cls, end: socket.socket, *, on_object: Callable[[Any], None], on_closed: Callable[[], None]) -> Self:
        """The stream over one end of a `socket.socketpair()`.

        `on_object` is called with each object, in the order they were sent; `on_closed` once, when the other end is gone.
        """
        _, stream = await asyncio.get_running_loop().create_unix_connection(lambda: cls(on_object, on_closed), sock=end)
        return stream

    def send(self, item: object) -> None:
        """Sends an object to the other end; does nothing if that is gone."""
        if self._transport is None:
            return
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(item)

    def close(self) -> None:
        """Ends the stream when all that was sent is written."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if unsent and self._transport is not None:
            pickled = pickle.dumps(unsent, pickle.HIGHEST_PROTOCOL)
            self._transport.write(len(pickled).to_bytes(_LENGTH) + pickled)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio when the connection is open."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio with bytes: complete objects are handed on, the rest waits for more."""
        self._read += data
        at = 0
        while (begin := at + _LENGTH) <= len(self._read):
            end = begin + int.from_bytes(self._read[at:begin])
            if end > len(self._read):
                break
            for item in pickle.loads(memoryview(self._read)[begin:end]):  # noqa: S301 - written by this program
                self._on_object(item)
            at = end
        del self._read[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio when the other end is gone."""
        self._transport = None
        self._on_closed()
