"""The progress of an evaluator through the signals that it was given, in memory shared with its host and kept in a file."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
from collections.abc import Sequence

#: Bytes of a `Progress`, whole pages: the count of signals begun, the count of those given, and their ids.
SIZE = max(16_384, mmap.ALLOCATIONGRANULARITY)
_HEAD = struct.Struct("<QQ")
#: Signals that are noted of those given at once; the others are evaluated as well.
MOST_SIGNALS = (SIZE - _HEAD.size) // 8


class Progress:
    """The signals that were given to an evaluator, and the number of those that it has begun.

    Writing takes a microsecond, and the kernel keeps the memory however the processes end.
    """

    def __init__(self, descriptor: int = -1, offset: int = 0) -> None:
        """Maps the `SIZE` bytes of a file that begin at `offset`; the descriptor is closed with it. -1: of no file."""
        #: The place of the memory, for another process.
        self.descriptor, self.offset = descriptor, offset
        self._memory = mmap.mmap(descriptor, SIZE, offset=offset)
        self._begun = memoryview(self._memory).cast("Q")

    @property
    def begun(self) -> int:
        """The number of the signals given last that were begun."""
        return int(self._begun[0])

    @property
    def current(self) -> int | None:
        """The id of the signal begun last; None if none is."""
        begun, given = _HEAD.unpack_from(self._memory)
        if not 0 < begun <= given <= MOST_SIGNALS:
            return None
        return int(self._begun[1 + begun]) or None

    def give(self, ids: Sequence[int] = ()) -> None:
        """Notes that these signals are given next, and none of them begun."""
        noted = ids[:MOST_SIGNALS]
        _HEAD.pack_into(self._memory, 0, 0, len(noted))
        struct.pack_into(f"<{len(noted)}q", self._memory, _HEAD.size, *noted)

    def begin(self) -> None:
        """Notes that the next signal is begun."""
        self._begun[0] += 1

    def close(self) -> None:
        """Releases the memory."""
        self._begun.release()
        self._memory.close()
        if self.descriptor >= 0:
            os.close(self.descriptor)


def unkept() -> int:
    """The descriptor of an anonymous file for a `Progress`, which is gone with its last user."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("infobip-rules-progress", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, SIZE)
    return descriptor
