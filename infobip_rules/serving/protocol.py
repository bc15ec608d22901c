"""uvicorn's HTTP protocol with bounds on what a client may send, and on the time it may take."""

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

#: Bytes that are parsed at once: the precision of the size of a request, and a bound on pipelined requests.
_PIECE = 4 * 1024
#: Seconds from one warning to the next that there are too many connections.
_WARN_EVERY = 60.0
#: What uvicorn text of a request is said here, or by the app, as an event.
_silent = logging.getLogger("infobip_rules.web.uvicorn")
_silent.setLevel(logging.CRITICAL + 1)


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with the number of connections that are held at once."""

    def __init__(self, app: ASGIApp, *, most_connections: int, **options: Any) -> None:
        super().__init__(app, http=BoundedProtocol, **options)
        self.most_connections = most_connections
        #: When it was last logged that there are too many.
        self.crowded_logged_at = float("-inf")


class BoundedProtocol(HttpToolsProtocol):
    """Gives up a request that has more beside its body than `most_beside`, or that does not come in time.

    uvicorn would gather headers and trailers until the memory is full, read on after the answer, and wait for the rest of
    a request for ever. Behind a web server with bounds of its own, these are never met.
    """

    #: Bytes of a request's head, chunk sizes and their extensions, trailers, and what comes after its answer.
    most_beside = 64 * 1024
    #: Seconds for a head to come, and for an answer to be read.
    patience = 30.0
    #: Seconds for a whole request: longer than `read_body` waits, which then answers.
    patience_with_body = 45.0
    #: Seconds that the other side has to close after the last answer.
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

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Waits for a request for a bounded time; if there are too many connections, closes another one."""
        line = ClosingTransport(transport, unread=lambda: self._in_request, linger=self.linger, patience=self.patience)
        super().connection_made(line)
        self._since = self.loop.time()
        self._wait(self.patience)
        if len(self.connections) > self.config.most_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels all timers."""
        self._cancel_late()
        self._cancel_stuck()
        self.transport.cancel_alarm()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Keeps the connection for an answer under way, for a bounded time: the other side may have left as well."""
        self._heard_all = True
        if self.transport.is_closing() or self._in_request or not self._is_answering:
            return False
        # GET changes nothing: a page's stream should end soon if its reader has left.
        self._wait(self.linger if self.cycle.scope["method"] in {"GET", "HEAD"} else self.patience)
        return True

    def pause_writing(self) -> None:
        """An answer is not read as fast as it is written."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        """The answer is read again."""
        self._cancel_stuck()
        super().resume_writing()

    def shutdown(self) -> None:
        """Ends the connection with the server, after the answer under way."""
        self._keeps_alive = False
        if self._in_request and not self._is_answering:
            self.transport.abort()
        else:
            super().shutdown()

    # Reading

    def data_received(self, data: bytes) -> None:
        """Parses a piece at a time; gives up if there is too much beside the body."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            if self.transport.is_closing():
                self._pass_over(piece)
                continue
            self._body = 0
            super().data_received(piece)
            self._weigh(len(piece) - self._body)
            if self.pipeline:  # uvicorn would read on with each answer, with any number of requests waiting
                self._is_held, self._later = True, data[start + _PIECE :]
                self.transport.hold()
                return

    def on_message_begin(self) -> None:
        """Starts the time for the head."""
        super().on_message_begin()
        self._in_request, self._in_head, self._beside = True, True, 0
        self._since = self.loop.time()
        self._wait(self.patience)

    def on_headers_complete(self) -> None:
        """Starts the time for the rest of the request."""
        super().on_headers_complete()  # which fails for a malformed path
        self._in_head = False
        self._wait(self.patience_with_body)
        # Answered before it is whole, the connection ends: what remains is not read.
        self._keeps_alive, self.cycle.keep_alive = self.cycle.keep_alive, False

    def on_body(self, body: bytes) -> None:
        """Counts a piece of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stops the time of the request: it is complete."""
        self._cancel_late()
        self._in_request = False
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keeps_alive
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Goes on with the next request, or closes."""
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
        """Answers bytes that are not HTTP."""
        self._refuse(
            400, b"Bad Request", "What came is no HTTP request. Send HTTP/1.1, over TLS to a web server in front."
        )

    def _unsupported_upgrade_warning(self) -> None:
        """Does nothing: an offer of another protocol is ignored without a warning."""

    # Giving up

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _may_answer(self) -> bool:
        """Whether the request being read may be answered now: its answer has not begun, and no other comes before it."""
        return not (self._is_answering and (self._in_head or self.pipeline or self.cycle.response_started))

    def _weigh(self, size: int) -> None:
        if self.transport.is_closing() or (self._is_answering and not self._in_request):
            return
        self._beside += size
        if self._beside > self.most_beside:
            is_head = self._in_head or not self._in_request
            what = "The head of the request" if is_head else "What the request has beside its body"
            text = f"{what} is larger than {self.most_beside} bytes. Send fewer headers."
            self._refuse(431, b"Request Header Fields Too Large", text)
        elif self._late is None:  # bytes that begin no request, such as empty lines
            self._wait(self.patience)

    def _pass_over(self, piece: bytes) -> None:
        self._beside += len(piece)
        if self._beside > self.most_beside:
            self.transport.stop_listening()

    def _wait(self, seconds: float) -> None:
        self._cancel_late()
        self._late = self.loop.call_later(seconds, self._give_up)

    def _cancel_late(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cancel_stuck(self) -> None:
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

    def _refuse(self, status: int, phrase: bytes, text: str) -> None:
        if self.transport.is_closing():
            return
        if not self._in_request:  # bytes before a head, such as empty lines, count as one
            self._in_request = self._in_head = True
        log.warning(
            "web.refused path=%s status=%d reason=%s", "none" if self._in_head else self.scope["path"], status, text
        )
        if self._may_answer:
            head = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(head % (status, phrase, len(text)) + text.encode())
        self.transport.close()
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    # Making room

    @property
    def _leaves(self) -> tuple[int, float] | None:
        """The order in which connections are closed, idle ones first; None for those that wait for an answer."""
        if self.transport.is_closing():
            return 0, self._since
        if not self._in_request:
            return None if self._is_answering else (1, self._since)
        return (2, self._since) if self._may_answer else None

    def _make_room(self) -> None:
        others = [other for other in self.connections if isinstance(other, BoundedProtocol) and other is not self]
        order = [(place, number) for number, other in enumerate(others) if (place := other._leaves) is not None]
        leaving = others[min(order)[1]] if order else self
        leaving.transport.abort()
        self.connections.discard(leaving)
        if self.loop.time() > self.config.crowded_logged_at + _WARN_EVERY:
            self.config.crowded_logged_at = self.loop.time()
            log.warning(
                "web.crowded connections=%d reason=%s",
                self.config.most_connections,
                "More are opened than INFOBIP_CONNECTION_LIMIT: those that were idle longest are closed.",
            )
