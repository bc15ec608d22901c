"""The node of `from`: it pairs tuples with values that are computed of those matched before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.network.elements import Derived, Element, Tuple
from infobip_rules.engine.network.staging import Change, Staged, allowed, take_back, values_of
from infobip_rules.engine.rules.model import From, Pattern

#: Iterable in Python, but one value to a rule.
_SINGLE = (str, bytes, Mapping, BaseModel)


class FromNode:
    """Pairs the tuples so far with the values that a source gives for them."""

    __slots__ = ("conditions", "source", "type")

    def __init__(self, term: From) -> None:
        self.source = term.source
        self.type = term.type
        self.conditions = term.conditions

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Does nothing: the term has no patterns, and its values change with the tuples."""

    def run(self, source: Staged) -> Staged:
        """Asks the source for values of the tuples that are new or changed."""
        target = Staged()
        for so_far in source.deleted:
            take_back(so_far, target)
        for some in (source.updated, source.inserted):
            for so_far in reversed(some):
                self._renew(so_far, target)
        return target

    def _renew(self, so_far: Tuple, target: Staged) -> None:
        """Pairs a tuple anew: with a value that was there before it is the same match, which is updated."""
        known, so_far.children = so_far.children, {}
        before = values_of(so_far.elements)
        for value in self._values(before):
            element = next((old for old in known if old is not None and _same(old.value, value)), None)
            if element is None:
                element = Derived(value, repr(value))
                child = Tuple((*so_far.elements, element), so_far.recency, so_far.origin)
                target.insert(child)
            else:
                child = known.pop(element)
                child.recency, child.origin = so_far.recency, so_far.origin
                target.update(child)
            so_far.children[element] = child
        for child in known.values():
            target.delete(child)

    def _values(self, before: tuple[Any, ...]) -> list[Any]:
        return [
            value
            for value in values_in(self.source(before))
            if value is not None and fits(value, self.type) and allowed(self.conditions, value, before)
        ]


def fits(value: object, kind: type | None) -> bool:
    """Returns whether a value counts as one of a type, None being any."""
    if kind is None:
        return True
    # A truth value is no number to a rule.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def values_in(found: object) -> Iterable[Any]:
    """Returns what a source gives: nothing for None, each entry of an iterable, all else as a single value."""
    if found is None:
        return ()
    return found if isinstance(found, Iterable) and not isinstance(found, _SINGLE) else (found,)


def _same(value: object, other: object) -> bool:
    return value is other or (type(value) is type(other) and value == other)
