"""A line between two processes of one host: objects both ways, those of one moment in one write."""

from __future__ import annotations

import asyncio
import pickle
import socket
from collections.abc import Callable
from typing import Any, Self, cast

#: Bytes that say how long what follows is.
_LENGTH = 4


class Channel(asyncio.Protocol):
    """One end of the line; what is told while the other end reads nothing waits in memory.

    Objects are pickled, so both ends must be of one program and of one trust.
    """

    def __init__(self, heard: Callable[[Any], None], closed: Callable[[], None]) -> None:
        """Use `Channel.open`."""
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._closed = closed
        self._transport: asyncio.WriteTransport | None = None
        self._unsent: list[object] = []
        self._read = bytearray()

    @classmethod
    async def open(cls, end: socket.socket, *, heard: Callable[[Any], None], closed: Callable[[], None]) -> Self:
        """The channel over one end of a `socket.socketpair()`.

        `heard` is called with each object, in the order they were told; `closed` once, when the other end is gone.
        """
        _, channel = await asyncio.get_running_loop().create_unix_connection(lambda: cls(heard, closed), sock=end)
        return channel

    def tell(self, what: object) -> None:
        """Has the other end hear something; nothing happens where it is gone."""
        if self._transport is None:
            return
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(what)

    def close(self) -> None:
        """Ends the line when all that was told is written."""
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        told, self._unsent = self._unsent, []
        if told and self._transport is not None:
            pickled = pickle.dumps(told, pickle.HIGHEST_PROTOCOL)
            self._transport.write(len(pickled).to_bytes(_LENGTH) + pickled)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio has the line open."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Asyncio has read some bytes: whole objects are handed on, what is left waits for the rest."""
        self._read += data
        at = 0
        while (begin := at + _LENGTH) <= len(self._read):
            end = begin + int.from_bytes(self._read[at:begin])
            if end > len(self._read):
                break
            for what in pickle.loads(memoryview(self._read)[begin:end]):  # noqa: S301 - written by ourselves
                self._heard(what)
            at = end
        del self._read[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio has seen the other end go."""
        self._transport = None
        self._closed()
