"""HTTP as uvicorn reads it, with an end to what anybody may send before it is known who it is."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedProtocol(HttpToolsProtocol):
    """Gives up a request whose head is larger than `most_head`, or has not come within `patience`.

    uvicorn would gather headers until the memory is full, and wait for the rest of them for ever. Behind a web server
    that has bounds of its own, these are never met.
    """

    #: Bytes.
    most_head = 64 * 1024
    #: Seconds.
    patience = 30.0

    _in_head = False
    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Waits for a request, but not for ever."""
        super().connection_made(transport)
        self._late = self.loop.call_later(self.patience, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._settle()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless the head has grown too large."""
        super().data_received(data)
        if not self._in_head:
            return
        self._head += len(data)
        if self._head > self.most_head:
            fact = f"The head of the request is larger than {self.most_head} bytes."
            self._refuse(b"431 Request Header Fields Too Large", f"{fact} Send fewer headers.")
        elif self._late is None:
            self._late = self.loop.call_later(self.patience, self._give_up)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        """The head is whole; how long the body may take, its reader knows."""
        self._in_head = False
        self._settle()
        super().on_headers_complete()

    def _give_up(self) -> None:
        self._late = None
        if self._in_head:
            self._refuse(b"408 Request Timeout", f"The head of the request took longer than {self.patience:g} s.")
        else:
            self.transport.close()

    def _refuse(self, status: bytes, says: str) -> None:
        if self.transport.is_closing():  # what it held was no HTTP
            return
        self.logger.warning("%s", says)
        head = b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(head % (status, len(says)) + says.encode())
        self.transport.close()

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
