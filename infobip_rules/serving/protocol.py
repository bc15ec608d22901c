"""HTTP as uvicorn reads it, with an end to what anybody may send before it is known who it is."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from infobip_rules.serving.closing import ClosingTransport

log = logging.getLogger("infobip_rules.web")

#: Bytes that are read in one go: a request is weighed as exactly as this, and so many requests may wait for the one before.
_PIECE = 4 * 1024
#: Seconds from one warning to the next that there are too many connections.
_TOLD_EVERY = 60.0
#: What uvicorn says of a request is said here, or by the app, as an event.
_silent = logging.getLogger("infobip_rules.web.uvicorn")
_silent.setLevel(logging.CRITICAL + 1)


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with the most connections that are held at once."""

    def __init__(self, app: ASGIApp, *, most_connections: int, **options: Any) -> None:
        super().__init__(app, http=BoundedProtocol, **options)
        self.most_connections = most_connections
        #: When it was last said that there are too many.
        self.told = float("-inf")


class BoundedProtocol(HttpToolsProtocol):
    """Gives up a request that has more beside its body than `most_beside`, or that does not come in time.

    uvicorn would gather headers and trailers until the memory is full, read what nobody wants any more, and wait for the
    rest of a request for ever. Behind a web server that has bounds of its own, these are never met.
    """

    #: Bytes of a request's head, chunk sizes and their extensions, trailers, and what comes after its answer.
    most_beside = 64 * 1024
    #: Seconds for a head to come, and for an answer to be read.
    patience = 30.0
    #: Seconds for all of a request: longer than a webhook's body is waited for, which is then answered.
    patience_with_body = 45.0
    #: Seconds that a connection is left to the other side when everything is said.
    linger = 2.0

    config: BoundedConfig
    transport: ClosingTransport

    def __init__(
        self,
        config: BoundedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _silent
        #: Whether a request has begun that is not whole yet, and whether it is its head that is missing.
        self._in_request = self._in_head = False
        #: Bytes of the request that are no body, and those of the piece being read that are.
        self._beside = self._body = 0
        #: Whether nothing is read until what was asked is answered, and what had been read by then.
        self._is_held, self._later = False, b""
        #: Whether the connection may be used again after the answer to what is being read.
        self._keeps_alive = True
        #: Whether the other side has closed its half.
        self._heard_all = False
        #: Since when it is idle, or its request is being read.
        self._since = 0.0
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    # What happens to the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Waits for a request, but not for ever; where there are too many connections, another one has to go."""
        line = ClosingTransport(transport, unread=lambda: self._in_request, linger=self.linger, patience=self.patience)
        super().connection_made(line)
        self._since = self.loop.time()
        self._wait(self.patience)
        if len(self.connections) > self.config.most_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._settle()
        self._write_on()
        self.transport.settle()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Stays for who sends no more and has an answer to come, unless that takes too long: who left looks the same."""
        self._heard_all = True
        if self.transport.is_closing() or self._in_request or not self._is_answering:
            return False
        # What has no body changes nothing: a page's stream is not to go on for long when its reader has left.
        self._wait(self.linger if self.cycle.scope["method"] in {"GET", "HEAD"} else self.patience)
        return True

    def pause_writing(self) -> None:
        """An answer is not read as fast as it is written."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """It is read on."""
        self._write_on()
        super().resume_writing()

    def shutdown(self) -> None:
        """The server ends: so does the connection, after the answer under way."""
        self._keeps_alive = False
        if self._in_request and not self._is_answering:
            self.transport.abort()
        else:
            super().shutdown()

    # What is read

    def data_received(self, data: bytes) -> None:
        """Reads on, unless there is more beside the body than there may be."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            if self.transport.is_closing():
                self._pass_over(piece)
                continue
            self._body = 0
            super().data_received(piece)
            self._weigh(len(piece) - self._body)
            if self.pipeline:  # uvicorn would read on with each answer, however many requests wait
                self._is_held, self._later = True, data[start + _PIECE :]
                self.transport.hold()
                return

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_request, self._in_head, self._beside = True, True, 0
        self._since = self.loop.time()
        self._wait(self.patience)

    def on_headers_complete(self) -> None:
        """The head is whole, the rest may follow."""
        super().on_headers_complete()  # which fails where the path is none
        self._in_head = False
        self._wait(self.patience_with_body)
        # Answered before it is whole, the connection ends: what remains is not read.
        self._keeps_alive, self.cycle.keep_alive = self.cycle.keep_alive, False

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._settle()
        self._in_request = False
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keeps_alive
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is written."""
        super().on_response_complete()
        self._since = self.loop.time()
        if not self._in_request:
            self._beside = 0
        if self._is_held and not self.pipeline:
            self._is_held, later = False, self._later
            self.transport.release()
            self.data_received(later)
        if self._heard_all and not self._is_answering:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(
            400, b"Bad Request", "What came is no HTTP request. Send HTTP/1.1, over TLS to a web server in front."
        )

    def _unsupported_upgrade_warning(self) -> None:
        """Whoever offers another protocol is answered in this one, without a word of it."""

    # What is given up

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _may_answer(self) -> bool:
        """Whether what is being read may be answered here and now: no answer has begun, nor comes before it."""
        return not (self._is_answering and (self._in_head or self.pipeline or self.cycle.response_started))

    def _weigh(self, size: int) -> None:
        if self.transport.is_closing() or (self._is_answering and not self._in_request):
            return
        self._beside += size
        if self._beside > self.most_beside:
            is_head = self._in_head or not self._in_request
            what = "The head of the request" if is_head else "What the request has beside its body"
            says = f"{what} is larger than {self.most_beside} bytes. Send fewer headers."
            self._refuse(431, b"Request Header Fields Too Large", says)
        elif self._late is None:  # such as empty lines, which begin no request
            self._wait(self.patience)

    def _pass_over(self, piece: bytes) -> None:
        self._beside += len(piece)
        if self._beside > self.most_beside:
            self.transport.stop_listening()

    def _wait(self, seconds: float) -> None:
        self._settle()
        self._late = self.loop.call_later(seconds, self._give_up)

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _write_on(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _give_up(self) -> None:
        self._late = None
        if not self._in_request:
            self.transport.close()
            return
        what, seconds = (
            ("head of the request", self.patience) if self._in_head else ("request", self.patience_with_body)
        )
        self._refuse(408, b"Request Timeout", f"The {what} took longer than {seconds:g} s.")

    def _refuse(self, status: int, phrase: bytes, says: str) -> None:
        if self.transport.is_closing():
            return
        if not self._in_request:  # what comes where a head is waited for, such as empty lines, counts as one
            self._in_request = self._in_head = True
        log.warning(
            "web.refused path=%s status=%d reason=%s", "none" if self._in_head else self.scope["path"], status, says
        )
        if self._may_answer:
            head = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(head % (status, phrase, len(says)) + says.encode())
        self.transport.close()
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    # Who has to go

    @property
    def _leaves(self) -> tuple[int, float] | None:
        """In which order connections leave, the idle ones first; None for those who have asked and wait for an answer."""
        if self.transport.is_closing():
            return 0, self._since
        if not self._in_request:
            return None if self._is_answering else (1, self._since)
        return (2, self._since) if self._may_answer else None

    def _make_room(self) -> None:
        others = [one for one in self.connections if isinstance(one, BoundedProtocol) and one is not self]
        order = [(place, number) for number, one in enumerate(others) if (place := one._leaves) is not None]
        leaving = others[min(order)[1]] if order else self
        leaving.transport.abort()
        self.connections.discard(leaving)
        if self.loop.time() > self.config.told + _TOLD_EVERY:
            self.config.told = self.loop.time()
            log.warning(
                "web.crowded connections=%d reason=%s",
                self.config.most_connections,
                "More are opened than INFOBIP_CONNECTION_LIMIT: those that were idle longest are closed.",
            )
