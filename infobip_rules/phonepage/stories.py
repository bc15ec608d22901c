"""Why rules did or did not answer, as HTML from the trace that the journal keeps of a signal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from infobip_rules.channels.registry import Channels, Role
from infobip_rules.engine.explain.story import story, tell_fired
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.errors import TraceError
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.pages.rendering import Templates

_NAMES: Mapping[Role, str] = {"received": "message", "reported": "delivery report", "sent": "message sent"}
#: Signals that follow a message of ours by themselves: what somebody wants to know is mostly not about them.
_BESIDE: frozenset[Role | None] = frozenset({"reported", "sent"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Lately:
    """One line of what came lately."""

    id: int
    at: datetime
    title: str
    outcome: str
    dead: bool
    #: Whether it has been evaluated.
    settled: bool
    #: Whether it is what people are shown by itself.
    leading: bool


def lately(row: InboxRow, channels: Channels) -> Lately:
    """The line of one signal."""
    fired = len(row.fired)
    outcomes = {
        InboxState.PENDING: "waiting",
        InboxState.DEAD: "dead letter",
        InboxState.DONE: f"{fired} rule{'' if fired == 1 else 's'}" if fired else "no rule",
    }
    role = channels.role(row.kind)
    name = _NAMES[role] if role is not None else row.kind
    return Lately(
        id=row.id,
        at=row.received_at,
        title=f"{name}, {row.session_key}" if row.session_key else name,
        outcome=outcomes[row.state],
        dead=row.state is InboxState.DEAD,
        settled=row.state is not InboxState.PENDING,
        leading=role not in _BESIDE,
    )


def tell(templates: Templates, row: InboxRow | None, document: bytes | None) -> str:
    """The story of one signal; where no trace is kept, what the journal knows without."""
    trace, message = None, _without_trace(row)
    if document is not None:
        try:
            trace = Trace.from_json(document)
        except TraceError as problem:
            message = str(problem)
    sentences = [] if trace is None else [tell_fired(one) for one in trace.fired] or [story(trace)]
    return templates.render("story.html", trace=trace, message=message, sentences=sentences)


def _without_trace(row: InboxRow | None) -> str:
    if row is None:
        return "Write something on a phone: here it says which rules fired, and why the others did not."
    if row.state is InboxState.PENDING:
        return f"Signal {row.id} waits for its turn."
    if row.fired:
        return f"Signal {row.id}: {', '.join(row.fired)} fired. No trace of it is kept."
    return f"Signal {row.id}: {row.reason or 'no rule fired.'} No trace of it is kept."
