"""What the end of an evaluation leaves open, as JSON: matches that wait to fire, facts that rest on matches, the focus.

Matches are named by their rule, the number of the branch, and what was matched: numbers of facts, other values as text.
What a deploy took away is left out; a fact that was inserted logically and has no justification left is deleted.
A match of a rule with a timer keeps the signals that it matched, which have ended for all others: they have numbers, too.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from infobip_rules.engine.network.alpha import AlphaNetwork, Branch
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.network.truth_maintenance import Match
from infobip_rules.engine.session.lasting import Evaluated
from infobip_rules.engine.session.matching import Waiting
from infobip_rules.engine.session.state import understood
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.signals import Signal
from infobip_rules.timers import payload_of

#: How a match is written: its rule, the number of its branch, what it matched.
_Written = list[Any]


def unfinished(memory: WorkingMemory) -> dict[str, Any] | None:
    """What the session has left open; None for nothing, as after most evaluations."""
    memory.settle()
    timed, waiting = memory.timed(), memory.waiting()
    justified = [
        [number, [_written(match) for match in matches if _is_kept(match)]] for number, matches in memory.justified()
    ]
    left = {
        "waiting": [_waiting(one) for one in waiting],
        "justified": justified,
        "focus": memory.agenda.focused,
        "active": not memory.agenda.resting,
        "windows": memory.windows(),
        "evaluated": [[*_branch(one), *map(_pairs, found)] for one, found in memory.evaluated().items()],
        "triggered": memory.triggered(),
        "timed": [[*_written(match), due.moment.isoformat(), due.left, due.muted] for match, due in timed],
        "signals": _signals((*(one.match for one in waiting), *(match for match, _ in timed))),
        "ends": [[element.id, moment.isoformat()] for element, moment in memory.ends()],
    }
    return {name: value for name, value in left.items() if value} or None


def moments(left: Mapping[str, Any] | None) -> set[datetime]:
    """The moments at which the session is to be evaluated, because a match is due or a fact goes."""
    if left is None:
        return set()
    due = [datetime.fromisoformat(moment) for *_, moment, _, muted in left.get("timed", ()) if not muted]
    return {*due, *(moment for _, moment in ends(left))}


def ends(left: Mapping[str, Any] | None) -> list[tuple[int, datetime]]:
    """The numbers of what goes by itself, with the moments."""
    return [(number, datetime.fromisoformat(moment)) for number, moment in (left or {}).get("ends", ())]


def take_up_signals(
    memory: WorkingMemory, alphas: AlphaNetwork, left: Mapping[str, Any], types: Mapping[str, type[Signal]]
) -> list[str]:
    """Puts back the signals that matches wait with, for no other rule to see. Returns what is to be warned of.

    Ahead of all that looks at elements by number: what is in windows, when elements go, matches. `types` are those of
    signals, by name.
    """
    branches = _branches(alphas)
    seen: dict[int, list[int]] = {}
    for rule, number, parts, *_ in (*left.get("waiting", ()), *left.get("timed", ())):
        branch = branches.get((rule, number))
        for place, part in zip(branch.taken if branch is not None else (), parts, strict=False):
            if isinstance(part, int) and place is not None:
                seen.setdefault(part, []).append(place)
    warnings = []
    for number, name, data in left.get("signals", ()):
        value, warning = understood(
            name, data, types, word="signal", fate="dropped, with the matches that waited with it"
        )
        if value is None:
            warnings.append(warning)
        elif number in seen:
            memory.take_up(value, number, list(dict.fromkeys(seen[number])))
    return warnings


def resume(memory: WorkingMemory, alphas: AlphaNetwork, left: Mapping[str, Any]) -> None:
    """Takes up what the session has left open; its facts and signals are there already."""
    branches = _branches(alphas)
    evaluated = {
        branches[rule, number]: Evaluated(*(list(map(tuple, one)) for one in found))
        for rule, number, *found in left.get("evaluated", ())
        if (rule, number) in branches
    }
    memory.recall(evaluated, left.get("triggered", {}), memory)
    timed, waiting = left.get("timed", ()), left.get("waiting", ())
    known: dict[int, Hashable] = {one.id: one.id if one.entry_point is None else one for one in memory}
    memory.resume(
        [
            Waiting(match, **(more[0] if more else {}))
            for rule, number, parts, *more in waiting
            for match in _read([[rule, number, parts]], branches, known)
        ],
        [(number, _read(matches, branches, known)) for number, matches in left.get("justified", ())],
        [
            (match, Due(moment=datetime.fromisoformat(moment), left=often, muted=muted))
            for rule, number, parts, moment, often, muted in timed
            for match in _read([[rule, number, parts]], branches, known)
        ],
    )
    _focus(memory, left)


def _branches(alphas: AlphaNetwork) -> Mapping[tuple[str, int], Branch]:
    return {(branch.rule.id, branch.order[2]): branch for branch in alphas.branches}


def _focus(memory: WorkingMemory, left: Mapping[str, Any]) -> None:
    for group in left.get("focus", ()):
        memory.agenda.focus(group)
    if "focus" in left and not left.get("active"):
        memory.agenda.rest()


def _written(match: Match) -> _Written:
    branch, parts = match
    return [*_branch(branch), [part.id if isinstance(part, Element) else part for part in parts]]


def _branch(branch: Branch) -> _Written:
    return [branch.rule.id, branch.order[2]]


def _pairs(found: Collection[tuple[int, int]]) -> list[list[int]]:
    return [list(pair) for pair in found]


def _waiting(one: Waiting) -> _Written:
    more: dict[str, Any] = {"free": True} if one.free else {}
    if one.salience is not None:
        more["salience"] = one.salience
    return [*_written(one.match), more] if more else _written(one.match)


def _is_kept(match: Match) -> bool:
    """Whether no signal is part of it, but such as are kept."""
    return all(part.id if isinstance(part, Element) else isinstance(part, int | str) for part in match[1])


def _signals(matches: Iterable[Match]) -> list[list[Any]]:
    kept = {part: None for _, parts in matches for part in parts if isinstance(part, Element)}
    return [[one.id, type(one.value).__name__, orjson.loads(payload_of(one.value))] for one in kept]


def _read(
    written: Iterable[Any], branches: Mapping[tuple[str, int], Branch], known: Mapping[int, Hashable]
) -> list[Match]:
    found = [(branches.get((rule, number)), parts) for rule, number, parts in written]
    return [
        (branch, tuple([part if isinstance(part, str) else known[part] for part in parts]))
        for branch, parts in found
        if branch is not None and all(isinstance(part, str) or part in known for part in parts)
    ]
