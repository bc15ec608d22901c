"""Window memory: of the elements that satisfy a pattern with a sliding window, only the latest count.

An element is as old as its type's timestamp field says, or as long as it has been in. Windows of time are looked at when
an evaluation begins: nothing wakes a session because an element grew too old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.engine.network.alpha import Alpha, AlphaNetwork
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.expiry import moment_of
from infobip_rules.engine.rules.model import Window
from infobip_rules.engine.rules.moment import current_moment


class Windows:
    """The elements in each window of one session, the oldest first, with the moment that counts for each."""

    __slots__ = ("_inside", "_keys", "_windows")

    def __init__(self, alphas: AlphaNetwork) -> None:
        self._windows: Mapping[int, Window] = alphas.windows
        self._keys = {index: _key(alphas.alphas[index]) for index in alphas.windows}
        self._inside: dict[int, dict[Element, datetime]] = {index: {} for index in alphas.windows}

    def enter(self, element: Element, indexes: Iterable[int]) -> Iterator[tuple[int, Element]]:
        """Takes an element into the windows among some patterns; yields the elements that leave for it, with the pattern."""
        for index in indexes:
            if index in self._inside:
                self._inside[index].setdefault(element, moment_of(element))
                for old in self._take_outdated(index):
                    yield index, old

    def drop(self, element: Element, indexes: Iterable[int]) -> None:
        """Removes an element that was deleted, or does not satisfy these patterns any more."""
        for index in indexes:
            if index in self._inside:
                self._inside[index].pop(element, None)

    def outdated(self) -> list[tuple[int, Element]]:
        """Removes the elements that have grown too old; returns them, each with the pattern whose window it left."""
        return [(index, element) for index in self._inside for element in self._take_outdated(index)]

    def to_json(self) -> dict[str, list[list[Any]]]:
        """Returns what is in the windows, as JSON: numbers of elements with their moments, no signals without number."""
        return {
            self._keys[index]: [[element.id, moment.isoformat()] for element, moment in inside.items() if element.id]
            for index, inside in self._inside.items()
        }

    def restore(
        self, written: Mapping[str, Any], elements: Mapping[int, Element], memories: AlphaMemories
    ) -> Iterator[tuple[int, Element]]:
        """Puts back what was in the windows; a window that the session did not have yet takes in what is stored.

        Yields the stored elements that are in no window of their pattern. `elements` are those stored, by number.
        """
        for index, inside in self._inside.items():
            stored = list(memories.get(index, ()))
            if self._keys[index] in written:
                known = written[self._keys[index]]
                inside.update(
                    {elements[number]: datetime.fromisoformat(at) for number, at in known if number in elements}
                )
                yield from [(index, element) for element in stored if element not in inside]
            else:
                for element in stored:
                    yield from list(self.enter(element, [index]))

    def _take_outdated(self, index: int) -> list[Element]:
        window, inside = self._windows[index], self._inside[index]
        if window.kind == "length":
            outdated = list(inside)[: max(0, len(inside) - int(window.size))]
        else:
            oldest = current_moment() - timedelta(seconds=window.size)
            outdated = [element for element, moment in inside.items() if moment <= oldest]
        for element in outdated:
            del inside[element]
        return outdated


def _key(alpha: Alpha) -> str:
    pattern, window = alpha.pattern, alpha.pattern.window
    conditions = ", ".join(sorted(constraint.text for constraint in pattern.constraints))
    key = f"{pattern.type.__name__}({conditions}) {window.kind if window else ''}:{window.size if window else 0:g}"
    if alpha.owner is not None:  # a window of its own: what is in others of its like are other signals
        key += f" of {alpha.owner}"
    return key
