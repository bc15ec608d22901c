"""`python -m benchmarks [--quick]`: prints every figure that is promised, and ends with 1 if one is missed."""

from __future__ import annotations

import sys

from benchmarks import drl, end_to_end, engine, sessions, tracing
from benchmarks.measure import Report
from benchmarks.startup import startup


def main() -> int:
    """Runs everything; `--quick` with a tenth of the work."""
    scale = 10 if "--quick" in sys.argv else 1
    report = Report()
    report.line("Engine")
    engine.speed(report, rounds=9 if scale == 1 else 5, calls=2_000 // scale)
    report.line("Rules in Drools' language")
    drl.drl(report, rounds=9 if scale == 1 else 5, calls=2_000 // scale)
    report.line("Engine at length")
    engine.memory(report, evaluations=1_000_000 // scale)
    report.line("Sessions in one host")
    sessions.many_sessions(report, count=10_000 // scale)
    report.line("End to end")
    end_to_end.end_to_end(report, scale=scale)
    report.line("Tracing")
    tracing.tracing(report, scale=scale)
    report.line("Start")
    startup(report)
    report.line("all bounds met" if report.met else "SOME BOUNDS MISSED")
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
