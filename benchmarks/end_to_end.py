"""The whole way, durable throughout: webhook in over HTTP, reply accepted at a stub over HTTP, the host as users start it."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ceiling import group_commit_ceiling
from benchmarks.host_process import resident, running
from benchmarks.measure import Report
from benchmarks.node_red import FLOWS, KEEPING, node_red
from benchmarks.rates import latency, throughput
from benchmarks.stub import Stub


def _against_node_red(report: Report, stub: Stub, speeds: Mapping[int, float], *, messages: int) -> None:
    for name in FLOWS:
        for size, speed in speeds.items():
            flow = node_red(stub, name, messages=messages, size=size)
            if flow is None:
                report.line(f"  no Node-RED flow {name} to compare with: node-red or its SQLite node is not installed")
                break
            against = f"bodies of {size}, against a Node-RED flow {name} ({flow:,.0f} replies/s)"
            if name == KEEPING:
                report.bound(against, speed / flow, 5)
            else:  # less work: what it has taken is lost when it ends
                report.line(f"       {against}: {speed / flow:.3g}x")


def end_to_end(report: Report, *, scale: int) -> None:
    """Throughput, latency, memory and the ceiling, in one run."""
    with TemporaryDirectory() as name, Stub() as stub:
        folder = Path(name)
        ceiling = group_commit_ceiling(folder, messages=20_000 // scale, people=1000)
        report.line(f"  bare SQLite, transactions of 64: {ceiling:,.0f} messages/s")
        with running(folder, stub.url) as (port, pid):
            throughput(stub, port, messages=500, size=1, people=100, run="warm")
            singles, hundreds = [], []
            for turn in range(3):
                singles.append(throughput(stub, port, messages=6000 // scale, size=1, people=1000, run=f"one{turn}"))
                count = 20_000 // scale
                hundreds.append(throughput(stub, port, messages=count, size=100, people=1000, run=f"hundred{turn}"))
            single, hundred = statistics.median(singles), statistics.median(hundreds)
            report.bound("bodies of one result", single, 1500, unit=" messages/s")
            report.bound("bodies of 100 results", hundred, 3000, unit=" messages/s")
            _against_node_red(report, stub, {1: single, 100: hundred}, messages=3000 // scale)
            report.bound("bodies of 100, of the ceiling", hundred / ceiling, 0.2)
            answered, replied = latency(stub, port, rate=300, seconds=20 / scale, run="steady")
            report.limit("200 answered, p99 at 300 messages/s", answered, 15, unit=" ms")
            report.limit("reply at the stub, p99 at 300 messages/s", replied, 50, unit=" ms")
            before = resident(pid)
            throughput(stub, port, messages=100_000 // scale, size=100, people=1000, run="long")
            grown = f"memory grown over {100_000 // scale:,} messages"
            if scale == 1:
                report.limit(grown, resident(pid) - before, 16, unit=" MiB")
            else:  # a short run is over before garbage was collected often enough to tell
                report.line(f"  {grown}: {resident(pid) - before:.1f} MiB")
    with (
        TemporaryDirectory() as few,
        TemporaryDirectory() as many,
        Stub() as stub,
        running(Path(few), stub.url) as (alone, _),
        running(Path(many), stub.url) as (among, _),
    ):
        _among_sessions(report, stub, alone, among, sessions=100_000 // scale, messages=10_000 // scale)


def _among_sessions(report: Report, stub: Stub, alone: int, among: int, *, sessions: int, messages: int) -> None:
    """Ten people write, alone in the journal of one host and as ten of many in another's; and all of the many write."""
    turns = {"alone": (alone, 10), "among": (among, 10), "all": (among, sessions)}
    speeds: dict[str, list[float]] = {name: [] for name in turns}
    # Both journals begin with as many messages: it is the sessions that are to make the difference.
    throughput(stub, alone, messages=sessions, size=100, people=10, run="begin")
    throughput(stub, among, messages=sessions, size=100, people=sessions, run="begin")
    for turn in range(5):  # by turns, so that what else the machine does hits all alike
        for name, (port, people) in turns.items():
            run = f"{name}{turn}"
            speeds[name].append(throughput(stub, port, messages=messages, size=100, people=people, run=run))
    median = {name: statistics.median(measured) for name, measured in speeds.items()}
    share = median["among"] / median["alone"]
    report.bound(f"ten people among {sessions:,} sessions, of their speed alone", share, 0.95)
    # Another kind of traffic: no two messages of a turn are of one session.
    report.line(f"  all of the {sessions:,} writing: {median['all'] / median['alone']:.2f} of that speed")
