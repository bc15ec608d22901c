"""Elements of working memory, and tuples of those that were matched so far."""

from __future__ import annotations

from typing import Any


class Element:
    """A signal or fact in working memory; `value` is its present version."""

    __slots__ = ("alphas", "already_matched", "entry_point", "gone", "id", "origin", "recency", "value")

    def __init__(self, number: int, value: Any, entry_point: str | None, alphas: list[int]) -> None:
        self.id = number
        self.value = value
        self.entry_point = entry_point
        #: The patterns that it satisfies, seen alone, by their indexes in the alpha network.
        self.alphas = alphas
        #: Stored before this evaluation and not changed in it: what it matches has fired already.
        self.already_matched = False
        #: Deleted: what it matched counts no more.
        self.gone = False
        #: When it last changed, counted in changes of working memory, and by which rule.
        self.recency = 0
        self.origin: str | None = None


class Tuple:
    """Elements matched so far, in the order of the rule's patterns."""

    __slots__ = ("children", "elements", "origin", "recency")

    def __init__(self, elements: tuple[Element, ...], recency: int, origin: str | None) -> None:
        self.elements = elements
        self.recency = recency
        self.origin = origin
        #: What became of it at the next node: by element there, or under None behind a `not` or `exists`.
        self.children: dict[Element | None, Tuple] = {}


class Derived(Element):
    """A value that a rule computed (`from`, `accumulate`): matched like an element, but in no working memory."""

    __slots__ = ("key",)

    def __init__(self, value: Any, key: str) -> None:
        super().__init__(0, value, None, [])
        #: Tells it from other values that the same elements lead to.
        self.key = key
