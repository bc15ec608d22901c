"""Sessions in and out of a test: restored from a stored record, and their facts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.session.state import read_state
from infobip_rules.errors import TrialError
from infobip_rules.infobip.phone import session_address
from infobip_rules.journal.interface import History
from infobip_rules.journal.records import Evaluated, NewSignal, SessionRow
from infobip_rules.journal.requests import Arrival, Turn
from infobip_rules.limits import TraceLimits
from infobip_rules.testing.stage import Stage, finish
from infobip_rules.timers import TimerChange

_HOW = "Print it with `infobip-rules sessions --json --text`; of a list, give one record."


def restore(stage: Stage, stored: str | bytes | Mapping[str, Any], session: str) -> None:
    """Gives a session the state and timers in `stored`, with its masked number unmasked to `session`. Raises TrialError."""
    record = _record(stored)
    key = session_address(session)
    if finish(stage.journal.history.find_session(key)) is not None:
        raise TrialError(f"The session {key} has begun already.", "Restore it before anything happens in it.")
    record = _unmasked(record, str(record.get("session", "")), key)
    state = json.dumps(record["state"])
    _, warnings = read_state(state, stage.rulebook.fact_types)
    if warnings:
        raise TrialError(warnings[0], "Load the rules that the session belongs to.")
    if isinstance(changed := record.get("updated_at"), str):
        stage.clock.moment = max(stage.clock.moment, datetime.fromisoformat(changed))
    timers = [_timer(timer) for timer in record.get("timers", ()) if timer["every"] is None]
    finish(_keep(stage, key, state, timers))


def facts_of(stage: Stage, name: str, session: str | None) -> list[Any]:
    """The facts of that type, in the order in which they came. Raises TrialError for an unknown type."""
    kind = type_named(stage.rulebook, name)
    rows = finish(_sessions(stage.journal.history, session))
    states = [read_state(row.state, stage.rulebook.fact_types)[0] for row in rows]
    return [fact.value for state in states for fact in state.facts if isinstance(fact.value, kind)]


def type_named(rulebook: Rulebook, name: str) -> type[Any]:
    """The type of facts or signals of that name. Raises TrialError if there is none."""
    there = {**rulebook.fact_types, **rulebook.signal_types}
    if name not in there:
        raise TrialError(f"The rules know no type {name}.", closest(name, list(there)))
    return there[name]


def _record(stored: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        record = stored if isinstance(stored, Mapping) else json.loads(stored)
    except ValueError:
        raise TrialError("The stored session is not JSON.", _HOW) from None
    if isinstance(record, list) and len(record) == 1:
        record = record[0]
    if not isinstance(record, Mapping) or not isinstance(record.get("state"), Mapping):
        raise TrialError("The stored session does not hold its state.", _HOW)
    return record


def _unmasked(value: Any, masked: str, number: str) -> Any:
    """The record with the number that it is known by in place of the masked one."""
    match value:
        case Mapping():
            return {name: _unmasked(inner, masked, number) for name, inner in value.items()}
        case list():
            return [_unmasked(inner, masked, number) for inner in value]
        case str() if masked:
            return value.replace(masked, number)
        case _:
            return value


def _timer(record: Mapping[str, Any]) -> TimerChange:
    return TimerChange(
        name=record["name"],
        due_at=datetime.fromisoformat(record["due_at"]),
        kind=record["kind"],
        payload=json.dumps(record["payload"]),
    )


async def _sessions(history: History, key: str | None) -> list[SessionRow]:
    if not key:
        return await history.sessions(limit=10_000)
    found = await history.find_session(key)
    return [found] if found is not None else []


async def _keep(stage: Stage, key: str, state: str, timers: Sequence[TimerChange]) -> None:
    now = stage.clock.now()
    brought = NewSignal(
        dedup_key=f"restored:{key}", session_key=key, kind="@restored", payload="{}", raw="{}", received_at=now
    )
    (inbox_id,) = (await stage.journal.inbox.accept(Arrival(signals=[brought]))).ids
    kept = Evaluated(session_key=key, inbox_id=inbox_id, base_version=0, state=state, timers=tuple(timers), at=now)
    await stage.journal.sessions.commit([Turn(session_key=key, results=[kept])], traces=TraceLimits())
