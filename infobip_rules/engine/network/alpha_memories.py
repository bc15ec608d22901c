"""Alpha memories: the elements that satisfy each pattern, seen alone."""

from __future__ import annotations

from collections.abc import Mapping

from infobip_rules.engine.network.alpha import ALWAYS, Branch, Holder
from infobip_rules.engine.network.elements import Element


class AlphaMemories(dict[int, dict[Element, None]]):
    """The elements of each pattern, in the order in which they came, by the pattern's index in the alpha network.

    A pattern has an entry here as soon as an element has satisfied it. A mapping itself: it is read at every change.
    """

    __slots__ = ()

    def __init__(self) -> None:
        self[ALWAYS] = {}  # of branches without any positive pattern

    def add_to_all(self, element: Element) -> None:
        """Adds an element to the memories of all patterns that it satisfies."""
        for index in element.alphas:
            if index in self:
                self[index][element] = None
            else:
                self[index] = {element: None}

    def remove(self, element: Element, index: int) -> None:
        """Removes an element from the memory of one pattern."""
        del self[index][element]

    def remove_from_all(self, element: Element) -> None:
        """Removes an element from the memories of all patterns that it satisfies."""
        for index in element.alphas:
            del self[index][element]

    def withdraw(self, element: Element, index: int) -> None:
        """Removes an element from the memory of a pattern that it still satisfies, but does not count for any more."""
        element.alphas = [alpha for alpha in element.alphas if alpha != index]  # elements of one type may share a list
        del self[index][element]

    def is_linked(self, branch: Branch) -> bool:
        """Returns whether a branch could match at all: while it can't, its changes stay staged, as in Drools."""
        for index in branch.needs:
            if not self.get(index):
                return False
        for index in branch.blockers:  # noqa: SIM110 - a plain loop is the fastest here
            if self.get(index):
                return False
        return True

    def was_linked(self, branch: Branch) -> bool:
        """Returns whether a branch could match with the stored elements alone.

        If it could not, the session has them waiting in the order in which they came.
        """
        return all(map(self.has_matched, branch.needs)) and not any(map(self.has_matched, branch.blockers))

    def has_matched(self, index: int) -> bool:
        """Returns whether a pattern has an element that was stored before and not changed since."""
        if index == ALWAYS:
            return True
        for element in self.get(index, ()):  # noqa: SIM110 - a plain loop is the fastest here
            if element.already_matched:
                return True
        return False

    def reached(self, holders: Mapping[int, list[Holder]]) -> list[Holder]:
        """Returns the holders in branches that can match: those whose key memory has held something."""
        found: list[Holder] = []
        if len(holders) <= len(self):
            for key, some in holders.items():
                if key in self:
                    found += some
        else:
            for key in self:
                if key in holders:
                    found += holders[key]
        return found

    def held(self, branch: Branch) -> list[tuple[int, Element]]:
        """Returns the elements of a branch's patterns, pattern by pattern, each with the pattern's number in the branch."""
        return [
            (number, element) for number, (_, _, index) in enumerate(branch.places) for element in self.get(index, ())
        ]
