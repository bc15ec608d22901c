"""Measurement: medians of interleaved rounds, so that other load on the machine affects all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def medians(work: Mapping[str, Callable[[], object]], *, rounds: int, calls: int) -> dict[str, float]:
    """Microseconds a call of each, the median over rounds in which all take their turn."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for call in work.values():
        for _ in range(max(calls // 10, 10)):
            call()
    for _ in range(rounds):
        for name, call in work.items():
            started = time.perf_counter()
            for _ in range(calls):
                call()
            times[name].append((time.perf_counter() - started) / calls * 1e6)
    return {name: statistics.median(measured) for name, measured in times.items()}


class Report:
    """The report of a run, and whether every bound was met."""

    def __init__(self) -> None:
        self.met = True

    def line(self, text: str) -> None:
        """Prints a line of findings."""
        print(text, flush=True)

    def bound(self, what: str, value: float, least: float, *, unit: str = "x") -> None:
        """Prints a figure that must be at least `least`."""
        self._judge(what, value, value >= least, f"at least {least:g}{unit}", unit)

    def limit(self, what: str, value: float, most: float, *, unit: str = "") -> None:
        """Prints a figure that must be at most `most`."""
        self._judge(what, value, value <= most, f"at most {most:g}{unit}", unit)

    def _judge(self, what: str, value: float, good: bool, bound: str, unit: str) -> None:
        self.met = self.met and good
        print(f"  {'ok  ' if good else 'MISS'} {what}: {value:.3g}{unit} ({bound})", flush=True)
