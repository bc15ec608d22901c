"""Matching one branch of a rule: Drools' lazy, set-oriented joins (PHREAK), for the elements of one evaluation.

Changes are staged and worked off when the rule comes up on the agenda: a `not` that was blocked and freed in between was
never blocked. The order of matches is Drools': memories grow at their end, staged tuples are worked off newest first.
Deletes go first, then updates, then inserts, those from the right before those from the left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from infobip_rules.engine.alpha import Branch
from infobip_rules.engine.elements import Element, Tuple
from infobip_rules.engine.model import Constraint, Existential, Pattern, Term, patterns_of


class Staged:
    """Tuples on their way from one node to the next."""

    __slots__ = ("deleted", "inserted", "updated")

    def __init__(self) -> None:
        self.inserted: dict[Tuple, None] = {}
        self.updated: dict[Tuple, None] = {}
        self.deleted: dict[Tuple, None] = {}

    def insert(self, one: Tuple) -> None:
        """A tuple that is new."""
        self.inserted[one] = None

    def update(self, one: Tuple) -> None:
        """A tuple whose elements changed, and that is to be looked at again."""
        # The newest comes first, also when it was there before.
        if one in self.inserted:
            del self.inserted[one]
            self.inserted[one] = None
        else:
            self.updated.pop(one, None)
            self.updated[one] = None

    def delete(self, one: Tuple) -> None:
        """A tuple that is no more."""
        self.updated.pop(one, None)
        if one in self.inserted:
            del self.inserted[one]
        else:
            self.deleted[one] = None

    def reverse(self) -> None:
        """Hands on in opposite order (see `Branch.reversed_after`)."""
        self.inserted = dict.fromkeys(reversed(self.inserted))
        self.updated = dict.fromkeys(reversed(self.updated))


#: What a node is given where nothing is staged; nodes only read what they are given.
_NOTHING = Staged()


class _Right:
    """Elements on their way into one node, and those it holds."""

    __slots__ = ("deleted", "inserted", "memory", "updated")

    def __init__(self) -> None:
        self.memory: dict[Element, None] = {}
        self.inserted: dict[Element, None] = {}
        self.updated: dict[Element, None] = {}
        self.deleted: dict[Element, None] = {}

    def stage(self, element: Element, change: Change) -> None:
        if change is INSERT:
            self.inserted[element] = None
        elif change is UPDATE:
            if element not in self.inserted:
                self.updated.setdefault(element)
        elif element in self.inserted:
            del self.inserted[element]
        else:
            self.updated.pop(element, None)
            self.deleted[element] = None

    def settle(self) -> None:
        """Takes staged elements into memory, without telling what changed."""
        for element in self.deleted:
            self.memory.pop(element, None)
        for element in reversed(self.updated):
            self.memory.pop(element, None)
            self.memory[element] = None
        for element in reversed(self.inserted):
            self.memory[element] = None
        self.inserted, self.updated, self.deleted = {}, {}, {}

    @property
    def changed(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


class Change:
    """What happened to an element, from one pattern's point of view."""

    __slots__ = ()


INSERT, UPDATE, DELETE = Change(), Change(), Change()


class _Node(Protocol):
    def stage(self, element: Element, change: Change, pattern: Pattern) -> None: ...

    def run(self, source: Staged) -> Staged: ...


def _stamp(element: Element) -> int:
    return element.stamp


def _allowed(joins: tuple[Constraint, ...], value: Any, before: tuple[Any, ...]) -> bool:
    return all(join.predicate(value, before) for join in joins)


def _values(elements: tuple[Element, ...]) -> tuple[Any, ...]:
    return tuple(element.value for element in elements)


