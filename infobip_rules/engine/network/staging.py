"""Staged tuples and elements: what travels between the nodes of a branch's network, and what every node can do.

Changes are staged, and evaluated when the rule comes up on the agenda: a `not` that was blocked and freed in between was
never blocked. The order of matches is Drools': memories grow at their end, staged tuples are evaluated newest first.
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

    def insert(self, new: Tuple) -> None:
        """Stages a tuple that is new."""
        self.inserted[new] = None

    def update(self, changed: Tuple) -> None:
        """Stages a tuple whose elements changed, to be judged anew."""
        # The newest comes first, also when it was there before.
        if changed in self.inserted:
            del self.inserted[changed]
            self.inserted[changed] = None
        else:
            self.updated.pop(changed, None)
            self.updated[changed] = None

    def delete(self, gone: Tuple) -> None:
        """Stages the end of a tuple."""
        self.updated.pop(gone, None)
        if gone in self.inserted:
            del self.inserted[gone]
        else:
            self.deleted[gone] = None

    def reverse(self) -> None:
        """Reverses the order of what is staged (see `Branch.reversed_after`)."""
        self.inserted = dict.fromkeys(reversed(self.inserted))
        self.updated = dict.fromkeys(reversed(self.updated))


#: What a node is given if nothing is staged; nodes only read what they are given.
NOTHING = Staged()


class RightMemory:
    """The elements of a node, and those on their way into it."""

    __slots__ = ("deleted", "inserted", "memory", "updated")

    def __init__(self) -> None:
        self.memory: dict[Element, None] = {}
        self.inserted: dict[Element, None] = {}
        self.updated: dict[Element, None] = {}
        self.deleted: dict[Element, None] = {}

    def stage(self, element: Element, change: Change) -> None:
        """Stages what happened to an element, changes in one: what came and went again never was."""
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
        """Moves an element to the end that changed in fields which the pattern does not listen to, as Drools does at once."""
        if element in self.memory:
            del self.memory[element]
            self.memory[element] = None

    def apply(self) -> None:
        """Applies what is staged to the memory."""
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
    """What happened to an element, from a pattern's point of view."""

    __slots__ = ()


INSERT, UPDATE, DELETE = Change(), Change(), Change()
#: An update of fields that the pattern does not listen to.
REORDER = Change()


class Node(Protocol):
    """A step of a branch: it takes what the step before hands on, and hands on what becomes of it."""

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Stages what happened to an element of one of the node's patterns."""
        ...

    def run(self, source: Staged) -> Staged:
        """Evaluates what is staged, and what the step before hands on."""
        ...


def allowed(constraints: tuple[Constraint, ...], value: Any, before: tuple[Any, ...]) -> bool:
    """Returns whether `value` satisfies all of the constraints."""
    for constraint in constraints:  # noqa: SIM110 - a plain loop is the fastest here
        if not constraint.predicate(value, before):
            return False
    return True


def values_of(elements: tuple[Element, ...]) -> tuple[Any, ...]:
    """Returns the present versions of what was matched."""
    return tuple([element.value for element in elements])  # a list is quicker here


def newest(elements: tuple[Element, ...]) -> Element:
    """Returns the element that changed last."""
    return max(elements, key=lambda element: element.recency)


def cause_of(match: Tuple) -> Tuple | Element:
    """Returns what changed last of a match: itself, as it knows what brought it about, or an element that changed since."""
    candidates: tuple[Tuple | Element, ...] = (match, *match.elements)
    return max(candidates, key=lambda candidate: candidate.recency)


def hand_on(so_far: Tuple, target: Staged, cause: Tuple | Element, *, again: bool = True) -> None:
    """Hands a tuple on as it is; with `again` also if that was done before, to be judged anew."""
    if None not in so_far.children:
        child = so_far.children[None] = Tuple(so_far.elements, cause.recency, cause.origin)
        target.insert(child)
    elif again:
        child = so_far.children[None]
        child.recency, child.origin = cause.recency, cause.origin
        target.update(child)


def take_back(so_far: Tuple, target: Staged, cause: Tuple | Element | None = None) -> None:
    """Takes back all that became of a tuple, because of what changed last: itself, if nothing else is given."""
    reason = cause or so_far
    for child in so_far.children.values():
        if reason.recency > child.recency:
            child.recency, child.origin = reason.recency, reason.origin
        target.delete(child)
    so_far.children = {}
