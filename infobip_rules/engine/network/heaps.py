"""A binary heap like Drools', in which the order among equals is the heap's: its users see that order.

No sorted list and not `heapq`: both give equals another order than Drools does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

_Item = TypeVar("_Item")


class Heap(Generic[_Item]):
    """Items by rank, the highest first."""

    __slots__ = ("_items", "_ranks")

    def __init__(self) -> None:
        self._items: list[_Item] = []
        self._ranks: dict[_Item, Any] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_Item]:
        """Iterates over the items as the heap holds them: added in this order, they make the same heap."""
        return iter(self._items)

    @property
    def first(self) -> _Item:
        """The item that comes first."""
        return self._items[0]

    @property
    def highest(self) -> Any:
        """The rank of the item that comes first."""
        return self._ranks[self._items[0]]

    def of(self, item: _Item) -> Any:
        """Returns the rank that an item was added with."""
        return self._ranks[item]

    def add(self, item: _Item, rank: Any) -> None:
        """Adds an item."""
        self._ranks[item] = rank
        self._items.append(item)
        self._up(len(self._items) - 1)

    def remove(self, item: _Item) -> None:
        """Removes an item; the last item takes its place, and then the place that its rank asks for."""
        if item not in self._ranks:
            return
        place, last = self._items.index(item), self._items.pop()
        if last is not item:
            self._items[place] = last
            if place > 0 and self._outranks(last, self._items[_parent(place)]):
                self._up(place)
            else:
                self._down(place)
        del self._ranks[item]

    def _outranks(self, item: _Item, other: _Item) -> bool:
        return bool(self._ranks[item] > self._ranks[other])

    def _up(self, place: int) -> None:
        items = self._items
        item = items[place]
        while place > 0 and self._outranks(item, items[_parent(place)]):
            items[place] = items[_parent(place)]
            place = _parent(place)
        items[place] = item

    def _down(self, place: int) -> None:
        items = self._items
        item = items[place]
        while (child := 2 * place + 1) < len(items):
            if child + 1 < len(items) and self._outranks(items[child + 1], items[child]):
                child += 1
            if not self._outranks(items[child], item):
                break
            items[place] = items[child]
            place = child
        items[place] = item


def _parent(place: int) -> int:
    return (place - 1) // 2
