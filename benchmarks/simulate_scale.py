"""`python -m benchmarks.simulate_scale`: how long signals and messages wait at 10, 100 and 1,000 times one host.

A simulation, not a measurement: what one host costs is measured (`--measure` does it anew on this machine), everything
else is assumed, and is an argument. The same seed gives the same figures.

Sessions are spread over the hosts by their key, and each is evaluated one signal at a time. Hosts are alike, so that only
some are simulated, event by event: those that have the person who writes most. A host is one server that needs `host_us`
for a message; the session then stays taken until its evaluations have ended and are written. The journal that all hosts
share takes in what comes like water: its delay is what has piled up by its capacity, and the time of a commit.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import math
import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from random import Random

SCALES = (10, 100, 1_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumptions:
    """What is simulated; the costs are those of a run of `--measure` with one SQLite host, the rest is assumed."""

    #: Measured: processor time of a host's process for a message, in microseconds; what bounds a host.
    host_us: float = 325.0
    #: Measured: of an evaluation worker for a message, in microseconds; the session is taken meanwhile.
    evaluation_us: float = 105.0
    #: Messages that come to a host, as a share of what it can take.
    load: float = 0.5
    #: Microseconds that the shared journal needs for a message, on one of its cores.
    journal_us: float = 120.0
    #: Cores of the shared journal; 0: each host has a journal of its own.
    journal_cores: float = 0.0
    #: Milliseconds from asking for a commit until it is on disk.
    commit_ms: float = 2.0
    #: People for each host, and the exponent of Zipf's law by which they write; 0: all alike.
    people: int = 10_000
    zipf: float = 0.9
    #: Messages a second that nobody's session gets more of.
    hottest: float = 5.0
    #: Bursts in the time that is simulated, the share of it that they take, and how many times as much comes then.
    bursts: int = 3
    burst_share: float = 0.1
    burst_factor: float = 1.5
    #: Signals of a session that are taken at once.
    each: int = 16
    #: Hosts that fail, as a share of those simulated, and the seconds until others go on with their sessions.
    failures: float = 0.25
    failover: float = 1.0
    #: Milliseconds of a request to Infobip, the share of requests that fail, and seconds until the next attempt.
    provider_ms: float = 50.0
    provider_failures: float = 0.02
    retry: float = 2.0
    #: Seconds that are simulated, and hosts that are, however many there are.
    seconds: float = 10.0
    simulated: int = 4
    seed: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Waits:
    """Seconds that something waited."""

    median: float
    p99: float
    longest: float
    mean: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one scale."""

    hosts: int
    #: Messages a second at all hosts, on average.
    rate: float
    #: How busy the shared journal is on average; above 1 it falls behind for good.
    journal_busy: float
    #: From when a webhook came until it was on disk.
    webhook: Waits
    #: From when a signal was taken in until its evaluation began.
    inbox: Waits
    #: From when a message was written until Infobip had accepted it.
    outbox: Waits
    #: For how long the oldest signal that was left at the end had waited.
    oldest_at_end: float
    simulated_messages: int

    @property
    def keeps_up(self) -> bool:
        """Whether what comes is worked off, and nobody's session falls behind for good."""
        return self.journal_busy < 1 and self.oldest_at_end < 1


def simulate(assumed: Assumptions, scale: int) -> Outcome:
    """Simulates `scale` hosts under so many times the load of one."""
    random = Random(f"{assumed.seed} {scale}")
    hosts = min(assumed.simulated, scale)
    share, choose = _senders(assumed, scale, hosts)
    journal = _Journal(assumed, scale)
    arrivals = list(_arrivals(assumed, share * scale * _rate(assumed), random))
    signals = [_Signal(at=at + journal.delay(at), sender=choose(random)) for at in arrivals]
    inbox, done, oldest = _evaluate(assumed, signals, hosts, journal, random)
    return Outcome(
        hosts=scale,
        rate=scale * _rate(assumed) * _mean_factor(assumed),
        journal_busy=journal.busy,
        webhook=_waits([journal.delay(at) for at in arrivals]),
        inbox=_waits(inbox),
        outbox=_waits([_accepted_after(assumed, random) for _ in range(done)]),
        oldest_at_end=oldest,
        simulated_messages=len(arrivals),
    )


@dataclass(slots=True)
class _Signal:
    #: When it was taken in.
    at: float
    sender: int


def _rate(assumed: Assumptions) -> float:
    """Messages a second that come to a host outside of bursts."""
    return assumed.load * 1e6 / assumed.host_us


