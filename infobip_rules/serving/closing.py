"""A transport that can pause reading, and that closes only after the other side could read the last answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class ClosingTransport(asyncio.Transport):
    """A transport that, closed amid a request, ends its own side and waits for the other to close, for a bounded time.

    Closed at once with bytes unread, it would be reset, and the answer that was written last could be lost on its way.
    """

    def __init__(
        self, transport: asyncio.Transport, *, unread: Callable[[], bool], linger: float, patience: float
    ) -> None:
        """Over another one; `unread` says whether the other side is amid a request.

        `linger` is how many seconds it then has to close, `patience` how many it has to read what was written.
        """
        super().__init__()
        self._transport = transport
        self._unread = unread
        self._linger = linger
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._closing = self._held = False
        self._alarm: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Ends it when all that was written has gone out; the protocol has to ignore what comes amid a request meanwhile."""
        if self.is_closing():
            return
        self._closing = True
        if self._unread():
            self._transport.write_eof()
            self._alarm = self._loop.call_later(self._linger, self._transport.abort)
            if not self._transport.is_reading():
                self._transport.resume_reading()
        else:
            self._transport.close()
            self._alarm = self._loop.call_later(self._patience, self._transport.abort)

    def stop_listening(self) -> None:
        """Reads no more: later bytes stay in the system's buffers."""
        if self._transport.is_reading():
            self._transport.pause_reading()

    def cancel_alarm(self) -> None:
        """Cancels the timer of the end: the connection has ended."""
        self._closing = True
        if self._alarm is not None:
            self._alarm.cancel()

    def is_closing(self) -> bool:
        """Whether its end has begun."""
        return self._closing or self._transport.is_closing()

    def write(self, data: Any) -> None:
        """Writes, unless its end has begun."""
        if not self.is_closing():
            self._transport.write(data)

    def abort(self) -> None:
        """Ends it at once."""
        self._closing = True
        self._transport.abort()

    def pause_reading(self) -> None:
        """Stops reading, so that the other side waits."""
        if not self.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Goes on reading, unless it is held."""
        if not self.is_closing() and not self._held:
            self._transport.resume_reading()

    def hold(self) -> None:
        """Reads no more until `release`, even if `resume_reading` is called."""
        self._held = True
        if not self.is_closing():
            self.stop_listening()

    def release(self) -> None:
        """Ends the hold, and reads on."""
        self._held = False
        if not self.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The value of the underlying transport."""
        return self._transport.get_extra_info(name, default)
