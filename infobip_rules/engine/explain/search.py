"""The search for values that satisfy a rule's terms over given elements, or for those that came nearest.

It runs after an evaluation, and uses no network: networks forget what did not match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from infobip_rules.engine.explain.trace import MissKind
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.folds import result_of
from infobip_rules.engine.network.from_node import fits, values_in
from infobip_rules.engine.rules.model import Accumulate, Constraint, Existential, From, Pattern, Term, Test, ValueTerm

#: Stands for a value that was not found, if a later condition is judged all the same.
ABSENT: Any = object()
#: Elements of a type that are tried, the newest first.
_MOST_ELEMENTS = 100
#: Candidates tried for a branch: a search that takes longer ends where it is.
_MOST_CANDIDATES = 2000


@dataclass(slots=True)
class Candidate:
    """A value tried for a term; `kind` says why it does not satisfy the term, None if it does."""

    term: Term
    before: tuple[Any, ...]
    kind: MissKind | None = None
    element: Element | None = None
    value: Any = ABSENT
    #: For each constraint, then for each join, whether it held; None: not judged.
    held: Sequence[bool | None] = ()
    #: The candidates inside a `not` or `exists`.
    inner: Sequence[Candidate] = ()

    @property
    def after(self) -> tuple[Any, ...]:
        """The values matched up to here, this one included."""
        return (*self.before, self.value) if isinstance(self.term, ValueTerm) else self.before


@dataclass(slots=True)
class SearchedElements:
    """The elements to search; those of a pattern are judged once, however often the search comes to it."""

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
                element
                for element in self.elements
                if isinstance(element.value, pattern.type) and element.entry_point == pattern.entry_point
            ]
            fitting.sort(key=lambda element: (element.recency, element.id), reverse=True)
            found = self._by_type[kind] = fitting[:_MOST_ELEMENTS]
        return found


class Search:
    """The search for values that satisfy the terms of a branch; `path` holds those found, or those that came nearest."""

    def __init__(self, elements: SearchedElements, blocking: SearchedElements, most: int = _MOST_CANDIDATES) -> None:
        """`blocking` are the elements for what stands inside a `not`; after `most` candidates the search ends."""
        self._elements = elements
        self._blocking = blocking
        self._left = most
        self.path: list[Candidate] = []

    def run(self, terms: Sequence[Term], before: tuple[Any, ...] = ()) -> bool:
        """Whether all terms are satisfied."""
        self.path = []
        found = self._descend(terms, before, [])
        self.path = self.path or [Candidate(terms[0], before, kind="unknown")]
        return found

    def _descend(self, terms: Sequence[Term], before: tuple[Any, ...], path: list[Candidate]) -> bool:
        if len(path) == len(terms):
            self.path = path
            return True
        nearest: Candidate | None = None
        for candidate in self.candidates(terms[len(path)], before):
            self._left -= 1
            if candidate.kind is None and self._left > 0 and self._descend(terms, candidate.after, [*path, candidate]):
                return True
            if candidate.kind is not None and (nearest is None or _order(candidate) > _order(nearest)):
                nearest = candidate
        if nearest is not None and (len(path), _order(nearest)) > (len(self.path) - 1, self._reached()):
            self.path = [*path, nearest]
        return False

    def _reached(self) -> int:
        return _order(self.path[-1]) if self.path else -1

    def nearest(self, term: Term, before: tuple[Any, ...]) -> Candidate:
        """The candidate that comes nearest to a term by itself."""
        candidates = list(self.candidates(term, before))
        satisfying = (candidate for candidate in candidates if candidate.kind is None)
        return next(satisfying, None) or max(candidates, key=_order)

    def candidates(self, term: Term, before: tuple[Any, ...]) -> Iterator[Candidate]:
        """Everything that might satisfy a term; at least one candidate, if only for the lack of any value."""
        match term:
            case Pattern():
                return self._pattern(term, before)
            case Existential():
                return self._existential(term, before)
            case From():
                return self._from(term, before)
            case Accumulate():
                return self._accumulate(term, before)
            case Test():
                return self._test(term, before)
            case _:
                assert_never(term)

    def _pattern(self, term: Pattern, before: tuple[Any, ...]) -> Iterator[Candidate]:
        nothing = True
        for element, alone in self._elements.of(term):
            nothing = False
            yield _judged_candidate(term, before, element, element.value, alone)
        if nothing:
            yield _unjudged(term, before, "missing")

    def _existential(self, term: Existential, before: tuple[Any, ...]) -> Iterator[Candidate]:
        inner = Search(self._blocking if term.negated else self._elements, self._blocking, self._left)
        found = inner.run(term.terms, before)
        self._left = inner._left
        if found == term.negated:
            yield Candidate(term, before, kind="blocked" if found else inner.path[-1].kind, inner=inner.path)
        else:
            yield Candidate(term, before, inner=inner.path)

    def _test(self, term: Test, before: tuple[Any, ...]) -> Iterator[Candidate]:
        held = judged((term.constraint,), None, before)
        yield Candidate(term, before, kind=None if all(held) else "failed", held=held)

    def _from(self, term: From, before: tuple[Any, ...]) -> Iterator[Candidate]:
        nothing = True
        for value in _values_of(term, before):
            if value is not None and fits(value, term.type):
                nothing = False
                yield _judged_candidate(term, before, None, value, judged(term.constraints, value, before))
        if nothing:
            yield _unjudged(term, before, "missing")

    def _accumulate(self, term: Accumulate, before: tuple[Any, ...]) -> Iterator[Candidate]:
        if ABSENT in before:
            yield _unjudged(term, before, "unknown")
            return
        found = list(self._matches(term.terms, before))
        results = tuple(
            [
                result_of(fold, [None if fold.value is None else fold.value(values) for values in found])
                for fold in term.folds
            ]
        )
        if results == (None,):
            yield _unjudged(term, before, "missing")
        else:
            yield _judged_candidate(term, before, None, results, judged(term.constraints, results, before))

    def _matches(self, terms: Sequence[Term], before: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """The values of every match, those before included."""
        if not terms:
            yield before
            return
        for candidate in self.candidates(terms[0], before):
            self._left -= 1
            if candidate.kind is None and self._left > 0:
                yield from self._matches(terms[1:], candidate.after)


def judged(constraints: Iterable[Constraint], value: Any, before: tuple[Any, ...]) -> list[bool | None]:
    """Whether each constraint holds; None if what it reads is not there, or judging it failed."""
    return [_judged(constraint, value, before) for constraint in constraints]  # all of them, as each is shown


def _judged(constraint: Constraint, value: Any, before: tuple[Any, ...]) -> bool | None:
    for position in constraint.joins:
        if position >= len(before) or before[position] is ABSENT:
            return None
    try:
        return bool(constraint.predicate(value, before))
    except Exception:  # what failed the evaluation must not fail its explanation
        return None


def _unjudged(term: Pattern | From | Accumulate, before: tuple[Any, ...], kind: MissKind) -> Candidate:
    """The lack of a value: no condition could be judged."""
    return Candidate(term, before, kind, held=[None] * len(term.conditions))


def _judged_candidate(
    term: Pattern | From | Accumulate,
    before: tuple[Any, ...],
    element: Element | None,
    value: Any,
    alone: list[bool | None],
) -> Candidate:
    held = [*alone, *judged(term.joins, value, before)] if term.joins else alone
    return Candidate(term, before, None if all(held) else "failed", element, value, held)


def _values_of(term: From, before: tuple[Any, ...]) -> Iterable[Any]:
    if any(position >= len(before) or before[position] is ABSENT for position in term.reads):
        return ()
    try:
        return list(values_in(term.source(before)))
    except Exception:  # as above
        return ()


def _order(candidate: Candidate) -> int:
    """The higher, the nearer: the constraints that held before the first that did not, then those that held in all."""
    if candidate.kind == "missing":
        return -1
    first = 0
    for held in candidate.held:
        if not held:
            break
        first += 1
    return first * 100 + candidate.held.count(True)
