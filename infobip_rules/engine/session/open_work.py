"""Open work: what the end of an evaluation leaves open, as JSON, such as matches that wait to fire and justified facts.

Matches are written as their rule, the number of the branch, and what was matched: numbers of facts, other values as text.
A match of a rule with a timer keeps the signals that it matched, which have ended for all others: they have numbers, too.
`session_restore` reads it. What a deploy took away is left out then; a fact that was inserted logically and has no
justification left is deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.match_keys import MatchKey, key_of
from infobip_rules.engine.session.network_builder import Waiting
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.timers import payload_of

#: How a match is written: its rule, the number of its branch, what it matched.
_Written = list[Any]


def open_work(memory: WorkingMemory) -> dict[str, Any] | None:
    """Returns the work that the session has left open; None for none, as after most evaluations."""
    memory.evaluate_all()
    dues, waiting, history = memory.dues(), waiting_matches(memory), memory.history
    justified = memory.justifications.facts() if memory.justifications is not None else ()
    ends = memory.expiry.ends.items() if memory.expiry is not None else ()
    work = {
        "waiting": [_waiting(waits) for waits in waiting],
        "justified": [[fact.id, [_written(match) for match in some if _is_kept(match)]] for fact, some in justified],
        "focus": memory.agenda.focused,
        "active": not memory.agenda.resting,
        "windows": memory.windows.to_json() if memory.windows is not None else {},
        "evaluated": [
            [*_branch(branch), *map(_pairs, found)]
            for branch, found in (history.evaluated() if history is not None else {}).items()
        ],
        "triggered": history.triggered() if history is not None else {},
        "timed": [[*_written(match), due.moment.isoformat(), due.left, due.muted] for match, due in dues],
        "signals": _signals((*(waits.match for waits in waiting), *(match for match, _ in dues))),
        "ends": [[element.id, moment.isoformat()] for element, moment in ends],
    }
    return {name: value for name, value in work.items() if value} or None


def waiting_matches(memory: WorkingMemory) -> list[Waiting]:
    """Returns the matches that wait for their turn, without those with a signal that is not kept."""
    agenda = memory.agenda
    waiting = [
        Waiting(
            key_of(network.branch, match),
            free=agenda.is_free(network, match),
            salience=None if network.saliences is None else network.saliences.of(match),
        )
        for network in agenda.all()
        for match in network.waiting
        if not any(element.gone for element in match.elements)
    ]
    return [waits for waits in waiting if all(not isinstance(part, Element) or part.id for part in waits.match[1])]


def moments(work: Mapping[str, Any] | None) -> set[datetime]:
    """Returns the moments at which the session is to be evaluated, because a match is due or a fact goes."""
    if work is None:
        return set()
    due = [datetime.fromisoformat(moment) for *_, moment, _, muted in work.get("timed", ()) if not muted]
    return {*due, *ends(work).values()}


def ends(work: Mapping[str, Any]) -> dict[int, datetime]:
    """Returns the numbers of what goes by itself, with the moments."""
    return {number: datetime.fromisoformat(moment) for number, moment in work.get("ends", ())}


def _written(match: MatchKey) -> _Written:
    branch, parts = match
    return [*_branch(branch), [part.id if isinstance(part, Element) else part for part in parts]]


def _branch(branch: Branch) -> _Written:
    return [branch.rule.id, branch.order[2]]


def _pairs(found: Collection[tuple[int, int]]) -> list[list[int]]:
    return [list(pair) for pair in found]


def _waiting(waiting: Waiting) -> _Written:
    more: dict[str, Any] = {"free": True} if waiting.free else {}
    if waiting.salience is not None:
        more["salience"] = waiting.salience
    return [*_written(waiting.match), more] if more else _written(waiting.match)


def _is_kept(match: MatchKey) -> bool:
    """Returns whether no signal is part of a match but such as are kept."""
    return all(part.id if isinstance(part, Element) else isinstance(part, int | str) for part in match[1])


def _signals(matches: Iterable[MatchKey]) -> list[list[Any]]:
    kept = {part: None for _, parts in matches for part in parts if isinstance(part, Element)}
    return [[signal.id, type(signal.value).__name__, orjson.loads(payload_of(signal.value))] for signal in kept]
