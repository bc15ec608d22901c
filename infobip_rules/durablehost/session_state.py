"""The state of a session of durable-rules between signals, as the journal keeps it: JSON, messages in the order in which
they came.

Facts stand where those of the package's own sessions do, so that commands and pages show them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from infobip_rules.durablehost.messages import Message, type_of, without_sid
from infobip_rules.engine.session.state import DURABLE_MARK as _MARK
from infobip_rules.errors import EvaluationError

_UNTYPED = "message"


@dataclass(slots=True)
class DurableState:
    """What a session remembers; messages without the name of their session."""

    facts: list[Message] = field(default_factory=list)
    #: Events that no rule has consumed yet, timers included.
    events: list[Message] = field(default_factory=list)
    #: What rules know as `c.s`.
    own: Message = field(default_factory=dict)
    #: Whether the agent of its person was asserted.
    opened: bool = False


def read_state(stored: bytes | str | None) -> DurableState:
    """Returns the state that was stored; of a new session for None. Raises EvaluationError for that of another engine."""
    if stored is None:
        return DurableState()
    document = json.loads(stored)
    mark = document.get(_MARK) if isinstance(document, dict) else None
    if not isinstance(mark, dict):
        raise EvaluationError(
            "The session was kept by a host of another kind: durable-rules can't go on with it.",
            "Give the plugin a journal of its own, then run `infobip-rules replay ID`.",
        )
    return DurableState(
        facts=[_message(kind, data) for _, kind, data in document["facts"]],
        events=mark["events"],
        own=mark["state"],
        opened=mark["opened"],
    )


def write_state(state: DurableState) -> bytes:
    """Returns the state as the journal keeps it."""
    facts = [(number, type_of(fact), _data(fact)) for number, fact in enumerate(state.facts, 1)]
    document: dict[str, Any] = {
        "next": len(facts) + 1,
        "rules": [],
        "facts": facts,
        _MARK: {"events": [without_sid(event) for event in state.events], "state": state.own, "opened": state.opened},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _data(fact: Message) -> Message:
    left_out = {"sid", "type"} if type_of(fact) == fact.get("type") != _UNTYPED else {"sid"}
    return {name: value for name, value in fact.items() if name not in left_out}


def _message(kind: str, data: Message) -> Message:
    return data if kind == _UNTYPED else {"type": kind, **data}
