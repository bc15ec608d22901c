"""Which patterns an element satisfies, seen alone: the same pattern is judged once, however many rules hold it.

Patterns with an equality (`m.keyword == "STOP"`) are found through a dictionary, so that a thousand keyword rules cost a
signal as much as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.rules.model import (
    Accumulate,
    Constraint,
    Existential,
    From,
    Pattern,
    Rule,
    Term,
    Test,
    Window,
    patterns_of,
)

#: The alpha memory that rules without any positive pattern hang on; it is never empty.
ALWAYS = -1


@dataclass(kw_only=True, slots=True)
class Alpha:
    """One distinct pattern, and the branches of rules that hold it."""

    index: int
    pattern: Pattern
    #: The place of the one rule that it is for; None where all rules share it.
    owner: str | None
    #: Branches that hold it, by their key alpha: the branch, the place in it, the pattern there.
    holders: dict[int, list[Holder]] = field(default_factory=dict)
    #: Those of them where it stands inside a `not` or `exists`, which have to be told also of elements that go.
    watchers: dict[int, list[Holder]] = field(default_factory=dict)

    def listens_to_any(self, fields: frozenset[str]) -> bool:
        """Returns whether the pattern listens to a change of one of the fields, in some branch that holds it."""
        return any(fields & pattern.listens for some in self.holders.values() for _, _, pattern in some)


#: Where a branch stands on the agenda: its salience negated, then the places of its rule and of itself in the rule.
Order = tuple[int, int, int]


@dataclass(kw_only=True, slots=True, eq=False)
class Branch:
    """One way in which a rule can match, ready to be matched."""

    rule: Rule
    order: Order
    terms: tuple[Term, ...]
    #: Every pattern, with the place of its term and its alpha.
    places: tuple[tuple[int, Pattern, int], ...]
    #: Alphas that must hold something, and those that must hold nothing, for the branch to match at all.
    needs: tuple[int, ...]
    blockers: tuple[int, ...]
    #: The alpha without which the branch can't match: while nothing is in it, the branch costs nothing.
    key: int
    #: Places after which Drools hands tuples on in opposite order, because an earlier rule shares the node.
    reversed_after: frozenset[int]
    #: Whether tuples begin with an element; else with an empty one, as before `not` or what looks through a window.
    begins_with_element: bool
    #: Whether its matches are looked for after every firing, and not only when the rule comes up.
    eager: bool
    #: Whether its rule asks for something of the agenda besides a fixed salience and a group.
    needs_agenda_checks: bool
    #: Whether it holds several patterns and neither `not` nor `exists`: its first matches can be listed directly.
    sketchable: bool
    #: Whether it counts for its matches what of it was evaluated in earlier evaluations, when it could match.
    keeps_history: bool
    #: The names of the elements matched, in their order.
    names: tuple[str, ...]
    #: Where each of them comes from: the alpha of its pattern, None for what is computed.
    matched_alphas: tuple[int | None, ...]
    #: Names that only other ways of matching give.
    absent: frozenset[str]


#: Where a pattern stands: the branch, the place of its term, the pattern as it is written there.
Holder = tuple[Branch, int, Pattern]


class AlphaNetwork:
    """All distinct patterns of a rulebook, and the branches that hold them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.alphas: list[Alpha] = []
        self.branches: list[Branch] = []
        #: Branches that can match without any signal, by rule id: a rule new to a session looks at stored facts through these.
        self.standing: dict[str, list[Branch]] = {}
        self.with_history: list[Branch] = []
        #: Whether some rule has several branches.
        self.has_or_branches = False
        #: Whether some rule has a timer.
        self.has_timers = False
        #: Whether some rule is told of elements that go.
        self.has_watchers = False
        #: Whether some rule holds while a signal is not there, so that it may fire when signals end.
        self.waits_for_absence = False
        #: Whether some rule is evaluated ahead of its turn, or every change by itself: the order counts in which rules are told.
        self.ordered = False
        #: The patterns that only count what is in a window.
        self.windows: dict[int, Window] = {}
        self._by_key: dict[tuple[object, ...], int] = {}
        #: By the beginning of a rule, the reversals on the way to its last node; and the beginnings that lead on already.
        self._paths: dict[tuple[object, ...], frozenset[int]] = {}
        self._handing_on: set[tuple[object, ...]] = set()
        self._kinds: dict[tuple[type, str | None], _Kind] = {}
        for rule in rules:
            if rule.enabled:
                for number, terms in enumerate(rule.branches):
                    self._add(rule, number, terms)

    def _add(self, rule: Rule, number: int, terms: tuple[Term, ...]) -> None:
        # What a timer waits with is kept when the signal ends for all others: nobody else is to see it then.
        own: dict[int, str] = {
            id(term): f"{rule.id} {number} {place}"
            for place, term in enumerate(terms)
            if rule.timer is not None and isinstance(term, Pattern) and term.entry_point is not None
        }
        places = tuple(
            (place, pattern, self._alpha(pattern, own.get(id(pattern))))
            for place, term in enumerate(terms)
            for pattern in patterns_in(term)
        )
        positive = [index for place, _, index in places if isinstance(terms[place], Pattern)]
        of_signals = [index for index in positive if self.alphas[index].pattern.entry_point is not None]
        branch = Branch(
            rule=rule,
            order=(0 if callable(rule.salience) else -rule.salience, rule.order, number),
            terms=terms,
            places=places,
            needs=tuple(self._alpha(pattern, own.get(id(pattern))) for pattern in _needed(terms)),
            blockers=tuple(index for place, _, index in places if _is_blocker(terms[place])),
            key=(of_signals or positive or [ALWAYS])[0],
            reversed_after=self._reversals(terms),
            begins_with_element=_begins_with_element(terms),
            eager=_is_eager(rule),
            needs_agenda_checks=_needs_agenda_checks(rule),
            sketchable=len(terms) > 1
            and all(isinstance(term, Pattern) and term.window is None for term in terms)
            and not _needs_agenda_checks(rule),
            keeps_history=_keeps_history(rule, terms, of_signals=bool(of_signals)),
            names=tuple(term.alias for term in terms if isinstance(term, Pattern | From | Accumulate)),
            matched_alphas=tuple(
                self._alpha(term, own.get(id(term))) if isinstance(term, Pattern) else None
                for term in terms
                if isinstance(term, Pattern | From | Accumulate)
            ),
            absent=_names_of(rule.branches) - _names_of((terms,)) if len(rule.branches) > 1 else frozenset(),
        )
        self.branches.append(branch)
        self.ordered = self.ordered or branch.eager or bool(self.windows)
        if branch.keeps_history:
            self.with_history.append(branch)
        self.has_or_branches = self.has_or_branches or number > 0
        self.has_timers = self.has_timers or rule.timer is not None
        if not of_signals:
            self.standing.setdefault(rule.id, []).append(branch)
        for place, pattern, index in places:
            alpha = self.alphas[index]
            alpha.holders.setdefault(branch.key, []).append((branch, place, pattern))
            if branch.needs_agenda_checks or not isinstance(terms[place], Pattern):
                self.has_watchers = True
                alpha.watchers.setdefault(branch.key, []).append((branch, place, pattern))
        if any(pattern.entry_point is not None for pattern in _missed(terms)):
            self.waits_for_absence = True

    def _alpha(self, pattern: Pattern, owner: str | None) -> int:
        key = pattern.key if owner is None else (*pattern.key, owner)
        if key not in self._by_key:
            self._by_key[key] = len(self.alphas)
            if pattern.window is not None:
                self.windows[len(self.alphas)] = pattern.window
            self.alphas.append(Alpha(index=len(self.alphas), pattern=pattern, owner=owner))
        return self._by_key[key]

    def _reversals(self, terms: tuple[Term, ...]) -> frozenset[int]:
        """Drools shares equal beginnings of rules; what a shared join hands to a later rule arrives in opposite order."""
        reversals: frozenset[int] = frozenset()
        path: tuple[object, ...] = ()
        first = 1 if _begins_with_element(terms) else 0
        for place, term in enumerate(terms):
            parent, path = path, (*path, _node(term))
            if path in self._paths:
                reversals = self._paths[path]
            else:
                if place > first and parent in self._handing_on:
                    reversals |= {place - 1}
                self._paths[path] = reversals
            self._handing_on.add(parent)
        if len(terms) > first and path in self._handing_on:
            reversals |= {len(terms) - 1}
        self._handing_on.add(path)
        return reversals

    def satisfied(self, obj: BaseModel, entry_point: str | None) -> list[int]:
        """The alphas whose pattern `obj` satisfies, seen alone."""
        kind = self._kinds.get((type(obj), entry_point))
        if kind is None:
            kind = self._kinds[type(obj), entry_point] = _Kind(
                [
                    alpha
                    for alpha in self.alphas
                    if isinstance(obj, alpha.pattern.type) and alpha.pattern.entry_point == entry_point
                ]
            )
        return kind.satisfied(obj) if kind.certain is None else kind.certain

    def listens_to(self, kind: type[BaseModel]) -> bool:
        """Whether any rule looks for elements of this type."""
        return any(issubclass(kind, alpha.pattern.type) for alpha in self.alphas)


