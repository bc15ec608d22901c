"""What rules print in worker processes: it goes to the host's log, a line an event, instead of among its data."""

from __future__ import annotations

import logging
import os
import sys
import threading
from multiprocessing.connection import Connection
from typing import TextIO

log = logging.getLogger("infobip_rules.workers")

#: Characters of one line; what is longer comes as several.
_LONGEST_LINE = 1_000


def send_prints_to(pipe: Connection) -> None:
    """Lets stdout and stderr of this process go into `pipe`, whoever writes to them, each line at once."""
    for descriptor in (1, 2):
        os.dup2(pipe.fileno(), descriptor)
    pipe.close()
    # New ones: those that Python began with take their descriptors for what they were then.
    sys.stdout, sys.stderr = (_lines_to(descriptor) for descriptor in (1, 2))


def _lines_to(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def log_prints_of(pipe: Connection, worker: int | None) -> threading.Thread:
    """Logs the lines that come out of `pipe`, in a thread that ends when the last process that writes into it has."""
    thread = threading.Thread(target=_log_lines, args=(pipe, worker or 0), name="prints-of-rules", daemon=True)
    thread.start()
    return thread


def _log_lines(pipe: Connection, worker: int) -> None:
    with pipe, open(os.dup(pipe.fileno()), encoding="utf-8", errors="backslashreplace") as lines:
        while line := lines.readline(_LONGEST_LINE):
            if said := line.rstrip():
                log.info("workers.printed worker=%d line=%s", worker, said)
