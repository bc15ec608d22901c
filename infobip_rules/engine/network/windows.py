"""Sliding windows: of the elements that satisfy a pattern, only the latest count.

An element is as old as its type's timestamp field says, or as long as it has been in. Windows of time are looked at when
an evaluation begins: nothing wakes a session because an element grew too old.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.engine.network.alpha import Alpha, AlphaNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.expiry import moment_of
from infobip_rules.engine.rules.model import Window
from infobip_rules.engine.rules.moment import current_moment


class Windows:
    """What is in each window of one session, the oldest first, with the moment that counts for it."""

    __slots__ = ("_inside", "_keys", "_patterns")

    def __init__(self, alphas: AlphaNetwork) -> None:
        self._patterns: Mapping[int, Window] = alphas.windows
        self._keys = {index: _key(alphas.alphas[index]) for index in alphas.windows}
        self._inside: dict[int, dict[Element, datetime]] = {index: {} for index in alphas.windows}

    def enter(self, index: int, element: Element) -> list[Element]:
        """Takes an element in; those that have to leave for it."""
        inside = self._inside[index]
        inside.setdefault(element, moment_of(element))
        return self._outdated(index)

    def leave(self, index: int, element: Element) -> None:
        """Lets go of an element that was deleted or satisfies the pattern no more."""
        self._inside[index].pop(element, None)

    def outdated(self) -> list[tuple[int, Element]]:
        """The elements that have grown too old, each with the pattern it has to leave."""
        return [(index, element) for index in self._inside for element in self._outdated(index)]

    def _outdated(self, index: int) -> list[Element]:
        window, inside = self._patterns[index], self._inside[index]
        if window.kind == "length":
            out = list(inside)[: max(0, len(inside) - int(window.size))]
        else:
            oldest = current_moment() - timedelta(seconds=window.size)
            out = [element for element, moment in inside.items() if moment <= oldest]
        for element in out:
            del inside[element]
        return out

    def written(self) -> dict[str, list[list[Any]]]:
        """What is in the windows, as JSON: numbers of elements with their moments; signals that nothing waits with have none."""
        return {
            self._keys[index]: [[element.id, moment.isoformat()] for element, moment in inside.items() if element.id]
            for index, inside in self._inside.items()
        }

    def read(self, index: int, written: Mapping[str, Any], there: Mapping[int, Element]) -> list[Element] | None:
        """Takes back what was in a window; None for one that the session has not seen yet."""
        if self._keys[index] not in written:
            return None
        for number, moment in written[self._keys[index]]:
            if number in there:
                self._inside[index][there[number]] = datetime.fromisoformat(moment)
        return list(self._inside[index])


def _key(alpha: Alpha) -> str:
    pattern, window = alpha.pattern, alpha.pattern.window
    conditions = ", ".join(sorted(one.text for one in pattern.constraints))
    key = f"{pattern.type.__name__}({conditions}) {window.kind if window else ''}:{window.size if window else 0:g}"
    if alpha.owner is not None:  # a window of its own: what is in others of its like are other signals
        key += f" of {alpha.owner}"
    return key
