"""Where log lines go: to stderr, each with its time, level and event."""

from __future__ import annotations

import logging
import time

_FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"


def configure_logging(level: int = logging.WARNING) -> None:
    """Writes our events of `level` and above, and warnings of everything else.

    Libraries stay at warnings whatever is asked for: what httpx says below that holds URLs, and a webhook's URL its token.
    """
    # What the lines don't show need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    formatter = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("infobip_rules").setLevel(level)
