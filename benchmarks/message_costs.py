"""`python -m benchmarks.message_costs [SIZE]`: the processor time and the disk that a message costs a host.

SIZE messages come in a body; 1 if it is not given.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.host_process import running
from benchmarks.rates import throughput
from benchmarks.stub import Stub


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageCosts:
    """What a message costs that comes in and is answered: microseconds of processor time by process, and bytes."""

    host_us: float
    web_us: float
    evaluation_us: float
    #: What the host has written to disk, and by how much its journal has grown.
    written_bytes: float
    kept_bytes: float


def message_costs(*, messages: int = 3_000, size: int = 1) -> MessageCosts:
    """Measures a host with one web worker and one evaluation worker, on a SQLite file; bodies have `size` messages."""
    with TemporaryDirectory() as folder, Stub() as stub, running(Path(folder), stub.url) as (port, pid):
        throughput(stub, port, messages=max(messages // 10, 10), size=size, people=100, run="warm")
        journal = Path(folder) / "journal.db"
        before, written, kept = _seconds_by_part(pid), _written(pid), journal.stat().st_size
        throughput(stub, port, messages=messages, size=size, people=1_000, run="one")
        after = _seconds_by_part(pid)
        written, kept = _written(pid) - written, journal.stat().st_size - kept
    host, web, evaluation = (1e6 * (after[part] - before[part]) / messages for part in ("host", "web", "evaluation"))
    return MessageCosts(
        host_us=host,
        web_us=web,
        evaluation_us=evaluation,
        written_bytes=written / messages,
        kept_bytes=kept / messages,
    )


def _written(pid: int) -> int:
    """Bytes that a process has written to disk."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def _seconds_by_part(pid: int) -> dict[str, float]:
    """Seconds of processor time by part: the host's own process, its web workers, and what evaluates."""
    seconds = {"host": _seconds(pid), "web": 0.0, "evaluation": 0.0}
    for child in _children(pid):
        started_as = Path(f"/proc/{child}/cmdline").read_bytes()
        seconds["web" if b"multiprocessing" in started_as else "evaluation"] += _seconds_of_all(child)
    return seconds


def _seconds_of_all(pid: int) -> float:
    return _seconds(pid) + sum(map(_seconds_of_all, _children(pid)))


def _seconds(pid: int) -> float:
    numbers = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


if __name__ == "__main__":
    print(message_costs(messages=10_000, size=int(sys.argv[1]) if len(sys.argv) > 1 else 1))
