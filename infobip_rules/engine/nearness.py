"""How near a rule came to firing, as a number: small for a mistyped keyword, large for a rule that waits for other signals."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from infobip_rules.engine.looking import Look
from infobip_rules.engine.model import Constraint, From, Pattern, Rule, patterns_of
from infobip_rules.engine.recording import Recorder
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.engine.trace import MissKind

_COSTS: dict[MissKind, float] = {
    "held back": 0.2,
    "unfinished": 0.3,
    "deleted": 0.5,
    "blocked": 0.7,
    "unknown": 1.0,
    "missing": 2.0,
    "unheard": 10.0,
    "fired before": 50.0,
}
#: For a rule that looks for signals of other types than the one that came.
_WAITS = 100.0


def cost(kind: MissKind, look: Look, *, left: int, waits: bool) -> float:
    """The distance of a rule that failed at `look`, with so many terms `left` behind it."""
    base = _failed(look) if kind == "failed" else _COSTS[kind]
    return base + left / 8 + (_WAITS if waits else 0.0)


def _failed(look: Look) -> float:
    if not isinstance(look.term, Pattern | From):
        return 1.0
    constraints = (*look.term.constraints, *look.term.joins)
    return sum(_cost(one, look.value, held) for one, held in zip(constraints, look.held, strict=True) if not held)


def _cost(constraint: Constraint, value: Any, held: bool | None) -> float:
    if held is None:
        return 0.5
    if constraint.equals is None:
        return 1.0
    name, wanted = constraint.equals
    return 1.0 - 0.8 * likeness(getattr(value, name, None), wanted)


def likeness(seen: object, wanted: object) -> float:
    """From 0 to 1: how many letters two words share, as a mistyped one shares most with the one that was meant."""
    if not isinstance(seen, str) or not isinstance(wanted, str):
        return 0.0
    mine, theirs = set(seen.casefold()), set(wanted.casefold())
    return len(mine & theirs) / (len(mine | theirs) or 1)


def most_promising(rulebook: Rulebook, recorder: Recorder, most: int, *, but: Container[str]) -> list[Rule]:
    """The rules to look at closely where there are too many: those for the signals that came, of like words first.

    Rules whose ids are in `but` are left out.
    """
    index = _index(rulebook)
    signals = [step.element.value for step in recorder.opening if step.element.entry_point is not None]
    initials = {_initial(word) for signal in signals for word in vars(signal).values() if isinstance(word, str)}
    close = (rule for initial in sorted(initials) for rule in index.by_initial.get(initial, ()))
    likely = (rule for signal in signals for kind in type(signal).__mro__ for rule in index.by_type.get(kind, ()))
    chosen: dict[str, Rule] = {}
    for rule in chain(close, likely, rulebook.rules):
        if rule.id not in but:
            chosen[rule.id] = rule
            if len(chosen) == most:
                break
    return list(chosen.values())


@dataclass(slots=True)
class _Index:
    #: By the first letter of a word that they compare a field of a signal with.
    by_initial: dict[str, list[Rule]]
    #: By the type of signal that they look for.
    by_type: dict[type, list[Rule]]


@lru_cache(maxsize=4)
def _index(rulebook: Rulebook) -> _Index:
    index = _Index({}, {})
    for rule in rulebook.rules:
        for pattern in (one for terms in rule.branches for one in patterns_of(terms) if one.entry_point is not None):
            index.by_type.setdefault(pattern.type, []).append(rule)
            for constraint in pattern.constraints:
                if constraint.equals is not None and isinstance(constraint.equals[1], str):
                    index.by_initial.setdefault(_initial(constraint.equals[1]), []).append(rule)
    return index


def _initial(word: str) -> str:
    return word[:1].casefold()
