"""The cost of traces, end to end: a host with and one without take turns within a run."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.host_process import RULE, running
from benchmarks.measure import Report
from benchmarks.rates import throughput
from benchmarks.stub import Stub

#: Rules that never match, so that there is something to explain.
_KEYWORDS = "".join(
    f'''
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "{word}"), fact(ClientAgent))
    def {word.lower()}(c):
        c.delete(c.signal)
'''
    for word in ("JOIN", "STOP", "HELP", "INFO", "PRICE", "ORDER")
)
_SEVEN = RULE.replace("import c, fact,", "import c, fact, m,") + _KEYWORDS
#: What traces may take of the throughput.
_MOST = 0.85


def tracing(report: Report, *, scale: int) -> None:
    """Throughput with traces, as a part of that without, with one rule and with seven of which six don't match."""
    for name, rule_file in (("one rule", RULE), ("seven rules", _SEVEN)):
        for size in (1, 100):
            part = _part(rule_file, messages=(6_000 if size == 1 else 20_000) // scale, size=size)
            report.bound(f"with traces, {name}, bodies of {size}", part, _MOST)


def _part(rule_file: str, *, messages: int, size: int) -> float:
    with ExitStack() as stack, Stub() as stub:
        ports = {}
        for traces in ("0", "1000"):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            host = running(folder, stub.url, rule_file=rule_file, INFOBIP_TRACES=traces)
            ports[traces], _ = stack.enter_context(host)
            throughput(stub, ports[traces], messages=500, size=size, people=100, run=f"warm{traces}")
        parts = []
        for turn in range(5):
            speeds = {
                traces: throughput(stub, port, messages=messages, size=size, people=1000, run=f"{turn}-{traces}-")
                for traces, port in ports.items()
            }
            parts.append(speeds["1000"] / speeds["0"])
        return statistics.median(parts)
