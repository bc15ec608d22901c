"""Start-up times: of importing the package, and of `--help`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.measure import Report


def _seconds(command: Sequence[str]) -> float:
    times = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def startup(report: Report) -> None:
    """The import without the interpreter's own start, and the command as a user sees it."""
    bare = _seconds([sys.executable, "-c", "pass"])
    imported = _seconds([sys.executable, "-c", "import infobip_rules"]) - bare
    helped = _seconds([sys.executable, "-m", "infobip_rules", "--help"])
    report.limit("import infobip_rules", imported, 0.4, unit=" s")
    report.limit("infobip-rules --help", helped, 0.5, unit=" s")
