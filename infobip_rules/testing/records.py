"""Records of a test of rules: messages sent, rules fired, signals evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.jobs import SignalJob


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A text message that went out."""

    #: E.164 digits.
    to: str
    text: str
    #: Whether Infobip was asked to shorten its URLs.
    shorten_url: bool
    message_id: str
    #: The id of the rule that sent it.
    rule: str
    at: datetime
    #: Comes back in its signals.
    callback_data: str = ""
    #: Not sent after this moment; None: at any time.
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fired:
    """A rule that fired."""

    #: The rule's id, `ruleset/function`.
    rule: str
    #: The name of the signal's type.
    signal: str
    session: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatedSignal:
    """A signal that was evaluated, and all that is needed to evaluate it again."""

    session: str
    #: The session's state before it; None for a new one.
    state: str | None = field(repr=False)
    signal: SignalJob
    at: datetime
    #: Ids of the rules that fired, in order.
    fired: tuple[str, ...]
    #: Why it was given up, if it was.
    error: EvaluationError | None = None
