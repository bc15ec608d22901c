"""Nodes of patterns, which pair the tuples so far with elements, and of `eval`, which pass some of the tuples on."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import Change, RightMemory, Staged, allowed, hand_on, take_back, values_of
from infobip_rules.engine.rules.model import Pattern, Test


class Join:
    """Pairs the tuples so far with the elements of a pattern."""

    __slots__ = ("joins", "left", "right")

    def __init__(self, pattern: Pattern) -> None:
        self.joins = pattern.joins
        self.left: dict[Tuple, None] = {}
        self.right = RightMemory()

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Stages what happened to an element of the pattern."""
        self.right.stage(element, change)

    def run(self, source: Staged) -> Staged:
        """Pairs what changed on either side."""
        target, right, left = Staged(), self.right, self.left
        if not left and not source.inserted:
            right.apply()
            return target
        for so_far in source.deleted:
            left.pop(so_far, None)
            take_back(so_far, target)
        for element in right.deleted:
            for so_far in left:
                self._separate(so_far, element, target)
        inserted, updated = right.inserted, right.updated
        right.inserted = {}
        right.apply()
        for so_far in reversed(source.updated):
            if so_far in left:
                del left[so_far]
                left[so_far] = None
        for element in reversed(updated):
            for so_far in left:
                self._pair(so_far, element, target)
        for so_far in reversed(source.updated):
            for element in right.memory:
                self._pair(so_far, element, target)
        for element in reversed(inserted):
            right.memory[element] = None
            for so_far in left:
                self._pair(so_far, element, target)
        for so_far in reversed(source.inserted):
            left[so_far] = None
            for element in right.memory:
                self._pair(so_far, element, target)
        return target

    def _pair(self, so_far: Tuple, element: Element, target: Staged) -> None:
        if self.joins and not allowed(self.joins, element.value, values_of(so_far.elements)):
            self._separate(so_far, element, target)
            return
        newer = element if element.recency > so_far.recency else so_far
        child = so_far.children.get(element)
        if child is None:
            child = so_far.children[element] = Tuple((*so_far.elements, element), newer.recency, newer.origin)
            target.insert(child)
        else:
            child.recency, child.origin = newer.recency, newer.origin
            target.update(child)

    @staticmethod
    def _separate(so_far: Tuple, element: Element, target: Staged) -> None:
        child = so_far.children.pop(element, None)
        if child is not None:
            target.delete(child)


class Filter:
    """Passes on those tuples that satisfy a condition on what was matched before."""

    __slots__ = ("holds",)

    def __init__(self, term: Test) -> None:
        self.holds = term.constraint.predicate

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Does nothing: the term has no patterns."""

    def run(self, source: Staged) -> Staged:
        """Judges the tuples that are new or changed."""
        target = Staged()
        for so_far in source.deleted:
            take_back(so_far, target)
        for some in (source.updated, source.inserted):
            for so_far in reversed(some):
                if self.holds(None, values_of(so_far.elements)):
                    hand_on(so_far, target, so_far)
                else:
                    take_back(so_far, target)
        return target
