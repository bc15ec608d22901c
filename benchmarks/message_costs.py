"""What a message costs a host, by process: measured, as processor time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.host_process import running
from benchmarks.rates import throughput
from benchmarks.stub import Stub


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageCosts:
    """Microseconds of processor time for a message that comes in a body of its own and is answered."""

    host_us: float
    web_us: float
    evaluation_us: float


def message_costs(*, messages: int = 3_000) -> MessageCosts:
    """Measures a host with one web worker and one evaluation worker, on a SQLite file."""
    with TemporaryDirectory() as folder, Stub() as stub, running(Path(folder), stub.url) as (port, pid):
        throughput(stub, port, messages=max(messages // 10, 10), size=1, people=100, run="warm")
        before = _seconds_by_part(pid)
        throughput(stub, port, messages=messages, size=1, people=1_000, run="one")
        after = _seconds_by_part(pid)
    host, web, evaluation = (1e6 * (after[part] - before[part]) / messages for part in ("host", "web", "evaluation"))
    return MessageCosts(host_us=host, web_us=web, evaluation_us=evaluation)


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