class _Kind:
    """The patterns for elements of one type, those with an equality in a dictionary."""

    def __init__(self, alphas: Sequence[Alpha]) -> None:
        self.by_value: dict[str, dict[Any, list[tuple[int, _Check]]]] = {}
        self.others: list[tuple[int, _Check]] = []
        #: All of them, where any element of the type satisfies them all.
        self.certain: list[int] | None = None
        for alpha in alphas:
            constraints = alpha.pattern.constraints
            first = next((one for one in constraints if one.equals is not None), None)
            entry = (alpha.index, tuple(one.predicate for one in constraints if one is not first))
            if first is None or first.equals is None:
                self.others.append(entry)
            else:
                name, value = first.equals
                self.by_value.setdefault(name, {}).setdefault(value, []).append(entry)
        if not self.by_value and not any(checks for _, checks in self.others):
            self.certain = [index for index, _ in self.others]

    def satisfied(self, obj: BaseModel) -> list[int]:
        found = []
        for name, table in self.by_value.items():
            value = getattr(obj, name)
            if isinstance(value, str | int | float) and value in table:
                found += [index for index, checks in table[value] if not checks or _holds(checks, obj)]
        if self.others:
            found += [index for index, checks in self.others if not checks or _holds(checks, obj)]
        return found


_Check = tuple[Callable[[Any, "tuple[Any, ...]"], bool], ...]


