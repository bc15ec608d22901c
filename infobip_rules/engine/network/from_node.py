"""The node of `from`: values that are computed of those matched before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.network.elements import Derived, Element, Tuple
from infobip_rules.engine.network.staging import Change, Staged, allowed, take_back, values_of
from infobip_rules.engine.rules.model import From, Pattern

#: Iterable in Python, but one value to a rule.
_SINGLE = (str, bytes, Mapping, BaseModel)


class Source:
    """Pairs the tuples so far with the values that a source has for them."""

    __slots__ = ("conditions", "source", "type")

    def __init__(self, term: From) -> None:
        self.source = term.source
        self.type = term.type
        self.conditions = (*term.constraints, *term.joins)

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Has no patterns: its values change with the tuples."""

    def run(self, source: Staged) -> Staged:
        """Asks the source about the tuples that are new or changed."""
        target = Staged()
        for one in source.deleted:
            take_back(one, target)
        for some in (source.updated, source.inserted):
            for one in reversed(some):
                self._renew(one, target)
        return target

    def _renew(self, one: Tuple, target: Staged) -> None:
        """A value that was there before is the same match, looked at again."""
        known, one.children = one.children, {}
        before = values_of(one.elements)
        for value in self._values(before):
            element = next((old for old in known if old is not None and _same(old.value, value)), None)
            if element is None:
                element = Derived(value, repr(value))
                child = Tuple((*one.elements, element), one.recency, one.origin)
                target.insert(child)
            else:
                child = known.pop(element)
                child.recency, child.origin = one.recency, one.origin
                target.update(child)
            one.children[element] = child
        for child in known.values():
            target.delete(child)

    def _values(self, before: tuple[Any, ...]) -> list[Any]:
        return [
            value
            for value in values_in(self.source(before))
            if value is not None and fits(value, self.type) and allowed(self.conditions, value, before)
        ]


def fits(value: object, kind: type | None) -> bool:
    """Whether a value counts where values of one type are asked for, None being any."""
    if kind is None:
        return True
    # A truth value is no number to a rule.
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def values_in(found: object) -> Iterable[Any]:
    """What a source gives: nothing for None, each entry of an iterable, all else as one value."""
    if found is None:
        return ()
    return found if isinstance(found, Iterable) and not isinstance(found, _SINGLE) else (found,)


def _same(one: object, other: object) -> bool:
    return one is other or (type(one) is type(other) and one == other)
