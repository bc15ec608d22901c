"""The matches of a rule whose salience is computed, in the order in which Drools takes them.

A binary heap and no sorted list: among matches of one salience the order is the heap's, and Drools' users see it.
"""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.engine.elements import Tuple


class SalienceHeap:
    """Matches by salience, the highest first."""

    __slots__ = ("_matches", "_saliences")

    def __init__(self) -> None:
        self._matches: list[Tuple] = []
        self._saliences: dict[Tuple, int] = {}

    def __iter__(self) -> Iterator[Tuple]:
        """The matches as the heap holds them: put in again in this order, they make the same heap."""
        return iter(self._matches)

    @property
    def highest(self) -> int:
        """The salience of the match that comes first; 0 where there is none."""
        return self._saliences[self._matches[0]] if self._matches else 0

    @property
    def first(self) -> Tuple:
        """The match that comes first."""
        return self._matches[0]

    def of(self, match: Tuple) -> int:
        """The salience that a match has waited with: what it was when it came about, as in Drools."""
        return self._saliences[match]

    def add(self, match: Tuple, salience: int) -> None:
        """Puts in a match."""
        self._saliences[match] = salience
        self._matches.append(match)
        self._up(len(self._matches) - 1)

    def remove(self, match: Tuple) -> None:
        """Takes out a match; the last one takes its place, and then the place that its salience asks for."""
        if match not in self._saliences:
            return
        place, last = self._matches.index(match), self._matches.pop()
        if last is not match:
            self._matches[place] = last
            if place > 0 and self._outranks(last, self._matches[_parent(place)]):
                self._up(place)
            else:
                self._down(place)
        del self._saliences[match]

    def _outranks(self, one: Tuple, other: Tuple) -> bool:
        return self._saliences[one] > self._saliences[other]

    def _up(self, place: int) -> None:
        matches = self._matches
        match = matches[place]
        while place > 0 and self._outranks(match, matches[_parent(place)]):
            matches[place] = matches[_parent(place)]
            place = _parent(place)
        matches[place] = match

    def _down(self, place: int) -> None:
        matches = self._matches
        match = matches[place]
        while (child := 2 * place + 1) < len(matches):
            if child + 1 < len(matches) and self._outranks(matches[child + 1], matches[child]):
                child += 1
            if not self._outranks(matches[child], match):
                break
            matches[place] = matches[child]
            place = child
        matches[place] = match


def _parent(place: int) -> int:
    return (place - 1) // 2
