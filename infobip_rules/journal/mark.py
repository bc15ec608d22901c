"""Which signal is being evaluated in the host's own process, kept where it outlasts that process."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from infobip_rules.errors import JournalError

_SIZE = 8


class EvaluationMark:
    """A number beside the journal, in memory that the kernel keeps when a process ends, however it ends.

    Setting it costs a millionth of a second, so that every evaluation can be marked. A power cut may lose it: that was
    no rule's doing.
    """

    def __init__(self, journal: Path | None) -> None:
        """The mark of the journal at that path, None for one in memory; JournalError if its file can't be made."""
        self._memory = (
            mmap.mmap(-1, _SIZE) if journal is None else _mapped(journal.with_name(f"{journal.name}-evaluating"))
        )
        #: The signal under evaluation when the process before this one ended, if there was one.
        self.left = int.from_bytes(self._memory[:], "little") or None

    def begin(self, signal: int) -> None:
        """Notes that the evaluation of a signal begins."""
        self._memory[:] = signal.to_bytes(_SIZE, "little")

    def end(self) -> None:
        """Notes that it is over, whatever it came to."""
        self._memory[:] = bytes(_SIZE)

    def close(self) -> None:
        """Lets go of the file."""
        self._memory.close()


def _mapped(path: Path) -> mmap.mmap:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(descriptor, _SIZE)
            return mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JournalError(
            f"The file {path} can't be written ({error.strerror}).", "Give this user the right to write it."
        ) from error
