"""Where log lines go: to stderr, each with its time, level and event."""

from __future__ import annotations

import logging
import time

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"


class _OneEvent(logging.Formatter):
    """Keeps an event to lines that are its own: strangers' texts in it can neither forge a line nor steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, control characters written out, further lines indented."""
        text = super().format(record)
        if text.isprintable():
            return text
        plain = "".join(one if one.isprintable() or one in "\n\t" else repr(one)[1:-1] for one in text)
        return plain.replace("\n", "\n    ")


def configure_logging(level: int = logging.WARNING) -> None:
    """Writes our events of `level` and above, and warnings of everything else.

    Libraries stay at warnings whatever is asked for: what httpx says below that holds URLs, and a webhook's URL its token.
    """
    # What the lines don't show need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    formatter = _OneEvent(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("infobip_rules").setLevel(level)
