"""The state of a session between signals, as the journal keeps it: JSON, facts in the order in which they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError

from infobip_rules.errors import EvaluationError
from infobip_rules.facts import Fact
from infobip_rules.quoting import why_unwritable

#: What marks a state as one of durable-rules, which only its plugin can go on with.
DURABLE_MARK = "durable"


@dataclass(slots=True)
class StoredFact:
    """A stored fact; `value` is None if its type is not (or no longer) known, or its fields no longer fit: `data` is kept."""

    number: int
    type: str
    data: Any
    value: Fact | None = None


@dataclass(slots=True)
class SessionState:
    """The facts of a session, and the work that it has left open."""

    facts: list[StoredFact] = field(default_factory=list)
    #: The number that the next fact gets.
    next: int = 1
    #: Ids of the rules that were matched with the stored facts (only those that can match without a signal).
    rules: frozenset[str] = frozenset()
    #: What the last evaluation left open (see `engine.session.open_work`); None for nothing.
    left: dict[str, Any] | None = None


def read_state(stored: bytes | str, types: Mapping[str, type]) -> tuple[SessionState, list[str]]:
    """Returns the state that was stored, and a warning for each fact that could not be read (it is kept all the same).

    Raises EvaluationError for the state of a session of durable-rules.
    """
    document = orjson.loads(stored)
    if DURABLE_MARK in document:
        raise _of_durable_rules()
    facts, warnings = [], []
    for number, name, data in document["facts"]:
        try:
            value = types[name].__pydantic_validator__.validate_python(data)  # type: ignore[attr-defined]  # half of model_validate's time
        except (KeyError, ValidationError):
            value, warning = understood(name, data, types, word="fact", fate="kept aside")
            warnings.append(warning)
        facts.append(StoredFact(number, name, data, value))
    return SessionState(facts, document["next"], frozenset(document["rules"]), document.get("left")), warnings


def _of_durable_rules() -> EvaluationError:
    return EvaluationError(
        "The session was kept by the plugin for durable-rules, whose events, timers and `c.s` only the plugin can go on with.",
        "Give this host a journal of its own (INFOBIP_JOURNAL_URL), and start the plugin with this one; then run "
        "`infobip-rules replay ID`.",
    )


def understood(name: str, data: Any, types: Mapping[str, type], *, word: str, fate: str) -> tuple[Any, str]:
    """Returns a stored value as its type has it; None if that is not known or does not fit, with a warning that says its fate."""
    kind = types.get(name)
    if kind is None:
        return None, f"A stored {word} of type {name} is {fate}: no rule file knows that type."
    try:
        return kind.__pydantic_validator__.validate_python(data), ""  # type: ignore[attr-defined]  # half of model_validate's time
    except ValidationError as problem:
        where = ".".join(str(part) for part in problem.errors()[0]["loc"])
        return None, f"A stored {name} is {fate}: its field {where!r} no longer fits the type."


def write_state(state: SessionState) -> bytes:
    """Returns the state as the journal keeps it."""
    document: dict[str, Any] = {
        "next": state.next,
        "rules": sorted(state.rules),
        "facts": [(fact.number, fact.type, fact.data) for fact in state.facts],
    }
    if state.left:
        document["left"] = state.left
    return orjson.dumps(document)


def stored(number: int, value: Fact) -> StoredFact:
    """Returns a fact as it is to be kept; raises EvaluationError if it would not be read back as it is."""
    kind = type(value)
    try:
        data = value.model_dump(mode="json")
        same = kind.model_validate(orjson.loads(orjson.dumps(data))) == value
    except (TypeError, ValueError) as problem:  # e.g. a number beyond 64 bits, half a surrogate pair
        raise _not_kept(kind, why_unwritable(problem)) from None
    if not same:
        raise _not_kept(kind, "read back it would differ")
    return StoredFact(number=number, type=kind.__name__, data=data, value=value)


def _not_kept(kind: type, reason: str) -> EvaluationError:
    return EvaluationError(
        f"A fact of type {kind.__name__} can't be kept: {reason}.",
        "Give its fields types, and values that JSON can hold (no NaN or infinity, integers of at most 64 bits).",
    )
