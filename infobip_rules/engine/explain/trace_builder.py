"""The builder of traces: from what was recorded of an evaluation to the trace that is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from infobip_rules.actions import Message
from infobip_rules.channels.registry import Channels
from infobip_rules.engine.explain.missed_rules import find_missed_rules
from infobip_rules.engine.explain.trace import Changed, FiredRule, Matched, Trace, TracedError, TracedMessage
from infobip_rules.engine.explain.trace_rendering import name_of, shown
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import given_name
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.evaluation import Effects, Firing
from infobip_rules.engine.session.recorder import Fired, Recorder, Step
from infobip_rules.errors import EvaluationError

log = logging.getLogger("infobip_rules.tracing")

#: Rules that did not fire and are kept.
NEAREST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """What was evaluated: which signal of which session, and when."""

    signal: int
    type: str
    received_at: datetime | None
    session: str
    now: datetime


def make_trace(
    occasion: Occasion,
    recorder: Recorder,
    rulebook: Rulebook,
    *,
    channels: Channels,
    effects: Effects | None = None,
    error: EvaluationError | None = None,
    took: float = 0.0,
    limit: int | None = NEAREST,
) -> Trace:
    """The trace of an evaluation that came to `effects` or failed with `error`; `channels` show what was sent."""
    token = MOMENT.set(occasion.now)  # conditions may ask what time it is
    try:
        missed, more = find_missed_rules(recorder, rulebook, now=occasion.now, limit=limit, failed=error is not None)
    finally:
        MOMENT.reset(token)
    return Trace(
        signal=occasion.signal,
        type=occasion.type,
        fields=_arrived(recorder),
        received_at=occasion.received_at,
        session=occasion.session,
        started_at=occasion.now,
        took=round(took, 6),
        rules=len(rulebook.rules),
        fired=tuple(_fired(recorder, effects.fired if effects else (), channels)),
        missed=missed,
        more=more,
        warnings=effects.warnings if effects else (),
        error=failure(error) if error else None,
    )


def write_trace(
    occasion: Occasion,
    recorder: Recorder,
    rulebook: Rulebook,
    effects: Effects | None,
    error: EvaluationError | None,
    *,
    channels: Channels,
    took: float,
) -> bytes | None:
    """The trace as JSON. It raises nothing, as an explanation must not cost the signal: what fails is logged."""
    try:
        return make_trace(
            occasion, recorder, rulebook, channels=channels, effects=effects, error=error, took=took
        ).to_json()
    except Exception:
        log.exception("tracing.failed signal=%d", occasion.signal)
        return failed_trace(occasion, error).to_json() if error is not None else None


def failed_trace(occasion: Occasion, error: EvaluationError) -> Trace:
    """The trace of an evaluation of which only the error is known, such as an error that ended its process."""
    return Trace(
        signal=occasion.signal,
        type=occasion.type,
        fields={},
        received_at=occasion.received_at,
        session=occasion.session,
        started_at=occasion.now,
        took=0.0,
        rules=0,
        fired=(),
        missed=(),
        error=failure(error),
    )


def with_failure(document: bytes, error: EvaluationError) -> bytes:
    """A trace, as JSON, of an evaluation that turned out to have failed after it."""
    return replace(Trace.from_json(document), error=failure(error)).to_json()


def failure(error: EvaluationError) -> TracedError:
    """An error as a trace keeps it."""
    return TracedError(reason=str(error), rule=error.rule, traceback=error.traceback)


def _arrived(recorder: Recorder) -> Mapping[str, Any]:
    """The fields of the signal that was evaluated."""
    signals = (step.after for step in recorder.opening if step.element.entry_point is not None)
    return shown(next(signals, None)) or {}


def _fired(recorder: Recorder, firings: Sequence[Firing], channels: Channels) -> Iterator[FiredRule]:
    for fired, firing in zip_longest(recorder.fired, firings):
        rule = fired.branch.rule
        own = [step for step in fired.steps if step.origin == rule.id]
        again = rule.no_loop and any(step.after is not None for step in own)
        yield FiredRule(
            rule=rule.id,
            title=rule.title,
            where=rule.where,
            salience=rule.salience if isinstance(rule.salience, int) else 0,
            matched=tuple(_matched(fired)),
            messages=tuple([traced_message(message, channels) for message in firing.messages]) if firing else (),
            changes=tuple([_changed(step) for step in own]),
            notes=("its own changes don't make it fire again (no-loop)",) if again else (),
        )


def _matched(fired: Fired) -> Iterator[Matched]:
    for alias, element, value in zip(fired.branch.names, fired.elements, fired.values, strict=True):
        yield Matched(
            alias=given_name(alias), element=name_of(element), value=shown(value), entry_point=element.entry_point
        )


def traced_message(message: Message, channels: Channels) -> TracedMessage:
    """A message as a trace keeps it."""
    shown = channels.show(message.channel, message.content)
    return TracedMessage(
        message_id=message.message_id,
        to=message.to,
        text=shown.text,
        shorten_url=bool(shown.details.get("shorten_url")),
        dropped=channels[message.channel].why_unreachable(message.to) or "",
        channel=message.channel,
    )


def _changed(step: Step) -> Changed:
    name = name_of(step.element)
    if step.before is None:
        return Changed(kind="inserted", element=name, before={}, after=shown(step.after))
    if step.after is None:
        return Changed(kind="deleted", element=name, before={}, after={})
    before, after = vars(step.before), vars(step.after)
    names = [field for field in after if before.get(field) != after[field]]
    return Changed(
        kind="changed",
        element=name,
        before={field: shown(before.get(field)) for field in names},
        after={field: shown(after[field]) for field in names},
    )
