"""A socket between a host and one of its workers: frames of bytes, each checked before it is used.

Rules can write into whatever their process has open. So a frame says whose it is, its place in the order, its length and
its checksum; a frame that fails one of these checks ends the connection, and the worker with it.
"""

from __future__ import annotations

import select
import socket
import struct
import time
import zlib
from contextlib import suppress

#: Mark of the connection, place of the frame, length of its body, checksum of the body.
_HEAD = struct.Struct("<16sQQI")
MARK_SIZE = 16
#: Bytes of the longest frame that is read: a host must not be made to take more than that into memory.
LONGEST = 64 * 1024 * 1024
#: Bytes read at once: memory is taken for what has come, not for what a head says will come.
_AT_ONCE = 256 * 1024


class SocketClosedError(Exception):
    """The other end is gone."""


class BrokenFrameError(Exception):
    """What came is not the frame that was to come; `args[0]` says what was done instead."""


class FramedSocket:
    """One end of the connection; both are made with the same `mark`, of `MARK_SIZE` bytes."""

    def __init__(self, end: socket.socket, mark: bytes) -> None:
        self._end = end
        self._mark = mark
        self._sent = self._received = 0

    def send(self, body: bytes, seconds: float | None = None) -> None:
        """Sends a frame. SocketClosedError if the other end is gone, or does not take all of it within `seconds`."""
        self._sent += 1
        head = _HEAD.pack(self._mark, self._sent, len(body), zlib.crc32(body))
        try:
            self._end.settimeout(seconds)
            self._end.sendall(head + body)
        except OSError:  # TimeoutError is one
            raise SocketClosedError from None

    def waits(self, seconds: float) -> bool:
        """Returns whether something can be read, waiting up to `seconds` for it; also when the other end is gone."""
        poll = select.poll()
        try:
            poll.register(self._end, select.POLLIN)
            return bool(poll.poll(seconds * 1_000))
        except (OSError, ValueError):  # closed by another thread: receiving raises
            return True

    def receive(self, seconds: float | None = None) -> bytes:
        """Returns the next frame, which must be whole within `seconds`. Raises SocketClosedError and BrokenFrameError."""
        until = None if seconds is None else time.monotonic() + seconds
        mark, place, length, checksum = _HEAD.unpack(self._exactly(_HEAD.size, until))
        if mark != self._mark or place != self._received + 1:
            raise BrokenFrameError("wrote to the host what is no answer")
        if length > LONGEST:
            raise BrokenFrameError(f"gave an answer of more than {LONGEST:,} bytes")
        body = self._exactly(length, until)
        if zlib.crc32(body) != checksum:
            raise BrokenFrameError("wrote into the middle of its answer")
        self._received = place
        return body

    def close(self) -> None:
        """Closes the socket; a thread that waits for something here is woken."""
        with suppress(OSError):  # the other end may have done so before
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _exactly(self, length: int, until: float | None) -> bytes:
        read = bytearray()
        while len(read) < length:
            try:
                self._end.settimeout(None if until is None else max(until - time.monotonic(), 0.001))
                some = self._end.recv(min(length - len(read), _AT_ONCE))
            except TimeoutError:
                raise BrokenFrameError("stopped in the middle of its answer") from None
            except OSError:
                raise SocketClosedError from None
            if not some:
                raise SocketClosedError
            read += some
        return bytes(read)