class _Join:
    """Pairs the tuples so far with the elements of one pattern."""

    __slots__ = ("joins", "left", "right")

    def __init__(self, pattern: Pattern) -> None:
        self.joins = pattern.joins
        self.left: dict[Tuple, None] = {}
        self.right = _Right()

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        self.right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        target, right, left = Staged(), self.right, self.left
        if not left and not source.inserted:
            right.settle()
            return target
        for one in source.deleted:
            left.pop(one, None)
            for child in one.children.values():
                target.delete(child)
            one.children = {}
        for element in right.deleted:
            for one in left:
                self._part(one, element, target)
        inserted, updated = right.inserted, right.updated
        right.inserted = {}
        right.settle()
        for one in reversed(source.updated):
            if one in left:
                del left[one]
                left[one] = None
        for element in reversed(updated):
            for one in left:
                self._pair(one, element, target)
        for one in reversed(source.updated):
            for element in right.memory:
                self._pair(one, element, target)
        for element in reversed(inserted):
            right.memory[element] = None
            for one in left:
                self._pair(one, element, target)
        for one in reversed(source.inserted):
            left[one] = None
            for element in right.memory:
                self._pair(one, element, target)
        return target

    def _pair(self, one: Tuple, element: Element, target: Staged) -> None:
        if self.joins and not _allowed(self.joins, element.value, _values(one.elements)):
            self._part(one, element, target)
            return
        newer = element if element.stamp > one.stamp else one
        child = one.children.get(element)
        if child is None:
            child = one.children[element] = Tuple((*one.elements, element), newer.stamp, newer.origin)
            target.insert(child)
        else:
            child.stamp, child.origin = newer.stamp, newer.origin
            target.update(child)

    @staticmethod
    def _part(one: Tuple, element: Element, target: Staged) -> None:
        child = one.children.pop(element, None)
        if child is not None:
            target.delete(child)


class _Exists:
    """Lets a tuple pass while some combination of elements is there (or, negated, while none is)."""

    __slots__ = ("left", "negated", "patterns", "rights")

    def __init__(self, term: Existential) -> None:
        self.patterns = tuple(patterns_of(term.terms))
        self.negated = term.negated
        self.left: dict[Tuple, None] = {}
        self.rights = tuple(_Right() for _ in self.patterns)

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        for own, right in zip(self.patterns, self.rights, strict=True):
            if own is pattern:
                right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        target = Staged()
        for one in source.deleted:
            self.left.pop(one, None)
            self._close(one, target)
        for one in reversed(source.updated):
            self.left.pop(one, None)
            self.left[one] = None
        self._look_again(source, target)
        for one in reversed(source.updated):
            self._decide(one, target, one)
        for one in reversed(source.inserted):
            self.left[one] = None
            self._decide(one, target, one)
        return target

    def _look_again(self, source: Staged, target: Staged) -> None:
        if not any(right.changed for right in self.rights):
            return
        changed = [
            element
            for right in self.rights
            for some in (right.inserted, right.updated, right.deleted)
            for element in some
        ]
        newest = max(changed, key=lambda element: element.stamp)
        for right in self.rights:
            right.settle()
        for one in reversed(self.left):
            if one not in source.updated:
                self._decide(one, target, newest if newest.stamp > one.stamp else one, again=False)

    def _decide(self, one: Tuple, target: Staged, cause: Tuple | Element, *, again: bool = True) -> None:
        if self._found(0, _values(one.elements)) == self.negated:
            self._close(one, target)
        elif None not in one.children:
            child = one.children[None] = Tuple(one.elements, cause.stamp, cause.origin)
            target.insert(child)
        elif again:
            child = one.children[None]
            child.stamp, child.origin = cause.stamp, cause.origin
            target.update(child)

    def _found(self, place: int, before: tuple[Any, ...]) -> bool:
        if place == len(self.patterns):
            return True
        joins = self.patterns[place].joins
        return any(
            _allowed(joins, element.value, before) and self._found(place + 1, (*before, element.value))
            for element in self.rights[place].memory
        )

    @staticmethod
    def _close(one: Tuple, target: Staged) -> None:
        child = one.children.pop(None, None)
        if child is not None:
            target.delete(child)


def _node(term: Term) -> _Node:
    if isinstance(term, Pattern):
        return _Join(term)
    assert isinstance(term, Existential)  # noqa: S101 - others come with the front end that makes them
    return _Exists(term)


