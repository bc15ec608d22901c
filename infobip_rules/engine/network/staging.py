"""How changes travel through the network of a branch: what is staged between nodes, and what every node can do.

Changes are staged and worked off when the rule comes up on the agenda: a `not` that was blocked and freed in between was
never blocked. The order of matches is Drools': memories grow at their end, staged tuples are worked off newest first.
Deletes go first, then updates, then inserts, those from the right before those from the left.
"""

from __future__ import annotations

from typing import Any, Protocol

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.rules.model import Constraint, Pattern


class Staged:
    """Tuples on their way from one node to the next."""

    __slots__ = ("deleted", "inserted", "updated")

    def __init__(self) -> None:
        self.inserted: dict[Tuple, None] = {}
        self.updated: dict[Tuple, None] = {}
        self.deleted: dict[Tuple, None] = {}

    def insert(self, one: Tuple) -> None:
        """A tuple that is new."""
        self.inserted[one] = None

    def update(self, one: Tuple) -> None:
        """A tuple whose elements changed, and that is to be looked at again."""
        # The newest comes first, also when it was there before.
        if one in self.inserted:
            del self.inserted[one]
            self.inserted[one] = None
        else:
            self.updated.pop(one, None)
            self.updated[one] = None

    def delete(self, one: Tuple) -> None:
        """A tuple that is no more."""
        self.updated.pop(one, None)
        if one in self.inserted:
            del self.inserted[one]
        else:
            self.deleted[one] = None

    def reverse(self) -> None:
        """Hands on in opposite order (see `Branch.reversed_after`)."""
        self.inserted = dict.fromkeys(reversed(self.inserted))
        self.updated = dict.fromkeys(reversed(self.updated))


#: What a node is given where nothing is staged; nodes only read what they are given.
NOTHING = Staged()


class Right:
    """Elements on their way into one node, and those it holds."""

    __slots__ = ("deleted", "inserted", "memory", "updated")

    def __init__(self) -> None:
        self.memory: dict[Element, None] = {}
        self.inserted: dict[Element, None] = {}
        self.updated: dict[Element, None] = {}
        self.deleted: dict[Element, None] = {}

    def stage(self, element: Element, change: Change) -> None:
        """Notes what happened to an element, in one word: what came and went again never was."""
        if change is INSERT:
            self.inserted[element] = None
        elif change is REORDER:
            self.reorder(element)
        elif change is UPDATE:
            if element not in self.inserted:
                self.updated.setdefault(element)
        elif element in self.inserted:
            del self.inserted[element]
        else:
            self.updated.pop(element, None)
            self.deleted[element] = None

    def reorder(self, element: Element) -> None:
        """Moves an element that changed where nobody listens to the end, as Drools does at once."""
        if element in self.memory:
            del self.memory[element]
            self.memory[element] = None

    def settle(self) -> None:
        """Takes staged elements into memory, without telling what changed."""
        for element in self.deleted:
            self.memory.pop(element, None)
        for element in reversed(self.updated):
            self.memory.pop(element, None)
            self.memory[element] = None
        for element in reversed(self.inserted):
            self.memory[element] = None
        self.inserted, self.updated, self.deleted = {}, {}, {}

    @property
    def changed(self) -> bool:
        """Whether anything is staged."""
        return bool(self.inserted or self.updated or self.deleted)


class Change:
    """What happened to an element, from one pattern's point of view."""

    __slots__ = ()


INSERT, UPDATE, DELETE = Change(), Change(), Change()
#: An update of fields that the pattern does not listen to.
REORDER = Change()


class Node(Protocol):
    """One step of a branch: takes what the step before hands on, and hands on what becomes of it."""

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Notes what happened to an element of one of the node's patterns."""
        ...

    def run(self, source: Staged) -> Staged:
        """Works off what was noted, and what the step before hands on."""
        ...


def allowed(constraints: tuple[Constraint, ...], value: Any, before: tuple[Any, ...]) -> bool:
    """Whether `value` satisfies all of the constraints."""
    for constraint in constraints:  # noqa: SIM110 - a plain loop is the fastest here
        if not constraint.predicate(value, before):
            return False
    return True


def values_of(elements: tuple[Element, ...]) -> tuple[Any, ...]:
    """The present versions of what was matched."""
    return tuple([element.value for element in elements])  # a list is quicker here


def newest(elements: tuple[Element, ...]) -> Element:
    """The element that changed last."""
    return max(elements, key=lambda element: element.recency)


def cause_of(match: Tuple) -> Tuple | Element:
    """What changed last of a match: itself, for it knows what brought it about, or an element that changed since."""
    candidates: tuple[Tuple | Element, ...] = (match, *match.elements)
    return max(candidates, key=lambda one: one.recency)


def hand_on(one: Tuple, target: Staged, cause: Tuple | Element, *, again: bool = True) -> None:
    """Lets a tuple pass as it is; with `again` also one that has passed already is looked at anew."""
    if None not in one.children:
        child = one.children[None] = Tuple(one.elements, cause.recency, cause.origin)
        target.insert(child)
    elif again:
        child = one.children[None]
        child.recency, child.origin = cause.recency, cause.origin
        target.update(child)


def take_back(one: Tuple, target: Staged, cause: Tuple | Element | None = None) -> None:
    """Takes back all that became of a tuple, because of what changed last: itself, if nothing else is said."""
    reason = cause or one
    for child in one.children.values():
        if reason.recency > child.recency:
            child.recency, child.origin = reason.recency, reason.origin
        target.delete(child)
    one.children = {}
