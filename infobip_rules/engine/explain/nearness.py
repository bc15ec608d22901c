"""The distance of a rule from firing: small for a mistyped keyword, large for a rule that waits for other signals."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import chain
from typing import Any

from infobip_rules.engine.explain.search import Candidate
from infobip_rules.engine.explain.trace import MissKind
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Constraint, From, Pattern, Rule, patterns_of
from infobip_rules.engine.session.recorder import Recorder

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
#: What stands in quotes in a constraint, in either language; an escape or a class of letters; a word.
_QUOTED = re.compile(r"""(["'])((?:\\.|(?!\1).)*)\1""", re.DOTALL)
_ESCAPED = re.compile(r"[\\%][a-zA-Z]|\[[^\]]*\]|\(\?[a-zA-Z]*")
_WORD = re.compile(r"[^\W_]{2,}")
#: Letters and words of a text that are compared with those of a rule.
_MOST_LETTERS, _MOST_WORDS = 200, 3
#: For a rule on signals of other types than the one that came.
_WAITS = 100.0


def cost(kind: MissKind, last: Candidate, *, left: int, waits: bool) -> float:
    """The distance of a rule whose `last` candidate did not do, with so many terms `left` behind it."""
    base = _failed(last) if kind == "failed" else _COSTS[kind]
    return base + left / 16 + (_WAITS if waits else 0.0)


def _failed(last: Candidate) -> float:
    if not isinstance(last.term, Pattern | From):
        return 1.0
    judged = zip(last.term.conditions, last.held, strict=True)
    return sum(_cost(constraint, last.value, held) for constraint, held in judged if not held)


def _cost(constraint: Constraint, value: Any, held: bool | None) -> float:
    if held is None:
        return 0.5
    wanted = words_of(constraint.text)
    if not wanted:
        return 1.0
    seen = [word for name in constraint.fields for word in _words(getattr(value, name, None))]
    return 1.0 - 0.8 * max((likeness(mine, theirs) for mine in seen for theirs in wanted), default=0.0)


def likeness(seen: str, wanted: str) -> float:
    """How alike two words are spelled, from 0 to 1: a mistyped word is like the word that was meant."""
    return SequenceMatcher(None, seen.casefold(), wanted.casefold(), autojunk=False).ratio()


@lru_cache(maxsize=1_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words that a constraint compares with, in patterns too: `JOIN` of `m.text.imatches(r"\\s*JOIN\\b.*")`."""
    quoted = (found.group(2) for found in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(word for literal in quoted for word in _WORD.findall(_ESCAPED.sub(" ", literal))))


def _words(value: object) -> list[str]:
    """The first words of what somebody wrote."""
    return _WORD.findall(value[:_MOST_LETTERS])[:_MOST_WORDS] if isinstance(value, str) else []


def most_promising(rulebook: Rulebook, recorder: Recorder, most: int, *, but: Container[str]) -> list[Rule]:
    """The rules to search if there are too many: those on the signals that came, rules with like words first.

    Rules whose ids are in `but` are left out.
    """
    index = _index(rulebook)
    signals = [step.element.value for step in recorder.opening if step.element.entry_point is not None]
    initials = {_initial(word) for signal in signals for value in vars(signal).values() for word in _words(value)}
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
    #: By the type of signal in their patterns.
    by_type: dict[type, list[Rule]]


@lru_cache(maxsize=4)
def _index(rulebook: Rulebook) -> _Index:
    index = _Index({}, {})
    for rule in rulebook.rules:
        for pattern in (found for terms in rule.branches for found in patterns_of(terms) if found.is_signal):
            index.by_type.setdefault(pattern.type, []).append(rule)
            for constraint in pattern.constraints:
                for word in words_of(constraint.text):
                    index.by_initial.setdefault(_initial(word), []).append(rule)
    return index


def _initial(word: str) -> str:
    return word[:1].casefold()
