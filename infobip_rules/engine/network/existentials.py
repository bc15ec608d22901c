"""Nodes of `not` and `exists`: for a single pattern, and for any other terms."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import (
    Change,
    RightMemory,
    Staged,
    allowed,
    cause_of,
    hand_on,
    newest,
    take_back,
    values_of,
)
from infobip_rules.engine.network.subnetwork import Subnetwork
from infobip_rules.engine.rules.model import Pattern


class Exists:
    """Passes a tuple on while some element of a pattern is there (or, negated, while none is)."""

    __slots__ = ("joins", "left", "negated", "right")

    def __init__(self, pattern: Pattern, *, negated: bool) -> None:
        self.joins = pattern.joins
        self.negated = negated
        self.left: dict[Tuple, None] = {}
        self.right = RightMemory()

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Stages what happened to an element of the pattern."""
        self.right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        """Judges the tuples that are new or changed, and all of them if elements are."""
        target = Staged()
        for outer in source.deleted:
            self.left.pop(outer, None)
            take_back(outer, target)
        for outer in reversed(source.updated):
            self.left.pop(outer, None)
            self.left[outer] = None
        self._judge_all(source, target)
        for outer in reversed(source.updated):
            self._decide(outer, target, outer)
        for outer in reversed(source.inserted):
            self.left[outer] = None
            self._decide(outer, target, outer)
        return target

    def _judge_all(self, source: Staged, target: Staged) -> None:
        right = self.right
        if not right.changed:
            return
        latest = newest((*right.inserted, *right.updated, *right.deleted))
        right.apply()
        for outer in reversed(self.left):
            if outer not in source.updated:
                self._decide(outer, target, latest if latest.recency > outer.recency else outer, again=False)

    def _decide(self, outer: Tuple, target: Staged, cause: Tuple | Element, *, again: bool = True) -> None:
        if self._found(outer) == self.negated:
            take_back(outer, target, cause)
        else:
            hand_on(outer, target, cause, again=again)

    def _found(self, outer: Tuple) -> bool:
        joins, memory = self.joins, self.right.memory
        if not joins or not memory:
            return bool(memory)
        before = values_of(outer.elements)
        return any(allowed(joins, element.value, before) for element in memory)


class NotExistsGroup:
    """Passes a tuple on while the terms inside match with it (or, negated, while they don't)."""

    __slots__ = ("left", "negated", "stage", "subnetwork")

    def __init__(self, subnetwork: Subnetwork, *, negated: bool) -> None:
        self.subnetwork = subnetwork
        self.negated = negated
        self.stage = subnetwork.stage
        #: The matches inside, of each tuple.
        self.left: dict[Tuple, dict[Tuple, None]] = {}

    def run(self, source: Staged) -> Staged:
        """Judges the tuples for which something changed inside, then those that are new or changed."""
        target, left = Staged(), self.left
        changes = self.subnetwork.run(source)
        for outer in source.deleted:
            left.pop(outer, None)
            take_back(outer, target)
        left.update({outer: {} for outer in reversed(source.inserted)})
        self._add_matches(changes, target)
        if self.negated:
            for outer in reversed(source.inserted):
                if not left[outer]:
                    hand_on(outer, target, outer)
        self._remove_matches(changes, target)
        for outer in reversed(source.updated):
            child = outer.children.get(None)
            if child is not None and child not in target.inserted:
                hand_on(outer, target, outer)
        return target

    def _add_matches(self, changes: Staged, target: Staged) -> None:
        """Passes a tuple on at its first match inside (or, negated, takes it back)."""
        for match in changes.inserted:
            outer = self.subnetwork.outer(match)
            if outer is None:
                continue
            matches = self.left[outer]
            matches[match] = None
            if len(matches) == 1:
                self._turn(outer, target, match, passes=not self.negated)

    def _remove_matches(self, changes: Staged, target: Staged) -> None:
        """Does the opposite when a tuple has lost its last match inside."""
        for match in changes.deleted:
            outer = self.subnetwork.outer(match)
            if outer is not None and outer in self.left:
                matches = self.left[outer]
                matches.pop(match, None)
                if not matches:
                    self._turn(outer, target, match, passes=self.negated)

    @staticmethod
    def _turn(outer: Tuple, target: Staged, match: Tuple, *, passes: bool) -> None:
        latest = cause_of(match)
        cause = latest if latest.recency > outer.recency else outer
        if passes:
            hand_on(outer, target, cause)
        else:
            take_back(outer, target, cause)
