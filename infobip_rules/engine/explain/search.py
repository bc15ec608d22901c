"""How far a rule's conditions hold over given elements: the whole way, or up to what came nearest.

It looks with eyes of its own, after an evaluation, and not through the networks: those forget what did not match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infobip_rules.engine.explain.trace import MissKind
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.folds import result_of
from infobip_rules.engine.network.from_node import fits, values_in
from infobip_rules.engine.rules.model import Accumulate, Constraint, Existential, From, Pattern, Term, Test

#: Stands for a value that was not found, where a later condition is judged all the same.
ABSENT: Any = object()
#: Elements of one type that are looked at, the newest first.
_MOST_ELEMENTS = 100
#: Values looked at for one branch: what takes longer is told as far as it got.
_MOST_LOOKS = 2000


@dataclass(slots=True)
class Look:
    """One value looked at for one term; `kind` says why it is not what the term asks for, None where it is."""

    term: Term
    before: tuple[Any, ...]
    kind: MissKind | None = None
    element: Element | None = None
    value: Any = ABSENT
    #: For each constraint, then for each join, whether it held; None: not judged.
    held: Sequence[bool | None] = ()
    #: What was looked at inside `not` and `exists`.
    inner: Sequence[Look] = ()

    @property
    def after(self) -> tuple[Any, ...]:
        """The values matched with this one."""
        return self.before if isinstance(self.term, Existential | Test) else (*self.before, self.value)


@dataclass(slots=True)
class Elements:
    """The elements to look among; those of one pattern are judged once, however often it is come to."""

    elements: Sequence[Element]
    _by_type: dict[tuple[type, str | None], list[Element]] = field(default_factory=dict)
    _judged: dict[int, list[tuple[Element, list[bool | None]]]] = field(default_factory=dict)

    def of(self, pattern: Pattern) -> list[tuple[Element, list[bool | None]]]:
        """The elements of a pattern's type, newest first, each with which of the pattern's constraints it satisfies."""
        # By identity: the rules keep their patterns, and a key that tells equal ones costs more than judging them.
        known = self._judged.get(id(pattern))
        if known is None:
            known = self._judged[id(pattern)] = [
                (element, judged(pattern.constraints, element.value, ())) for element in self._typed(pattern)
            ]
        return known

    def _typed(self, pattern: Pattern) -> list[Element]:
        kind = (pattern.type, pattern.entry_point)
        found = self._by_type.get(kind)
        if found is None:
            fitting = [
                one
                for one in self.elements
                if isinstance(one.value, pattern.type) and one.entry_point == pattern.entry_point
            ]
            fitting.sort(key=lambda one: (one.recency, one.id), reverse=True)
            found = self._by_type[kind] = fitting[:_MOST_ELEMENTS]
        return found


class Search:
    """Looks for values that satisfy the terms of one branch; `path` is what was found, or what came nearest."""

    def __init__(self, elements: Elements, blocking: Elements, most: int = _MOST_LOOKS) -> None:
        """`blocking` are the elements that a `not` looks among; after `most` looks it stops where it is."""
        self._elements = elements
        self._blocking = blocking
        self._left = most
        self.path: list[Look] = []

    def run(self, terms: Sequence[Term], before: tuple[Any, ...] = ()) -> bool:
        """Whether all terms are satisfied."""
        self.path = []
        found = self._descend(terms, before, [])
        self.path = self.path or [Look(terms[0], before, kind="unknown")]
        return found

    def _descend(self, terms: Sequence[Term], before: tuple[Any, ...], path: list[Look]) -> bool:
        if len(path) == len(terms):
            self.path = path
            return True
        nearest: Look | None = None
        for look in self.looks(terms[len(path)], before):
            self._left -= 1
            if look.kind is None and self._left > 0 and self._descend(terms, look.after, [*path, look]):
                return True
            if look.kind is not None and (nearest is None or _order(look) > _order(nearest)):
                nearest = look
        if nearest is not None and (len(path), _order(nearest)) > (len(self.path) - 1, self._reached()):
            self.path = [*path, nearest]
        return False

    def _reached(self) -> int:
        return _order(self.path[-1]) if self.path else -1

    def nearest(self, term: Term, before: tuple[Any, ...]) -> Look:
        """What comes nearest to one term by itself."""
        looks = list(self.looks(term, before))
        return next((look for look in looks if look.kind is None), None) or max(looks, key=_order)

    def looks(self, term: Term, before: tuple[Any, ...]) -> Iterator[Look]:
        """Everything that might satisfy a term; at least one look, be it at nothing."""
        return _LOOKING[type(term)](self, term, before)

    def _pattern(self, term: Pattern, before: tuple[Any, ...]) -> Iterator[Look]:
        nothing = True
        for element, alone in self._elements.of(term):
            nothing = False
            yield _judged_look(term, before, element, element.value, alone)
        if nothing:
            yield Look(term, before, kind="missing", held=[None] * (len(term.constraints) + len(term.joins)))

    def _existential(self, term: Existential, before: tuple[Any, ...]) -> Iterator[Look]:
        inner = Search(self._blocking if term.negated else self._elements, self._blocking, self._left)
        found = inner.run(term.terms, before)
        self._left = inner._left
        if found == term.negated:
            yield Look(term, before, kind="blocked" if found else inner.path[-1].kind, inner=inner.path)
        else:
            yield Look(term, before, inner=inner.path)

    def _test(self, term: Test, before: tuple[Any, ...]) -> Iterator[Look]:
        held = judged((term.constraint,), None, before)
        yield Look(term, before, kind=None if all(held) else "failed", held=held)

    def _from(self, term: From, before: tuple[Any, ...]) -> Iterator[Look]:
        nothing = True
        for value in _values_of(term, before):
            if value is not None and fits(value, term.type):
                nothing = False
                yield _judged_look(term, before, None, value, judged(term.constraints, value, before))
        if nothing:
            yield Look(term, before, kind="missing", held=[None] * (len(term.constraints) + len(term.joins)))

    def _accumulate(self, term: Accumulate, before: tuple[Any, ...]) -> Iterator[Look]:
        unjudged = [None] * (len(term.constraints) + len(term.joins))
        if ABSENT in before:
            yield Look(term, before, kind="unknown", held=unjudged)
            return
        found = list(self._matches(term.terms, before))
        results = tuple(
            [result_of(fold, [None if fold.value is None else fold.value(one) for one in found]) for fold in term.folds]
        )
        if results == (None,):
            yield Look(term, before, kind="missing", held=unjudged)
        else:
            yield _judged_look(term, before, None, results, judged(term.constraints, results, before))

    def _matches(self, terms: Sequence[Term], before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """The values of every match, those before included."""
        if not terms:
            yield before
            return
        for look in self.looks(terms[0], before):
            self._left -= 1
            if look.kind is None and self._left > 0:
                yield from self._matches(terms[1:], look.after)


_LOOKING: Mapping[type, Callable[[Search, Any, tuple[Any, ...]], Iterator[Look]]] = {
    Pattern: Search._pattern,
    Existential: Search._existential,
    Test: Search._test,
    From: Search._from,
    Accumulate: Search._accumulate,
}


def judged(constraints: Iterable[Constraint], value: Any, before: tuple[Any, ...]) -> list[bool | None]:
    """Which constraints hold; None where what one reads is not there, or judging it failed."""
    return [_judged(one, value, before) for one in constraints]  # one by one: each is to be shown


def _judged(constraint: Constraint, value: Any, before: tuple[Any, ...]) -> bool | None:
    for position in constraint.joins:
        if position >= len(before) or before[position] is ABSENT:
            return None
    try:
        return bool(constraint.predicate(value, before))
    except Exception:  # what failed the evaluation must not fail its explanation
        return None


def _judged_look(
    term: Pattern | From | Accumulate,
    before: tuple[Any, ...],
    element: Element | None,
    value: Any,
    alone: list[bool | None],
) -> Look:
    held = [*alone, *judged(term.joins, value, before)] if term.joins else alone
    return Look(term, before, None if all(held) else "failed", element, value, held)


def _values_of(term: From, before: tuple[Any, ...]) -> Iterable[Any]:
    if any(position >= len(before) or before[position] is ABSENT for position in term.reads):
        return ()
    try:
        return list(values_in(term.source(before)))
    except Exception:  # as above
        return ()


def _order(look: Look) -> int:
    """The higher, the nearer: how many constraints held before the first that did not, then how many in all."""
    if look.kind == "missing":
        return -1
    first = 0
    for held in look.held:
        if not held:
            break
        first += 1
    return first * 100 + look.held.count(True)
