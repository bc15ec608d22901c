"""The overview's numbers for Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Counters by what is counted: name, label, and description.
_COUNTERS = (
    ("received", "signals_received", "type", "Signals taken in."),
    ("fired", "rules_fired", "rule", "Firings of rules."),
    ("dead", "dead_letters", "rule", "Signals that became dead letters."),
    ("sent", "messages_sent", "", "Messages that Infobip took."),
    ("delivered", "messages_delivered", "", "Messages reported as delivered."),
    ("failed", "messages_failed", "reason", "Messages that were refused, given up or not delivered."),
)


def metrics(totals: Iterable[Tally], depth: Depth, now: datetime, *, account_refused: bool = False) -> str:
    """All numbers; counters only ever grow, as the journal keeps them through restarts and pruning."""
    counted = list(totals)
    lines = [line for counter in _COUNTERS for line in _counter(counted, *counter)]
    oldest = (now - depth.ready_since).total_seconds() if depth.ready_since is not None else 0.0
    for name, value, description in (
        ("inbox_pending", depth.pending, "Signals that wait to be evaluated."),
        ("inbox_dead", depth.dead, "Dead letters that nobody has replayed or discarded."),
        ("outbox_ready", depth.ready, "Messages that wait to be sent."),
        ("outbox_sending", depth.sending, "Messages that are being sent."),
        ("outbox_unknown", depth.unknown, "Messages of which it is not known whether they were taken."),
        ("account_refused", int(account_refused), "Whether Infobip refuses the key or the account: messages are held."),
        ("outbox_oldest_seconds", max(oldest, 0.0), "For how long the first message that is due has been so."),
    ):
        lines += _family(name, "gauge", description, [("", "", value)])
    return "\n".join([*lines, ""])


def _counter(counted: Sequence[Tally], what: str, name: str, label: str, description: str) -> list[str]:
    samples = [(label, tally.label, tally.count) for tally in counted if tally.what == what]
    return list(_family(f"{name}_total", "counter", description, samples or ([] if label else [("", "", 0)])))


def _family(name: str, kind: str, description: str, samples: Iterable[tuple[str, str, float]]) -> Iterator[str]:
    full = f"infobip_rules_{name}"
    yield f"# HELP {full} {description}"
    yield f"# TYPE {full} {kind}"
    for label, value, number in samples:
        labels = f'{{{label}="{_escaped(value)}"}}' if label else ""
        yield f"{full}{labels} {number:g}" if isinstance(number, float) else f"{full}{labels} {number}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