def _holds(checks: _Check, obj: BaseModel) -> bool:
    for check in checks:  # noqa: SIM110 - a plain loop is the fastest here
        if not check(obj, ()):
            return False
    return True


def patterns_in(term: Term) -> tuple[Pattern, ...]:
    """The patterns of one term: itself, or those inside it."""
    return (term,) if isinstance(term, Pattern) else tuple(patterns_of((term,)))


def _names_of(branches: Iterable[tuple[Term, ...]]) -> frozenset[str]:
    return frozenset(
        term.alias for terms in branches for term in terms if isinstance(term, Pattern | From | Accumulate)
    )


def _begins_with_element(terms: tuple[Term, ...]) -> bool:
    return isinstance(terms[0], Pattern) and terms[0].window is None


def _is_blocker(term: Term) -> bool:
    """Whether any element that satisfies the term's pattern keeps the whole branch from matching."""
    return isinstance(term, Existential) and term.negated and is_simple(term)


def is_simple(term: Term) -> bool:
    """Whether a term is a `not` or `exists` of one pattern that has nothing to do with those before."""
    return isinstance(term, Existential) and any(
        term.terms == (one,) and not one.joins for one in term.terms if isinstance(one, Pattern)
    )


def _is_eager(rule: Rule) -> bool:
    return rule.no_loop or rule.lock_on_active or rule.auto_focus or callable(rule.salience)


def _needs_agenda_checks(rule: Rule) -> bool:
    asked = (rule.activation_group, rule.effective, rule.expires, rule.timer)
    return rule.lock_on_active or rule.auto_focus or callable(rule.salience) or any(one is not None for one in asked)


def _keeps_history(rule: Rule, terms: tuple[Term, ...], *, of_signals: bool) -> bool:
    """Whether the rule asks what brought a match about, which may be that a `not` or `exists` was evaluated before."""
    # With a signal in it, a match is newer than all that an earlier evaluation did: only since when a group is active counts.
    asks = rule.lock_on_active or (not of_signals and (rule.no_loop or rule.activation_group is not None))
    return asks and any(isinstance(term, Existential) for term in terms)


def _needed(terms: tuple[Term, ...]) -> Iterator[Pattern]:
    """The patterns without whose elements nothing can match."""
    for term in terms:
        if isinstance(term, Pattern):
            yield term
        elif isinstance(term, Existential) and not term.negated:
            yield from _needed(term.terms)


def _missed(terms: tuple[Term, ...]) -> Iterator[Pattern]:
    """The patterns whose elements may make the rule match by going."""
    for term in terms:
        if isinstance(term, Accumulate) or (isinstance(term, Existential) and term.negated):
            yield from patterns_of(term.terms)
        elif isinstance(term, Existential):
            yield from _missed(term.terms)


def _node(term: Term) -> tuple[object, ...]:
    """Equal for terms that Drools would share a node for."""
    if isinstance(term, Pattern):
        return (None, (term.key, _texts(term.joins)))
    if isinstance(term, Test):
        return ("eval", term.constraint.text)
    if isinstance(term, From):
        return ("from", term.text, term.type, _texts(term.constraints), _texts(term.joins))
    inner = tuple(map(_node, term.terms))
    if isinstance(term, Existential):
        return (term.negated, *inner)
    folds = tuple((fold.function, fold.text) for fold in term.folds)
    return ("accumulate", inner, folds, _texts(term.constraints), _texts(term.joins))


def _texts(constraints: tuple[Constraint, ...]) -> tuple[str, ...]:
    return tuple(one.text for one in constraints)
