"""Log lines on stderr, each with its time, level and event, as text or as JSON."""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import TextIO

from infobip_rules.cli.exits import speak_through
from infobip_rules.cli.log_events import Event, LogFormat, event_of
from infobip_rules.cli.log_rendering import Render, json_line, renderer
from infobip_rules.quoting import traceback_of

log = logging.getLogger("infobip_rules.cli")


class _EventFormatter(logging.Formatter):
    """Formats each record as an event: numbers masked, secrets left out, other people's texts on their own line."""

    def __init__(self, render: Render) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """The event's line, in text with its traceback indented below."""
        at = _time(record.created)
        error = record.exc_info[1] if record.exc_info else None
        trace = traceback_of(error) if error is not None else ""
        event: Event = event_of(record, at=at, trace=trace)
        return self._render(event)


class _BatchingHandler(logging.StreamHandler[TextIO]):
    """Writes the lines of one turn of the event loop in one go, as each write costs as much as making its line.

    Warnings and worse, and lines from threads without a loop, are written at once, after those that wait.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Adds the line of a record."""
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

    def put(self, line: str) -> None:
        """Writes a line that is not of a record, after those that wait."""
        self._lines.append(line + self.terminator)
        self.flush()

    def flush(self) -> None:
        """Writes the lines that wait."""
        self.acquire()
        try:
            lines, self._lines = self._lines, []
            with suppress(
                OSError, ValueError, AttributeError
            ):  # the stream may be closed or missing: then nobody reads it
                self.stream.write("".join(lines))
                self.stream.flush()
        finally:
            self.release()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _time(since_epoch: float) -> str:
    return f"{_second(int(since_epoch))}.{int(since_epoch % 1 * 1000):03d}Z"


@lru_cache(maxsize=8)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


#: The configured form.
_form = LogFormat.TEXT


def configure_logging(level: int = logging.WARNING, form: LogFormat = LogFormat.TEXT) -> None:
    """Writes our events of `level` and above, and warnings of everything else.

    Libraries stay at warnings whatever is asked for: httpx logs URLs below that, and the URL of a webhook holds its token.
    """
    # The lines show neither thread nor process.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # as the logging HOWTO has it: the caller is not looked up
    handler = _BatchingHandler()
    terminal = sys.stderr is not None and sys.stderr.isatty()
    handler.setFormatter(_EventFormatter(renderer(as_json=form is LogFormat.JSON, terminal=terminal)))
    speak_through(partial(_say, handler) if form is LogFormat.JSON else None)
    global _form  # noqa: PLW0603 - a process logs in one form
    _form = form
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    set_level(level)


def set_level(level: int) -> None:
    """Writes this package's events of `level` and above, in the configured form."""
    logging.getLogger("infobip_rules").setLevel(level)


def same_logging() -> Callable[[], None]:
    """A function that another process calls to log as this one does."""
    return partial(_configure_same, logging.getLogger("infobip_rules").level, _form)


def _configure_same(level: int, form: LogFormat) -> None:
    configure_logging(level, form)
    log_stderr()


def log_stderr() -> None:
    """If lines are JSON, logs what libraries and rules print to stderr, their warnings, and errors in their threads."""
    if _form is not LogFormat.JSON:
        return
    logging.captureWarnings(True)
    threading.excepthook = _log_thread
    sys.stderr = _LoggedStderr()


def _say(handler: _BatchingHandler, text: str, level: int) -> None:
    # Nothing is masked: the person who started the program reads it.
    event: Event = {"time": _time(time.time()), "level": logging.getLevelName(level), "event": "host.says"}
    handler.put(json_line(event | {"message": text.strip()}))


def _log_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and failed.exc_type is not SystemExit:
        name = failed.thread.name if failed.thread is not None else "unknown"
        log.error("host.thread_failed thread=%s", name, exc_info=failed.exc_value)


class _LoggedStderr(io.TextIOBase):
    """A stderr whose lines are logged; lines that logging itself prints meanwhile are dropped, as it would never end."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str, /) -> int:
        """Logs the lines that the text completes, and keeps the rest for the next text of the thread."""
        *lines, rest = (self._left() + text).split("\n")
        self._of_thread.left = rest
        self._log(lines)
        return len(text)

    def flush(self) -> None:
        """Does nothing: a line is logged when it is complete."""

    def close(self) -> None:
        """Logs the rest."""
        self._of_thread.left, left = "", self._left()
        self._log([left])

    def _left(self) -> str:
        return str(getattr(self._of_thread, "left", ""))

    def _log(self, lines: Sequence[str]) -> None:
        if getattr(self._of_thread, "logging", False):
            return
        self._of_thread.logging = True
        try:
            for line in lines:
                if line.strip():
                    log.warning("host.printed line=%s", line.rstrip())
        finally:
            self._of_thread.logging = False
