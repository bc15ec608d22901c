"""What the end of an evaluation leaves open, as JSON: matches that wait to fire, facts that rest on matches, the focus.

Matches are named by their rule, the number of the branch, and what was matched: numbers of facts, other values as text.
What a deploy took away is left out; a fact that was inserted logically and has no justification left is deleted.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from infobip_rules.engine.alpha import AlphaNetwork, Branch
from infobip_rules.engine.lasting import Evaluated
from infobip_rules.engine.matching import Waiting
from infobip_rules.engine.memory import WorkingMemory
from infobip_rules.engine.truth import Match


def unfinished(memory: WorkingMemory) -> dict[str, Any] | None:
    """What the session has left open; None for nothing, as after most evaluations."""
    memory.settle()
    waiting = [_waiting(one) for one in memory.waiting()]
    justified = [
        [number, [_written(match) for match in matches if _is_of_facts(match)]]
        for number, matches in memory.justified()
    ]
    focus = memory.agenda.focused
    evaluated = [[branch.rule.id, branch.order[2], *map(_pairs, found)] for branch, found in memory.evaluated().items()]
    left = {
        "waiting": waiting,
        "justified": justified,
        "focus": focus,
        "windows": memory.windows(),
        "evaluated": evaluated,
        "triggered": memory.triggered(),
    }
    return {name: value for name, value in left.items() if value} or None


def resume(memory: WorkingMemory, alphas: AlphaNetwork, left: dict[str, Any]) -> None:
    """Takes up what the session has left open; its facts are loaded already."""
    branches = {(branch.rule.id, branch.order[2]): branch for branch in alphas.branches}
    known = {element.id for element in memory}
    evaluated = {
        branches[rule, number]: Evaluated(*(list(map(tuple, one)) for one in found))
        for rule, number, *found in left.get("evaluated", ())
        if (rule, number) in branches
    }
    memory.recall(evaluated, left.get("triggered", {}), memory)
    memory.resume(
        [
            Waiting(match, **(more[0] if more else {}))
            for rule, number, parts, *more in left.get("waiting", ())
            for match in _read([(rule, number, parts)], branches, known)
        ],
        [(number, _read(matches, branches, known)) for number, matches in left.get("justified", ())],
    )
    for group in left.get("focus", ()):
        memory.agenda.focus(group)


def _written(match: Match) -> list[Any]:
    branch, parts = match
    return [branch.rule.id, branch.order[2], list(parts)]


def _pairs(found: Collection[tuple[int, int]]) -> list[list[int]]:
    return [list(pair) for pair in found]


def _waiting(one: Waiting) -> list[Any]:
    more: dict[str, Any] = {"free": True} if one.free else {}
    if one.salience is not None:
        more["salience"] = one.salience
    return [*_written(one.match), more] if more else _written(one.match)


def _is_of_facts(match: Match) -> bool:
    return all(isinstance(part, int | str) for part in match[1])


def _read(written: Any, branches: dict[tuple[str, int], Branch], known: set[int]) -> list[Match]:
    found = [(branches.get((rule, number)), tuple(parts)) for rule, number, parts in written]
    return [
        (branch, parts)
        for branch, parts in found
        if branch is not None and all(isinstance(part, str) or part in known for part in parts)
    ]
