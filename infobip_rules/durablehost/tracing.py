"""Traces of evaluations in sessions of durable-rules: which rule fired, on what, and what it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from infobip_rules.actions import Message as Sent
from infobip_rules.channels.registry import Channels
from infobip_rules.durablehost.messages import Message, key_of, type_of, without_sid
from infobip_rules.engine.explain.trace import Changed, FiredRule, Matched, Trace
from infobip_rules.engine.explain.trace_builder import Occasion, failure, traced_message
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.outline import RuleLine


def fired_rule(
    line: RuleLine,
    matched: Mapping[str, Any] | Sequence[Any],
    *,
    numbers: Mapping[str, int],
    messages: Sequence[Sent],
    changes: Sequence[Changed],
    channels: Channels,
) -> FiredRule:
    """Returns what a trace says of a firing; `numbers` are those of the session's messages, by what tells them apart."""
    return FiredRule(
        rule=line.id,
        title=line.title,
        where=line.where,
        salience=0,
        matched=tuple(_matched(matched, numbers)),
        messages=tuple([traced_message(message, channels) for message in messages]),
        changes=tuple(changes),
    )


def changed(kind: Literal["inserted", "deleted"], message: Message) -> Changed:
    """Returns what a trace says of a message that a rule asserted, posted or retracted."""
    after = _fields(message) if kind == "inserted" else {}
    return Changed(kind=kind, element=type_of(message), before={}, after=after)


def session_trace(
    occasion: Occasion,
    fields: Message,
    *,
    rules: int,
    fired: Sequence[FiredRule],
    warnings: Sequence[str] = (),
    error: EvaluationError | None = None,
    took: float,
) -> Trace:
    """Returns the trace of an evaluation. Why a rule did not fire is nothing that durable-rules says."""
    return Trace(
        signal=occasion.signal,
        type=occasion.type,
        fields=fields,
        received_at=occasion.received_at,
        session=occasion.session,
        started_at=occasion.now,
        took=round(took, 6),
        rules=rules,
        fired=tuple(fired),
        missed=(),
        warnings=tuple(warnings),
        error=failure(error) if error else None,
    )


def _matched(matched: Mapping[str, Any] | Sequence[Any], numbers: Mapping[str, int]) -> Iterator[Matched]:
    if not isinstance(matched, Mapping):
        for each in matched:
            yield from _matched(each, numbers)
        return
    for alias, message in matched.items():
        if not isinstance(message, Mapping):
            continue
        if any(isinstance(inner, Mapping) for inner in message.values()) and "sid" not in message:
            yield from _matched(message, numbers)  # of `all` and `any` inside a rule
            continue
        number = numbers.get(key_of(message))
        name = f"{type_of(message)}#{number}" if number else type_of(message)
        yield Matched(alias=alias, element=name, value=_fields(message), entry_point=None)


def _fields(message: Mapping[str, Any]) -> Message:
    return {name: value for name, value in without_sid(message).items() if name != "type"}