def _mean_factor(assumed: Assumptions) -> float:
    return 1 + assumed.burst_share * (assumed.burst_factor - 1) if assumed.bursts else 1.0


def _in_burst(assumed: Assumptions, at: float) -> bool:
    if not assumed.bursts:
        return False
    period = assumed.seconds / assumed.bursts
    # In the middle of each period, so that it is seen how what has piled up is worked off.
    return abs(at % period - period / 2) < period * assumed.burst_share / 2


def _arrivals(assumed: Assumptions, rate: float, random: Random) -> Iterator[float]:
    """Moments of messages: at random, more of them in bursts."""
    most = rate * max(assumed.burst_factor, 1.0)
    at = random.expovariate(most)
    while at < assumed.seconds:
        factor = assumed.burst_factor if _in_burst(assumed, at) else 1.0
        if random.random() * max(assumed.burst_factor, 1.0) < factor:
            yield at
        at += random.expovariate(most)


class _Senders:
    def __init__(self, weights: Sequence[float]) -> None:
        self._bounds = list(itertools.accumulate(weights))

    def __call__(self, random: Random) -> int:
        return bisect_left(self._bounds, random.random() * self._bounds[-1])


def _senders(assumed: Assumptions, scale: int, hosts: int) -> tuple[float, _Senders]:
    """The share of all messages that come to the simulated hosts, and who sends the next of them.

    Ranks are dealt out to the hosts like cards: those that are simulated have the first.
    """
    step = scale / hosts
    rate = scale * _rate(assumed)
    total = _sum_of_weights(assumed, assumed.people * scale)
    # Whoever would write more than anybody does writes that much; what is left over is spread over all others.
    cap = assumed.hottest / rate * total
    own = [(1 + place * step) ** -assumed.zipf for place in range(assumed.people * hosts)]
    capped = [min(weight, cap) for weight in own]
    first = cap ** (-1 / assumed.zipf) if assumed.zipf and cap < 1 else 0.0
    ranks = int(min(first, assumed.people * scale))
    lost = _sum_of_weights(assumed, ranks) - ranks * cap if ranks else 0.0
    rest = max(total - lost, 1e-12)
    share = min(sum(capped) / rest, 1.0)
    return share, _Senders(capped)


def _sum_of_weights(assumed: Assumptions, people: int) -> float:
    """The sum of `rank ** -zipf`; beyond the first, as an integral."""
    exact = min(people, 10_000)
    total = sum(rank**-assumed.zipf for rank in range(1, exact + 1))
    if people > exact:
        power = 1 - assumed.zipf
        low, high = exact + 0.5, people + 0.5
        total += math.log(high / low) if not power else (high**power - low**power) / power
    return float(total)


class _Journal:
    """The delay of a commit over time: what has piled up at the shared journal, and the commit itself."""

    STEPS = 1_000

    def __init__(self, assumed: Assumptions, scale: int) -> None:
        self._commit = assumed.commit_ms / 1e3
        self._step = assumed.seconds / self.STEPS
        shared = assumed.journal_cores > 0
        capacity = assumed.journal_cores * 1e6 / assumed.journal_us if shared else math.inf
        rate, left = scale * _rate(assumed), 0.0
        self.busy = rate * _mean_factor(assumed) / capacity
        self._delays = []
        for step in range(self.STEPS + 1):
            comes = rate * (assumed.burst_factor if _in_burst(assumed, step * self._step) else 1.0)
            left = max(left + (comes - capacity) * self._step, 0.0) if shared else 0.0
            self._delays.append(left / capacity)

    def delay(self, at: float) -> float:
        """Seconds until what is given at a moment is on disk."""
        return self._commit + self._delays[min(int(at / self._step), self.STEPS)]


