"""Why rules did or did not answer, as HTML from the trace that the journal keeps of a signal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from infobip_rules.engine.explain.story import fired_sentence, story
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.errors import TraceError
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.pages.rendering import Templates
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage

_NAMES = {
    InfobipSmsReceivedMessage.__name__: "message",
    InfobipSmsReceivedReport.__name__: "delivery report",
    InfobipSmsSentMessage.__name__: "message sent",
}
#: Signals that follow a message of ours by themselves: what somebody wants to know is mostly not about them.
_BESIDE = frozenset({InfobipSmsReceivedReport.__name__, InfobipSmsSentMessage.__name__})


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


def lately(row: InboxRow) -> Lately:
    """The line of one signal."""
    fired = len(row.fired)
    outcomes = {
        InboxState.PENDING: "waiting",
        InboxState.DEAD: "dead letter",
        InboxState.DONE: f"{fired} rule{'' if fired == 1 else 's'}" if fired else "no rule",
    }
    name = _NAMES.get(row.kind, row.kind)
    return Lately(
        id=row.id,
        at=row.received_at,
        title=f"{name}, {row.session_key}" if row.session_key else name,
        outcome=outcomes[row.state],
        dead=row.state is InboxState.DEAD,
        settled=row.state is not InboxState.PENDING,
        leading=row.kind not in _BESIDE,
    )


def tell(templates: Templates, row: InboxRow | None, document: bytes | None) -> str:
    """The story of one signal; where no trace is kept, what the journal knows without."""
    trace, message = None, _without_trace(row)
    if document is not None:
        try:
            trace = Trace.from_json(document)
        except TraceError as problem:
            message = str(problem)
    sentences = [] if trace is None else [fired_sentence(one) for one in trace.fired] or [story(trace)]
    return templates.render("story.html", trace=trace, message=message, sentences=sentences)


def _without_trace(row: InboxRow | None) -> str:
    if row is None:
        return "Write something on a phone: here it says which rules fired, and why the others did not."
    if row.state is InboxState.PENDING:
        return f"Signal {row.id} waits for its turn."
    if row.fired:
        return f"Signal {row.id}: {', '.join(row.fired)} fired. No trace of it is kept."
    return f"Signal {row.id}: {row.reason or 'no rule fired.'} No trace of it is kept."
