"""Output that rules print: it goes to the host's log, one event a line, and never among its data."""

from __future__ import annotations

import io
import logging
import sys
import threading
from typing import TextIO

log = logging.getLogger("infobip_rules.rules")

#: Characters of one line; what is longer comes as several.
_LONGEST_LINE = 1_000


def print_lines_at_once() -> None:
    """Lets this process write each line of stdout and stderr at once, whatever letters it has."""
    # New ones: those that Python began with take their descriptors for what they were then.
    sys.stdout, sys.stderr = (_lines_to(descriptor) for descriptor in (1, 2))


def _lines_to(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def log_prints_of(pipe: int, worker: int) -> threading.Thread:
    """Logs the lines that come out of `pipe`, in a thread that ends when the last process that writes into it has."""
    thread = threading.Thread(target=_log_lines, args=(pipe, worker), name="prints-of-rules", daemon=True)
    thread.start()
    return thread


class LoggedLines(io.TextIOBase):
    """A stdout for a host that evaluates rules itself: whole lines are logged."""

    def __init__(self) -> None:
        self._line = ""
        self._writing = threading.Lock()

    def writable(self) -> bool:
        """Returns True: lines can be written."""
        return True

    def write(self, text: str, /) -> int:
        """Logs the lines that the text completes, and keeps what is left of it."""
        with self._writing:
            *whole, rest = (self._line + text).split("\n")
            cut = len(rest) > _LONGEST_LINE
            lines, self._line = [*whole, rest] if cut else whole, "" if cut else rest
        for line in lines:
            _log_line(line, 0)
        return len(text)


def _log_lines(pipe: int, worker: int) -> None:
    with open(pipe, encoding="utf-8", errors="backslashreplace") as lines:
        while line := lines.readline(_LONGEST_LINE):
            _log_line(line, worker)


def _log_line(line: str, worker: int) -> None:
    for start in range(0, len(line.rstrip()), _LONGEST_LINE):
        log.info("rules.printed worker=%d line=%s", worker, line[start : start + _LONGEST_LINE].rstrip())
