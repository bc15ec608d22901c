"""The elements of a working memory: in the order in which they came, and by the value that they have or had."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from infobip_rules.engine.network.elements import Element


class ElementStore:
    """Facts and signals that are, or were, in working memory."""

    __slots__ = ("_by_identity", "_elements", "_versions")

    def __init__(self) -> None:
        self._elements: list[Element] = []
        self._by_identity: dict[int, Element] = {}
        self._versions: list[BaseModel] = []  # keeps superseded versions alive, so that their identity stays theirs

    def __iter__(self) -> Iterator[Element]:
        """Iterates over the elements that are there, in the order in which they came."""
        return iter([element for element in self._elements if not element.gone])

    def add(self, element: Element) -> None:
        """Adds an element; if another one has had the same value, it is found by the value from now on."""
        self._elements.append(element)
        self._by_identity[id(element.value)] = element

    def find(self, value: object) -> Element | None:
        """Returns the element that `value` is, or was, the value of; it may be gone meanwhile."""
        return self._by_identity.get(id(value))

    def replace(self, element: Element, value: BaseModel) -> None:
        """Gives an element a new version; it is found by the earlier ones, too."""
        self._versions.append(element.value)
        element.value = value
        self._by_identity[id(value)] = element

    def equal(self, value: BaseModel) -> Element | None:
        """Returns the first element that is there with an equal value."""
        return next(
            (element for element in self if type(element.value) is type(value) and element.value == value), None
        )

    def by_number(self) -> dict[int, Element]:
        """Returns the elements that are there, by number; of signals without number, which is 0, the last."""
        return {element.id: element for element in self}
