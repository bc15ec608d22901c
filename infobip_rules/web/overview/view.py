"""The records that the overview shows, made from the journal's counts and rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from infobip_rules.evaluators.outline import NamedRule
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import Depth, InboxRow
from infobip_rules.journal.views import SessionView, Tally
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.web.overview.charts import Chart, chart

#: How many sessions, signals of each, and dead letters are shown.
SESSIONS, SIGNALS, DEAD = 20, 8, 50
_TRAFFIC = (("sent", "Sent"), ("delivered", "Delivered"), ("failed", "Failed"))


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartSpan:
    """A stretch of time that charts show, in steps."""

    name: str
    step: timedelta
    steps: int
    #: The format of a step's label, for strftime.
    label: str


SPANS = {
    "day": ChartSpan(name="24 hours", step=timedelta(hours=1), steps=24, label="%H:00"),
    "month": ChartSpan(name="30 days", step=timedelta(days=1), steps=30, label="%-d %b"),
}

#: The steps of a message by name, as people call them.
_STEPS = {
    "webhook_commit": "Webhook, until it is on disk",
    "signal_wait": "Signal, until its evaluation begins",
    "evaluation": "Evaluation",
    "message_acceptance": "Message, until Infobip has accepted it",
    "message_delivery": "Message, until it is delivered",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTimes:
    """How long a step of messages took in this host since its start, in words."""

    title: str
    count: int
    median: str
    p99: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FiringRule:
    """A rule with the count of its firings, and the moment of the last."""

    rule: str
    title: str
    where: str
    count: int
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownSession:
    """A session with its facts and last signals, masked if the overview is."""

    key: str
    #: Type and number of each, and its fields as JSON.
    facts: tuple[tuple[str, str], ...]
    version: int
    signals: tuple[InboxRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DashboardView:
    """Everything on the page."""

    at: datetime
    depth: Depth
    #: How long the oldest message that is due, and the oldest pending signal, have waited.
    outbox_age: timedelta
    inbox_age: timedelta
    charts: tuple[Chart, ...]
    steps: tuple[StepTimes, ...]
    #: Attempts to send since the host's start by what they came to, those that there were.
    attempts: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    rules: tuple[FiringRule, ...]
    sessions: tuple[ShownSession, ...]
    dead: tuple[InboxRow, ...]
    dead_more: int


async def overview_of(
    journal: JournalReader,
    *,
    telemetry: HostTelemetry,
    rules: Sequence[NamedRule],
    span: ChartSpan,
    now: datetime,
    masked: bool,
) -> DashboardView:
    """The overview of a journal and a host at this moment; numbers are shown whole unless it is `masked`."""
    begin = _begin(now, span)
    board = await journal.overview.dashboard(since=begin, sessions=SESSIONS, signals=SIGNALS, dead=DEAD)
    counted, depth = board.tallies, board.depth
    hide: Callable[[str], str] = mask_numbers if masked else str
    return DashboardView(
        at=now,
        depth=depth,
        outbox_age=_age(depth.ready_since, now),
        inbox_age=_age(depth.pending_since, now),
        charts=tuple(chart(what, title, _points(counted, what, begin, span)) for what, title in _TRAFFIC),
        steps=_steps(telemetry),
        attempts=tuple((outcome, count) for outcome, count in telemetry.attempts.items() if count),
        reasons=tuple(_by_label(counted, "failed").most_common()),
        rules=tuple(_firing(rules, board.totals)),
        sessions=tuple(_shown(session, hide, masked=masked) for session in board.recent),
        dead=board.dead,
        dead_more=max(depth.dead - DEAD, 0),
    )


def _steps(telemetry: HostTelemetry) -> tuple[StepTimes, ...]:
    return tuple(
        StepTimes(
            title=_STEPS[name],
            count=times.count,
            median=duration(times.quantile(0.5)),
            p99=duration(times.quantile(0.99)),
        )
        for name, times in telemetry.stages.items()
    )


def duration(seconds: float | None) -> str:
    """Seconds as people read them: `0.42 ms`, `17 ms`, `1.3 s`, `4 min`; `-` if there are none."""
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds * 1000)} ms"


def _two_digits(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _begin(now: datetime, span: ChartSpan) -> datetime:
    """The beginning of the first step."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    if span.step >= timedelta(days=1):
        whole = whole.replace(hour=0)
    return whole - span.step * (span.steps - 1)


def _points(counted: Iterable[Tally], what: str, begin: datetime, span: ChartSpan) -> list[tuple[str, int]]:
    counts: Counter[int] = Counter()
    for tally in counted:
        if tally.what == what:
            counts[(tally.since - begin) // span.step] += tally.count
    return [(f"{begin + span.step * step:{span.label}}", counts[step]) for step in range(span.steps)]


def _by_label(counted: Iterable[Tally], what: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for tally in counted:
        if tally.what == what:
            counts[tally.label] += tally.count
    return counts


def _firing(rules: Sequence[NamedRule], totals: Iterable[Tally]) -> list[FiringRule]:
    """The rules that are loaded, in their order, then those that fired under an earlier version of the files."""
    fired = {tally.label: tally for tally in totals if tally.what == "fired"}
    shown = []
    for rule in rules:
        tally = fired.pop(rule.id, None)
        count, last = (tally.count, tally.last_at) if tally is not None else (0, None)
        shown.append(FiringRule(rule=rule.id, title=rule.title, where=rule.where, count=count, last_at=last))
    gone = [
        FiringRule(
            rule=tally.label,
            title=tally.label,
            where="no longer loaded",
            count=tally.count,
            last_at=tally.last_at,
        )
        for tally in fired.values()
    ]
    return [*shown, *gone]


def _shown(recent: SessionView, hide: Callable[[str], str], *, masked: bool) -> ShownSession:
    facts = _facts(recent.session.state) if recent.session is not None else []
    return ShownSession(
        key=mask(recent.key) if masked else recent.key,
        facts=tuple((name, hide(fields)) for name, fields in facts),
        version=recent.session.version if recent.session is not None else 0,
        signals=recent.signals,
    )


def _facts(state: str) -> list[tuple[str, str]]:
    """Each fact by type and number, with its fields as JSON; a state of another form as it is."""
    stored = orjson.loads(state)
    facts = stored.get("facts") if isinstance(stored, dict) else None
    if not isinstance(facts, list) or not all(isinstance(fact, list) and len(fact) == 3 for fact in facts):
        return [("state", _json(stored))]
    return [(f"{kind}#{number}", _json(fields)) for number, kind, fields in facts]


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _age(since: datetime | None, now: datetime) -> timedelta:
    return max(now - since, timedelta()) if since is not None else timedelta()
