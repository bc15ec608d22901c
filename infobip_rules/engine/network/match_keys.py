"""Keys of matches: equal for the same match after its network, or the whole session, was built anew."""

from __future__ import annotations

from collections.abc import Hashable

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Derived, Element, Tuple

#: A match for as long as it lasts: its branch, and a part for each element.
MatchKey = tuple[Branch, tuple[Hashable, ...]]


def key_of(branch: Branch, match: Tuple) -> MatchKey:
    """Returns the key of a match."""
    return branch, tuple([part_of(element) for element in match.elements])


def part_of(element: Element) -> Hashable:
    """Returns what stands for an element in keys: a fact's number, the text of a computed value, a signal itself."""
    if isinstance(element, Derived):
        return element.key
    # A signal has no number, unless it is kept for a match that waits, and it may get that any time.
    return element.id if element.entry_point is None else element
