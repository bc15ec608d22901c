"""The mark of the signals under evaluation, kept where it outlasts the processes that evaluate them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from infobip_rules.errors import JournalError
from infobip_rules.progress import SIZE, Progress, unkept


class EvaluationMark:
    """Numbers beside the journal, in memory that the kernel keeps when a process ends, however it ends.

    Setting one costs a millionth of a second, so that every evaluation can be marked. A power cut may lose it: that was
    no rule's doing.
    """

    def __init__(self, journal: Path | None) -> None:
        """The mark of the journal at that path, None for one in memory; JournalError if its file can't be made."""
        self._file = None if journal is None else _opened(journal.with_name(f"{journal.name}-evaluating"))
        self._own = self._place(0)
        #: The signals under evaluation when the processes before this one ended, if there were any.
        self.left: Sequence[int] = tuple(place.current for place in self._all() if place.current is not None)

    def begin(self, signal: int) -> None:
        """Notes that the evaluation of a signal begins in this process."""
        self._own.give((signal,))
        self._own.begin()

    def end(self) -> None:
        """Notes that it is over, whatever it came to."""
        self._own.give()

    def places(self, count: int) -> list[Progress]:
        """A place for each of so many workers, which is theirs to close."""
        if self._file is not None:
            _enlarge(self._file, 1 + count)
        return [self._place(number) for number in range(1, 1 + count)]

    def forget(self) -> None:
        """Notes that nothing is being evaluated anywhere."""
        for place in self._all():
            place.give()

    def close(self) -> None:
        """Closes the file."""
        self._own.close()
        if self._file is not None:
            os.close(self._file)

    def _place(self, number: int) -> Progress:
        if self._file is None:
            return Progress(unkept() if number else -1)
        return Progress(os.dup(self._file), number * SIZE)

    def _all(self) -> Iterator[Progress]:
        yield self._own
        if self._file is not None:
            for number in range(1, os.fstat(self._file).st_size // SIZE):
                place = self._place(number)
                yield place
                place.close()


def _opened(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _enlarge(descriptor, 1)
        except BaseException:
            os.close(descriptor)
            raise
    except OSError as error:
        raise JournalError(
            f"The file {path} can't be written ({error.strerror}).", "Give this user the right to write it."
        ) from error
    return descriptor


def _enlarge(file: int, places: int) -> None:
    if os.fstat(file).st_size < places * SIZE:
        os.ftruncate(file, places * SIZE)
        if hasattr(os, "posix_fallocate"):  # a page that finds the disk full when it is first touched ends the process
            os.posix_fallocate(file, 0, places * SIZE)
