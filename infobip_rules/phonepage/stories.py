"""The story of a signal, as HTML from its trace in the journal: why rules did or did not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infobip_rules.channels.registry import Channels, Role
from infobip_rules.engine.explain.story import fired_sentence, story
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.errors import TraceError
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.pages.rendering import Templates

_NAMES: Mapping[Role, str] = {"received": "message", "reported": "delivery report", "sent": "message sent"}
#: Signals that follow each sent message: their stories are shown only if asked for.
_CONSEQUENCES: frozenset[Role | None] = frozenset({"reported", "sent"})


@dataclass(frozen=True, kw_only=True, slots=True)
class RecentSignal:
    """A line in the list of recent signals."""

    id: int
    at: datetime
    title: str
    outcome: str
    dead: bool
    #: Whether it has been evaluated.
    evaluated: bool
    #: Whether its story is shown without being asked for.
    leading: bool


def recent_signal(row: InboxRow, channels: Channels) -> RecentSignal:
    """The line of one signal."""
    fired = len(row.fired)
    outcomes = {
        InboxState.PENDING: "waiting",
        InboxState.DEAD: "dead letter",
        InboxState.DONE: f"{fired} rule{'' if fired == 1 else 's'}" if fired else "no rule",
    }
    role = channels.role(row.kind)
    name = _NAMES[role] if role is not None else row.kind
    return RecentSignal(
        id=row.id,
        at=row.received_at,
        title=f"{name}, {row.session_key}" if row.session_key else name,
        outcome=outcomes[row.state],
        dead=row.state is InboxState.DEAD,
        evaluated=row.state is not InboxState.PENDING,
        leading=role not in _CONSEQUENCES,
    )


def story_html(templates: Templates, row: InboxRow | None, document: bytes | None) -> str:
    """The story of a signal; if no trace is kept, what its row in the inbox says."""
    trace, message = None, _without_trace(row)
    if document is not None:
        try:
            trace = Trace.from_json(document)
        except TraceError as problem:
            message = str(problem)
    sentences = [] if trace is None else [fired_sentence(firing) for firing in trace.fired] or [story(trace)]
    return templates.render("story.html", trace=trace, message=message, sentences=sentences)


def _without_trace(row: InboxRow | None) -> str:
    if row is None:
        return "Write something on a phone: here it says which rules fired, and why the others did not."
    if row.state is InboxState.PENDING:
        return f"Signal {row.id} waits for its turn."
    if row.fired:
        return f"Signal {row.id}: {', '.join(row.fired)} fired. No trace of it is kept."
    return f"Signal {row.id}: {row.reason or 'no rule fired.'} No trace of it is kept."
