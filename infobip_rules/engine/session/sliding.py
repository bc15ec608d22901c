"""Elements that stay in a window for a while: for rules that look through it, they are gone when they leave it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.staging import DELETE
from infobip_rules.engine.network.windows import Windows
from infobip_rules.engine.session.matching import Matching


class Sliding(Matching):
    """The elements of one evaluation, and which of them are in windows."""

    __slots__ = ("_elements", "_windows")

    def __init__(self, alphas: AlphaNetwork) -> None:
        super().__init__(alphas)
        self._elements: list[Element] = []
        self._windows = Windows(alphas) if alphas.windows else None

    def __iter__(self) -> Iterator[Element]:
        return iter([element for element in self._elements if not element.gone])

    def windows(self) -> dict[str, Any]:
        """What is in the windows (see `slide`)."""
        return {} if self._windows is None else self._windows.written()

    def slide(self, written: Mapping[str, Any] | None) -> None:
        """Takes back what was in the windows when the session was saved; into those that it did not have, what is stored."""
        windows = self._windows
        if windows is None:
            return
        there = {element.id: element for element in self}
        for index in self._alphas.windows:
            inside = windows.read(index, written or {}, there)
            stored = list(self._memories.get(index, ()))
            if inside is None:
                outside = [old for element in stored for old in windows.enter(index, element)]
            else:
                outside = [element for element in stored if element not in inside]
            for element in outside:
                self._forget(index, element)

    def pass_time(self) -> None:
        """Lets out of the windows what has grown too old."""
        for index, element in self._windows.outdated() if self._windows is not None else ():
            self.agenda.stamp += 1
            self._leave([index], element, self.agenda.stamp, None)

    def _slide(self, element: Element, indexes: Iterable[int]) -> None:
        if self._windows is not None:
            for index in [one for one in indexes if one in self._alphas.windows]:
                for old in self._windows.enter(index, element):
                    self._leave([index], old, element.stamp, element.origin)

    def _forget(self, index: int, element: Element) -> None:
        element.alphas = [one for one in element.alphas if one != index]  # elements of one type may share a list
        del self._memories[index][element]

    def _leave(self, indexes: Sequence[int], element: Element, stamp: int, origin: str | None) -> None:
        """Takes an element out of what some patterns see: for rules that look through those, it is gone."""
        self._prepare(indexes)
        element.stamp, element.origin = stamp, origin
        for index in indexes:
            self._forget(index, element)
        self._tell(element, [(index, DELETE) for index in indexes])

    def _drop_from_windows(self, element: Element, indexes: Iterable[int]) -> None:
        for index in indexes:
            if self._windows is not None and index in self._alphas.windows:
                self._windows.leave(index, element)