def _evaluate(
    assumed: Assumptions, signals: Sequence[_Signal], hosts: int, journal: _Journal, random: Random
) -> tuple[list[float], int, float]:
    """The waits of signals, how many were evaluated, and for how long the oldest has waited at the end.

    Each host takes the session that has waited longest among those that are free.
    """
    service, held = assumed.host_us / 1e6, assumed.evaluation_us / 1e6
    down = _outages(assumed, hosts, random)
    waiting: dict[int, deque[float]] = {}
    queues: list[deque[int]] = [deque() for _ in range(hosts)]
    idle = [True] * hosts
    waits: list[float] = []
    # By time: what arrives, a host that is free again (-1 - host), and a session that is (its sender).
    events: list[tuple[float, int, int]] = []
    place = 0
    taken: set[int] = set()

    def take_next(host: int, now: float) -> None:
        begin, end = down[host]
        if begin <= now < end:
            heapq.heappush(events, (end, 0, -1 - host))
            idle[host] = False
            return
        if not queues[host]:
            idle[host] = True
            return
        sender = queues[host].popleft()
        idle[host] = False
        count = min(len(waiting[sender]), assumed.each)
        waits.extend(now + number * held - waiting[sender].popleft() for number in range(count))
        ended = now + count * service
        heapq.heappush(events, (ended, 0, -1 - host))
        heapq.heappush(events, (ended + count * held + journal.delay(ended), 1, sender))

    order = sorted(signals, key=lambda signal: signal.at)
    while place < len(order) or events:
        if place < len(order) and (not events or order[place].at <= events[0][0]):
            signal, place = order[place], place + 1
            now, sender, host = signal.at, signal.sender, signal.sender % hosts
            own = waiting.setdefault(sender, deque())
            own.append(now)
            if sender not in taken:
                taken.add(sender)
                queues[host].append(sender)
                if idle[host]:
                    take_next(host, now)
        else:
            now, _, which = heapq.heappop(events)
            if now >= assumed.seconds:
                break
            if which < 0:
                take_next(-1 - which, now)
            elif waiting[which]:
                queues[which % hosts].append(which)
                if idle[which % hosts]:
                    take_next(which % hosts, now)
            else:
                taken.discard(which)
        if now >= assumed.seconds:
            break
    oldest = max((assumed.seconds - own[0] for own in waiting.values() if own), default=0.0)
    return waits, len(waits), max(oldest, 0.0)


def _outages(assumed: Assumptions, hosts: int, random: Random) -> list[tuple[float, float]]:
    """From when until when each host is away."""
    failing = round(hosts * assumed.failures)
    outages = [(math.inf, math.inf)] * hosts
    for host in random.sample(range(hosts), failing):
        begin = random.uniform(0.1, 0.5) * assumed.seconds
        outages[host] = (begin, begin + assumed.failover)
    return outages


def _accepted_after(assumed: Assumptions, random: Random) -> float:
    """Seconds until Infobip has accepted a message."""
    seconds = assumed.provider_ms / 1e3
    while random.random() < assumed.provider_failures:
        seconds += assumed.retry + assumed.provider_ms / 1e3
    return seconds


def _waits(seconds: Sequence[float]) -> Waits:
    if not seconds:
        return Waits(median=0.0, p99=0.0, longest=0.0, mean=0.0)
    order = sorted(seconds)
    at = [order[min(int(share * len(order)), len(order) - 1)] for share in (0.5, 0.99)]
    return Waits(median=at[0], p99=at[1], longest=order[-1], mean=sum(order) / len(order))


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table in Markdown."""
    head = (
        "times one host | messages/s | journal busy | webhook 99 % | inbox median | 99 % | longest | oldest at the end "
        "| outbox median | 99 % | keeps up"
    )
    lines = [f"| {head} |", f"|{' --- |' * (head.count('|') + 1)}"]
    for outcome in outcomes:
        cells = (
            f"{outcome.hosts:,}",
            f"{outcome.rate:,.0f}",
            f"{outcome.journal_busy:.0%}" if outcome.journal_busy else "-",
            _milliseconds(outcome.webhook.p99),
            *map(_milliseconds, (outcome.inbox.median, outcome.inbox.p99, outcome.inbox.longest)),
            _milliseconds(outcome.oldest_at_end),
            *map(_milliseconds, (outcome.outbox.median, outcome.outbox.p99)),
            "yes" if outcome.keeps_up else "no",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _arguments(given: Sequence[str]) -> tuple[Assumptions, list[int], bool]:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulate_scale", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--scale", type=int, action="append", help="how many times one host; may be repeated")
    parser.add_argument("--measure", action="store_true", help="measure what a message costs on this machine first")
    for field in fields(Assumptions):
        kind = int if field.type == "int" else float
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default)
    found = vars(parser.parse_args(given))
    scales, measure = found.pop("scale") or list(SCALES), found.pop("measure")
    return Assumptions(**found), scales, measure


def main(given: Sequence[str]) -> str:
    """What the command with these arguments prints."""
    assumed, scales, measure = _arguments(given)
    if measure:
        from benchmarks.message_costs import message_costs

        costs = message_costs()
        assumed = replace(assumed, host_us=costs.host_us, evaluation_us=costs.evaluation_us)
    said = ", ".join(f"{field.name}={getattr(assumed, field.name):g}" for field in fields(assumed))
    return f"{table([simulate(assumed, scale) for scale in scales])}\n\n{said}"


if __name__ == "__main__":
    print(main(sys.argv[1:]))
