"""Nodes that pair the tuples so far with elements, and those that only let some of them pass."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import Change, Right, Staged, allowed, hand_on, take_back, values_of
from infobip_rules.engine.rules.model import Pattern, Test


class Join:
    """Pairs the tuples so far with the elements of one pattern."""

    __slots__ = ("joins", "left", "right")

    def __init__(self, pattern: Pattern) -> None:
        self.joins = pattern.joins
        self.left: dict[Tuple, None] = {}
        self.right = Right()

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Notes what happened to an element of the pattern."""
        self.right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        """Pairs what changed on either side."""
        target, right, left = Staged(), self.right, self.left
        if not left and not source.inserted:
            right.settle()
            return target
        for one in source.deleted:
            left.pop(one, None)
            take_back(one, target)
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
        if self.joins and not allowed(self.joins, element.value, values_of(one.elements)):
            self._part(one, element, target)
            return
        newer = element if element.recency > one.recency else one
        child = one.children.get(element)
        if child is None:
            child = one.children[element] = Tuple((*one.elements, element), newer.recency, newer.origin)
            target.insert(child)
        else:
            child.recency, child.origin = newer.recency, newer.origin
            target.update(child)

    @staticmethod
    def _part(one: Tuple, element: Element, target: Staged) -> None:
        child = one.children.pop(element, None)
        if child is not None:
            target.delete(child)


class Filter:
    """Lets those tuples pass that satisfy a condition on what was matched before."""

    __slots__ = ("holds",)

    def __init__(self, term: Test) -> None:
        self.holds = term.constraint.predicate

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Has no patterns: nothing happens to it."""

    def run(self, source: Staged) -> Staged:
        """Judges the tuples that are new or changed."""
        target = Staged()
        for one in source.deleted:
            take_back(one, target)
        for some in (source.updated, source.inserted):
            for one in reversed(some):
                if self.holds(None, values_of(one.elements)):
                    hand_on(one, target, one)
                else:
                    take_back(one, target)
        return target
