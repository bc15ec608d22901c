"""Where log lines go: to stderr, each with its time, level and event, as text or as JSON."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import TextIO

from infobip_rules.cli.log_events import Event, event_of
from infobip_rules.cli.log_formats import LogFormat
from infobip_rules.cli.log_rendering import Render, renderer
from infobip_rules.quoting import traceback_of


class _Lines(logging.Formatter):
    """Writes each record as one event: numbers masked, secrets left out, strangers' texts kept to lines of their own."""

    def __init__(self, render: Render) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """The event's line, in text with its traceback indented below."""
        at = f"{_second(int(record.created))}.{int(record.created % 1 * 1000):03d}Z"
        error = record.exc_info[1] if record.exc_info else None
        trace = traceback_of(error) if error is not None else ""
        event: Event = event_of(record, at=at, trace=trace)
        return self._render(event)


class _Together(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop in one go, as each write costs as much as making its line.

    Warnings and worse, and lines from where no loop runs, are written at once, behind what is there.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a record's line."""
        try:
            self._lines.append(self.format(record) + self.terminator)
        except Exception:
            self.handleError(record)
            return
        loop = _running_loop() if record.levelno < logging.WARNING else None
        if loop is None:
            self.flush()
        elif len(self._lines) == 1:
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Writes what is there."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            with suppress(OSError, ValueError, AttributeError):  # a stream that is gone, closed, or none has no reader
                self.stream.write("".join(lines))
                self.stream.flush()
        finally:
            self.release()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


@lru_cache(maxsize=8)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


#: The form that was configured.
_form = LogFormat.TEXT


def configure_logging(level: int = logging.WARNING, form: LogFormat = LogFormat.TEXT) -> None:
    """Writes our events of `level` and above, and warnings of everything else.

    Libraries stay at warnings whatever is asked for: what httpx says below that holds URLs, and a webhook's URL its token.
    """
    # What the lines don't show need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as the logging HOWTO says: the caller's place is not looked for
    handler = _Together()
    terminal = sys.stderr is not None and sys.stderr.isatty()
    handler.setFormatter(_Lines(renderer(as_json=form is LogFormat.JSON, terminal=terminal)))
    global _form  # noqa: PLW0603 - a process logs in one form
    _form = form
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    set_level(level)


def set_level(level: int) -> None:
    """Lets our events of `level` and above through, in the form that was configured."""
    logging.getLogger("infobip_rules").setLevel(level)


def same_logging() -> Callable[[], None]:
    """What another process calls, to log as this one does."""
    return partial(configure_logging, logging.getLogger("infobip_rules").level, _form)
