"""Traces as lines for a terminal: the story, then what fired and did, then what did not fire, nearest first."""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.engine.explain.story import missed_sentence, seen_text, story, titled, value_text
from infobip_rules.engine.explain.trace import Changed, FiredRule, MissedRule, Trace, TracedCondition

#: The number of rules that did not fire whose conditions are shown, unless a rule is named.
_CLOSE = 3
_MARKS = {True: "+", False: "-", None: "?"}


def trace_lines(trace: Trace) -> Iterator[str]:
    """A whole trace."""
    yield f"Signal {trace.signal} {trace.type}, session {trace.session}"
    yield f"  evaluated {trace.started_at.isoformat(sep=' ', timespec='seconds')} in {trace.took * 1000:.1f} ms"
    yield ""
    yield story(trace)
    if trace.error is not None:
        yield from (f"  {line}" for line in trace.error.traceback.splitlines())
    yield from (f"Warning: {warning}" for warning in trace.warnings)
    for firing in trace.fired:
        yield ""
        yield from rule_lines(firing)
    for place, missed in enumerate(trace.missed):
        if place < _CLOSE:
            yield ""
        yield from rule_lines(missed) if place < _CLOSE else [f"Not fired: {missed_sentence(missed)}"]
    if trace.more:
        yield f"{trace.more} more rules did not fire."


def rule_lines(rule: FiredRule | MissedRule) -> Iterator[str]:
    """The lines of one rule, fired or not, with all that its trace holds."""
    place = f"{rule.rule}, {rule.where}" + (f", salience {rule.salience}" if rule.salience else "")
    if isinstance(rule, FiredRule):
        yield f"Fired: *{titled(rule.title)}*   {place}"
        for matched in rule.matched:
            name = f"{matched.alias}: " if matched.alias else ""
            yield f"  + {name}{matched.element} {_fields(matched.value)}".rstrip()
        for sent in rule.messages:
            yield f"  {'x' if sent.dropped else '>'} to {sent.to or 'nobody'}: {sent.text}"
        yield from (f"  = {_change(change)}" for change in rule.changes)
        yield from (f"  # {note}" for note in rule.notes)
        return
    yield f"Not fired: {missed_sentence(rule)}   {place}"
    yield from map(_condition, rule.conditions)


def _condition(line: TracedCondition) -> str:
    # A constraint shows the values it was tested on, a pattern the fact that matched; of signals there is only one.
    element = f"  = {line.element}" if "#" in line.element and not line.seen else ""
    seen = f"   ({seen_text(line.seen)})" if line.seen else ""
    return f"  {'  ' * line.depth}{_MARKS[line.held]} {line.text}{element}{seen}"


def _change(change: Changed) -> str:
    if change.kind != "changed":
        return f"{change.kind} {change.element} {_fields(change.after)}".rstrip()
    fields = (f"{name} {value_text(change.before[name])} -> {value_text(change.after[name])}" for name in change.after)
    return f"changed {change.element}: {', '.join(fields)}"


def _fields(value: object) -> str:
    if not isinstance(value, dict):
        return value_text(value)
    return " ".join(f"{name}={value_text(inner)}" for name, inner in value.items())
