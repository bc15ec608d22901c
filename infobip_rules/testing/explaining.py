"""The texts of failed expectations: what came instead, and why a rule did not fire."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule
from infobip_rules.testing.records import EvaluatedSignal, Fired, Sent
from infobip_rules.testing.why import summary, why_not

#: Signals that the text of a failure shows, the last ones.
_SHOWN = 5


def not_fired(rule: Rule, evaluated: Sequence[EvaluatedSignal], rulebook: Rulebook) -> str:
    """Why `rule` fired at none of these signals."""
    if not evaluated:
        return f"{rule.id} did not fire: no signal was evaluated."
    return "\n".join([f"{rule.id} did not fire.", *why_not(rule, evaluated[-_SHOWN:], rulebook)])


def not_sent(wanted: str, messages: Sequence[Sent], evaluated: Sequence[EvaluatedSignal], rulebook: Rulebook) -> str:
    """The text for a message that did not go out."""
    return f"No message went out {wanted}.\n{sent(messages)}\n{signals(evaluated, rulebook)}"


def sent(messages: Sequence[Sent]) -> str:
    """The messages that went out."""
    if not messages:
        return "Nothing was sent."
    return "\n".join(["Sent:", *(f"  {message.to} < {message.text!r} ({message.rule})" for message in messages)])


def fired(firings: Sequence[Fired]) -> str:
    """The rules that fired."""
    if not firings:
        return "No rule fired."
    return "\n".join(["Fired:", *(f"  {firing.rule} at {firing.signal}" for firing in firings)])


def signals(evaluated: Sequence[EvaluatedSignal], rulebook: Rulebook) -> str:
    """The last signals and their outcomes."""
    if not evaluated:
        return "No signal was evaluated."
    lines = (f"  {last.signal.kind} of {last.session}: {summary(last, rulebook)}" for last in evaluated[-_SHOWN:])
    return "\n".join(["Signals:", *lines])
