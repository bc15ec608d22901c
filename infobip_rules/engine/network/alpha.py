"""The alpha network: the distinct patterns of a rulebook, each judged once however many rules hold it, and their branches.

Patterns with an equality (`m.keyword == "STOP"`) are found through a dictionary, so that a thousand keyword rules cost a
signal as much as a single rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.rules.model import Existential, Pattern, Rule, Term, ValueTerm, Window, names_of

#: The alpha memory that rules without any positive pattern hang on; it is never empty.
ALWAYS = -1


@dataclass(kw_only=True, slots=True)
class Alpha:
    """A distinct pattern, and the branches of rules that hold it."""

    index: int
    pattern: Pattern
    #: The place of the only rule that it is for; None if all rules share it.
    owner: str | None
    #: Branches that hold it, by their key alpha: the branch, the place in it, the pattern there.
    holders: dict[int, list[Holder]] = field(default_factory=dict)
    #: Those of them to which the end of an element matters: where it stands inside a `not` or `exists`, for instance.
    watchers: dict[int, list[Holder]] = field(default_factory=dict)

    def listens_to_any(self, fields: frozenset[str]) -> bool:
        """Returns whether the pattern listens to a change of one of the fields, in some branch that holds it."""
        return any(fields & pattern.listens for some in self.holders.values() for _, _, pattern in some)


#: Where a branch stands on the agenda: its salience negated, then the places of its rule and of itself in the rule.
Order = tuple[int, int, int]


@dataclass(kw_only=True, slots=True, eq=False)
class Branch:
    """A way in which a rule can match, ready to be matched."""

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
    #: Whether tuples begin with an element; else with an empty tuple, as before `not` or a pattern with a window.
    begins_with_element: bool
    #: Whether its matches are looked for after every firing, and not only when the rule comes up.
    eager: bool
    #: Whether its rule asks for something of the agenda besides a fixed salience and a group.
    needs_agenda_checks: bool
    #: Whether it consists of several patterns and nothing else: its first matches can be listed without memories.
    sketchable: bool
    #: Whether it matters for its matches what the branch was evaluated on in earlier evaluations, when it could match.
    keeps_history: bool
    #: The names of the elements matched, in their order.
    names: tuple[str, ...]
    #: The alpha of the pattern of each of them; None for what is computed.
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
        #: Branches that can match without any signal, by rule id: to a rule that is new to a session, stored facts are new.
        self.standing: dict[str, list[Branch]] = {}
        #: Branches for which it matters what they were evaluated on earlier.
        self.with_history: list[Branch] = []
        #: Whether some rule has several branches.
        self.has_or_branches = False
        #: Whether some rule has a timer.
        self.has_timers = False
        #: Whether the end of elements matters to some rule.
        self.has_watchers = False
        #: Whether some rule holds while a signal is not there, so that it may fire when signals end.
        self.waits_for_absence = False
        #: Whether some rule is evaluated ahead of its turn, or every change by itself: then the order of rules counts.
        self.ordered = False
        #: The patterns that only count what is in a window.
        self.windows: dict[int, Window] = {}
        self._by_key: dict[tuple[object, ...], int] = {}
        #: By the beginning of a rule, the reversals on the way to its last node.
        self._paths: dict[tuple[object, ...], frozenset[int]] = {}
        #: Beginnings of rules whose last node hands tuples on already.
        self._handing_on: set[tuple[object, ...]] = set()
        self._kinds: dict[tuple[type, str | None], _Kind] = {}
        for rule in rules:
            if rule.enabled:
                for number, terms in enumerate(rule.branches):
                    self._add(rule, number, terms)

    def _add(self, rule: Rule, number: int, terms: tuple[Term, ...]) -> None:
        # A signal that a timer waits with is kept when it ends for all others: nobody else is to see it then.
        own: dict[int, str] = {
            id(term): f"{rule.id} {number} {place}"
            for place, term in enumerate(terms)
            if rule.timer is not None and isinstance(term, Pattern) and term.is_signal
        }
        places = tuple(
            (place, pattern, self._alpha(pattern, own.get(id(pattern))))
            for place, term in enumerate(terms)
            for pattern in term.patterns()
        )
        positive = [index for place, pattern, index in places if terms[place] is pattern]
        of_signals = [index for index in positive if self.alphas[index].pattern.is_signal]
        branch = Branch(
            rule=rule,
            order=(0 if callable(rule.salience) else -rule.salience, rule.order, number),
            terms=terms,
            places=places,
            needs=tuple(
                self._alpha(pattern, own.get(id(pattern))) for term in terms for pattern in term.needed_patterns()
            ),
            blockers=tuple(index for place, pattern, index in places if terms[place].blocker is pattern),
            key=(of_signals or positive or [ALWAYS])[0],
            reversed_after=self._reversals(terms),
            begins_with_element=terms[0].is_element,
            eager=_is_eager(rule),
            needs_agenda_checks=_needs_agenda_checks(rule),
            sketchable=len(terms) > 1 and all(term.is_element for term in terms) and not _needs_agenda_checks(rule),
            keeps_history=_keeps_history(rule, terms, of_signals=bool(of_signals)),
            names=names_of(terms),
            matched_alphas=tuple(
                self._alpha(term, own.get(id(term))) if isinstance(term, Pattern) else None
                for term in terms
                if isinstance(term, ValueTerm)
            ),
            absent=frozenset(name for other in rule.branches for name in names_of(other)).difference(names_of(terms)),
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
            if branch.needs_agenda_checks or terms[place] is not pattern:
                self.has_watchers = True
                alpha.watchers.setdefault(branch.key, []).append((branch, place, pattern))
        if any(pattern.is_signal for term in terms for pattern in term.unblocking_patterns()):
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
        """Returns the places after which tuples come in opposite order.

        Drools shares equal beginnings of rules; what a shared join hands to a later rule arrives reversed.
        """
        reversals: frozenset[int] = frozenset()
        path: tuple[object, ...] = ()
        first = 1 if terms[0].is_element else 0
        for place, term in enumerate(terms):
            parent, path = path, (*path, term.sharing_key)
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

    def satisfied(self, value: BaseModel, entry_point: str | None) -> list[int]:
        """Returns the patterns that `value` satisfies, seen alone."""
        kind = self._kinds.get((type(value), entry_point))
        if kind is None:
            kind = self._kinds[type(value), entry_point] = _Kind(
                [
                    alpha
                    for alpha in self.alphas
                    if isinstance(value, alpha.pattern.type) and alpha.pattern.entry_point == entry_point
                ]
            )
        return kind.satisfied(value) if kind.certain is None else kind.certain

    def listens_to(self, kind: type[BaseModel]) -> bool:
        """Returns whether any rule has a pattern for elements of this type."""
        return any(issubclass(kind, alpha.pattern.type) for alpha in self.alphas)


class _Kind:
    """The patterns for elements of a type, those with an equality in a dictionary."""

    def __init__(self, alphas: Sequence[Alpha]) -> None:
        self.by_value: dict[str, dict[Any, list[tuple[int, _Check]]]] = {}
        self.others: list[tuple[int, _Check]] = []
        #: All of them, if any element of the type satisfies them all.
        self.certain: list[int] | None = None
        for alpha in alphas:
            constraints = alpha.pattern.constraints
            indexed = next((constraint for constraint in constraints if constraint.equals is not None), None)
            checks = tuple(constraint.predicate for constraint in constraints if constraint is not indexed)
            entry = (alpha.index, checks)
            if indexed is None or indexed.equals is None:
                self.others.append(entry)
            else:
                name, value = indexed.equals
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


def _is_eager(rule: Rule) -> bool:
    return rule.no_loop or rule.lock_on_active or rule.auto_focus or callable(rule.salience)


def _needs_agenda_checks(rule: Rule) -> bool:
    if rule.lock_on_active or rule.auto_focus or callable(rule.salience):
        return True
    return any(asked is not None for asked in (rule.activation_group, rule.effective, rule.expires, rule.timer))


def _keeps_history(rule: Rule, terms: tuple[Term, ...], *, of_signals: bool) -> bool:
    """Returns whether the rule asks what brought a match about: that may be a `not` or `exists` evaluated earlier."""
    # With a signal in it, a match is newer than all that an earlier evaluation did: then only the group's activity counts.
    asks = rule.lock_on_active or (not of_signals and (rule.no_loop or rule.activation_group is not None))
    return asks and any(isinstance(term, Existential) for term in terms)
