"""Nodes of `not` and `exists`: for one pattern, and for anything that can stand in a rule."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import (
    Change,
    Right,
    Staged,
    allowed,
    cause_of,
    hand_on,
    newest,
    take_back,
    values_of,
)
from infobip_rules.engine.network.subnetwork import Inner
from infobip_rules.engine.rules.model import Pattern


class Exists:
    """Lets a tuple pass while some element of a pattern is there (or, negated, while none is)."""

    __slots__ = ("joins", "left", "negated", "right")

    def __init__(self, pattern: Pattern, *, negated: bool) -> None:
        self.joins = pattern.joins
        self.negated = negated
        self.left: dict[Tuple, None] = {}
        self.right = Right()

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Notes what happened to an element of the pattern."""
        self.right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        """Judges the tuples that are new or changed, and all of them where elements are."""
        target = Staged()
        for one in source.deleted:
            self.left.pop(one, None)
            take_back(one, target)
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
        right = self.right
        if not right.changed:
            return
        latest = newest((*right.inserted, *right.updated, *right.deleted))
        right.settle()
        for one in reversed(self.left):
            if one not in source.updated:
                self._decide(one, target, latest if latest.recency > one.recency else one, again=False)

    def _decide(self, one: Tuple, target: Staged, cause: Tuple | Element, *, again: bool = True) -> None:
        if self._found(one) == self.negated:
            take_back(one, target, cause)
        else:
            hand_on(one, target, cause, again=again)

    def _found(self, one: Tuple) -> bool:
        joins, memory = self.joins, self.right.memory
        if not joins or not memory:
            return bool(memory)
        before = values_of(one.elements)
        return any(allowed(joins, element.value, before) for element in memory)


class Group:
    """Lets a tuple pass while the terms inside match with it (or, negated, while they don't)."""

    __slots__ = ("inner", "left", "negated", "stage")

    def __init__(self, inner: Inner, *, negated: bool) -> None:
        self.inner = inner
        self.negated = negated
        self.stage = inner.stage
        #: What each tuple matches inside.
        self.left: dict[Tuple, dict[Tuple, None]] = {}

    def run(self, source: Staged) -> Staged:
        """Judges the tuples for which something changed inside, then those that are new or changed."""
        target, left = Staged(), self.left
        changes = self.inner.run(source)
        for one in source.deleted:
            left.pop(one, None)
            take_back(one, target)
        left.update({one: {} for one in reversed(source.inserted)})
        self._match(changes, target)
        if self.negated:
            for one in reversed(source.inserted):
                if not left[one]:
                    hand_on(one, target, one)
        self._part(changes, target)
        for one in reversed(source.updated):
            child = one.children.get(None)
            if child is not None and child not in target.inserted:
                hand_on(one, target, one)
        return target

    def _match(self, changes: Staged, target: Staged) -> None:
        """A first match inside lets a tuple pass (or, negated, no more)."""
        for match in changes.inserted:
            one = self.inner.outer(match)
            if one is None:
                continue
            matches = self.left[one]
            matches[match] = None
            if len(matches) == 1:
                self._turn(one, target, match, passes=not self.negated)

    def _part(self, changes: Staged, target: Staged) -> None:
        """A last match inside that is no more does the opposite."""
        for match in changes.deleted:
            one = self.inner.outer(match)
            if one is not None and one in self.left:
                matches = self.left[one]
                matches.pop(match, None)
                if not matches:
                    self._turn(one, target, match, passes=self.negated)

    @staticmethod
    def _turn(one: Tuple, target: Staged, match: Tuple, *, passes: bool) -> None:
        latest = cause_of(match)
        cause = latest if latest.recency > one.recency else one
        if passes:
            hand_on(one, target, cause)
        else:
            take_back(one, target, cause)