class BranchNetwork:
    """The memories of one branch, and its matches that wait to fire."""

    __slots__ = ("_first", "_lefts", "_nodes", "_staged", "branch", "dirty", "linked", "pending", "queued", "sketched")

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        #: Its matches were listed without building memories, which most networks never need.
        self.sketched = False
        self.pending: dict[Tuple, None] = {}
        self.dirty = False
        self.queued = False
        #: Whether the branch could match when it was last looked at.
        self.linked = False
        self._staged: Staged | None = None
        self._lefts: dict[Element, Tuple] = {}
        self._first = isinstance(branch.terms[0], Pattern)
        #: Made by `start`: a sketch does without.
        self._nodes: tuple[_Node, ...] = ()

    def sketch(self, memories: Mapping[int, Mapping[Element, None]]) -> None:
        """Lists the matches among elements that all count as new, in the order in which `run` would find them."""
        self.sketched, self.dirty = True, False
        (_, _, first), *rest = self.branch.places
        found: list[tuple[Element, ...]] = [(element,) for element in memories[first]]
        for place, pattern, index in rest:
            right = list(memories[index])[::-1]
            joins = pattern.joins
            found = [
                (*one, element)
                for one in reversed(found)
                for element in right
                if not joins or _allowed(joins, element.value, _values(one))
            ]
            if place in self.branch.reversed_after:
                found.reverse()
        for elements in reversed(found):
            newest = max(elements, key=_stamp)
            if self._may_fire(newest.origin):
                self.pending[Tuple(elements, newest.stamp, newest.origin)] = None

    def start(self) -> None:
        """Makes the memories, and stages the empty tuple that a rule beginning with `not` or `exists` hangs on."""
        terms = self.branch.terms
        self._nodes = tuple(_node(term) for term in (terms[1:] if self._first else terms))
        if not self._first:
            self._staged = Staged()
            self._staged.insert(Tuple((), 0, None))
            self.dirty = True

    def stage(self, element: Element, place: int, change: Change, pattern: Pattern) -> None:
        """Notes what happened to an element at one place of the branch."""
        self.dirty = True
        if not self._first:
            self._nodes[place].stage(element, change, pattern)
        elif place > 0:
            self._nodes[place - 1].stage(element, change, pattern)
        elif self._nodes:
            if self._staged is None:
                self._staged = Staged()
            self._stage_left(element, change, self._staged)
        else:
            # A rule of one pattern is not lazy in Drools: matches come up in the order of the changes.
            staged = Staged()
            self._stage_left(element, change, staged)
            self._finish(staged)

    def _stage_left(self, element: Element, change: Change, staged: Staged) -> None:
        if change is INSERT:
            one = self._lefts[element] = Tuple((element,), element.stamp, element.origin)
            staged.insert(one)
            return
        one = self._lefts[element]
        if change is DELETE:
            del self._lefts[element]
            staged.delete(one)
        else:
            one.stamp, one.origin = element.stamp, element.origin
            if one not in staged.inserted and one not in staged.updated:
                staged.update(one)

    def run(self) -> None:
        """Works off what was staged: `pending` is up to date then."""
        self.dirty = False
        if not self._nodes:
            return
        staged, self._staged = self._staged or _NOTHING, None
        place = 1 if self._first else 0
        for node in self._nodes:
            staged = node.run(staged)
            if place in self.branch.reversed_after:
                staged.reverse()
            place += 1
        self._finish(staged)

    def _finish(self, staged: Staged) -> None:
        for match in staged.deleted:
            self.pending.pop(match, None)
        for some in (staged.updated, staged.inserted):
            for match in reversed(some):
                if self._may_fire(match.origin):
                    self.pending.setdefault(match)

    def _may_fire(self, origin: str | None) -> bool:
        """Whether a match that `origin` brought about is to fire: with no-loop, not one that the rule itself did."""
        rule = self.branch.rule
        return not rule.no_loop or origin != rule.id
