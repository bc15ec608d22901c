"""The overview's numbers for Prometheus, in its text format or in OpenMetrics."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from infobip_rules import __version__
from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.web.overview.reasons import reason_label

#: Counters by what the journal counts: name, label, and description.
_COUNTERS = (
    ("received", "signals_received", "type", "Signals taken in."),
    ("fired", "rules_fired", "rule", "Firings of rules."),
    ("dead", "dead_letters", "rule", "Signals that became dead letters."),
    ("sent", "messages_sent", "", "Messages that Infobip took."),
    ("delivered", "messages_delivered", "", "Messages reported as delivered."),
    ("failed", "messages_failed", "reason", "Messages that were refused, given up or not delivered."),
)
#: What the journal counts, as its tallies call it.
COUNTED = tuple(what for what, *_ in _COUNTERS)
#: Histograms by stage: description.
_STAGES = {
    "webhook_commit": "From when a webhook came until all of it was on disk.",
    "signal_wait": "From when a signal was taken in until its evaluation began.",
    "evaluation": "From when the evaluation of a signal began until it ended.",
    "message_acceptance": "From when a rule's message was written until Infobip had accepted it.",
    "message_delivery": "From when a message was sent until its report of delivery came.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """What metrics are made of: counts and depth of the journal, and what this host has seen since its start."""

    totals: Iterable[Tally]
    depth: Depth
    telemetry: HostTelemetry
    now: datetime
    #: The scheme of the journal's URL.
    journal: str = "sqlite"
    #: Whether Infobip refuses the key or the account.
    account_refused: bool = False


def metrics(figures: Figures, *, accepts: str = "") -> tuple[bytes, str]:
    """All numbers and their media type: as OpenMetrics if the request `accepts` it, else in Prometheus' text format.

    Counters of the journal only ever grow, as it keeps them through restarts and pruning; histograms begin with the host.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(families(figures))))
    encode, media_type = choose_encoder(accepts)
    return encode(registry), media_type


class _Collected(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families

    def describe(self) -> Iterable[Metric]:
        return ()


def families(figures: Figures) -> Iterator[Metric]:
    """Every family of metrics with its samples, in the order in which they are written."""
    counted = list(figures.totals)
    for counter in _COUNTERS:
        yield _counter(counted, *counter)
    yield _attempts(figures.telemetry)
    yield from _gauges(figures)
    for name, histogram in figures.telemetry.stages.items():
        yield HistogramMetricFamily(
            f"infobip_rules_{name}_seconds",
            _STAGES[name],
            buckets=[(_bound(bound), count) for bound, count in histogram.buckets],
            sum_value=histogram.total,
        )
    yield InfoMetricFamily(
        "infobip_rules_build",
        "What runs here.",
        {"version": __version__, "python": platform.python_version(), "journal": figures.journal},
    )


def _counter(counted: Sequence[Tally], what: str, name: str, label: str, description: str) -> Metric:
    counts: Counter[str] = Counter()
    for tally in counted:
        if tally.what == what:
            counts[reason_label(tally.label) if label == "reason" else tally.label] += tally.count
    family = CounterMetricFamily(f"infobip_rules_{name}", description, labels=[label] if label else [])
    if not label:
        family.add_metric([], counts[""])
    for value, count in counts.items() if label else ():
        family.add_metric([value], count)
    return family


def _attempts(telemetry: HostTelemetry) -> Metric:
    description = "Attempts to send a message, by what they came to."
    family = CounterMetricFamily("infobip_rules_send_attempts", description, labels=["outcome"])
    for outcome, count in telemetry.attempts.items():
        family.add_metric([outcome], count)
    return family


def _gauges(figures: Figures) -> Iterator[Metric]:
    depth = figures.depth
    for name, value, description in (
        ("inbox_pending", depth.pending, "Signals that wait to be evaluated."),
        ("inbox_oldest_seconds", _age(depth.pending_since, figures.now), "For how long the first of them has waited."),
        ("inbox_dead", depth.dead, "Dead letters that nobody has replayed or discarded."),
        ("outbox_ready", depth.ready, "Messages that wait to be sent."),
        ("outbox_sending", depth.sending, "Messages that are being sent."),
        ("outbox_unknown", depth.unknown, "Messages of which it is not known whether they were taken."),
        (
            "account_refused",
            int(figures.account_refused),
            "Whether Infobip refuses the key or the account: messages are held.",
        ),
        (
            "outbox_oldest_seconds",
            _age(depth.ready_since, figures.now),
            "For how long the first message that is due has been so.",
        ),
    ):
        yield GaugeMetricFamily(f"infobip_rules_{name}", description, value)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since is not None else 0.0


def _bound(bound: float) -> str:
    return "+Inf" if bound == float("inf") else f"{bound:g}"
