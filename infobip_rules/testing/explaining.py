"""What a failed expectation says: what came instead, and why a rule did not fire."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule
from infobip_rules.testing.records import Evaluated, Fired, Sent
from infobip_rules.testing.why import told, why_not

#: Signals that a failure tells of, the last ones.
_TOLD = 5


def not_fired(rule: Rule, evaluated: Sequence[Evaluated], rulebook: Rulebook) -> str:
    """Why `rule` fired at none of these signals."""
    if not evaluated:
        return f"{rule.id} did not fire: no signal was evaluated."
    return "\n".join([f"{rule.id} did not fire.", *why_not(rule, evaluated[-_TOLD:], rulebook)])


def not_sent(wanted: str, messages: Sequence[Sent], evaluated: Sequence[Evaluated], rulebook: Rulebook) -> str:
    """That no message is the one that was wanted."""
    return f"No message went out {wanted}.\n{sent(messages)}\n{signals(evaluated, rulebook)}"


def sent(messages: Sequence[Sent]) -> str:
    """The messages that went out."""
    if not messages:
        return "Nothing was sent."
    return "\n".join(["Sent:", *(f"  {one.to} < {one.text!r} ({one.rule})" for one in messages)])


def fired(firings: Sequence[Fired]) -> str:
    """The rules that fired."""
    if not firings:
        return "No rule fired."
    return "\n".join(["Fired:", *(f"  {one.rule} at {one.signal}" for one in firings)])


def signals(evaluated: Sequence[Evaluated], rulebook: Rulebook) -> str:
    """What became of signals, the last of them."""
    if not evaluated:
        return "No signal was evaluated."
    told_of = evaluated[-_TOLD:]
    return "\n".join(["Signals:", *(f"  {one.signal.kind} of {one.session}: {told(one, rulebook)}" for one in told_of)])
