"""The subnetwork of a `not`, `exists` or `accumulate`: the chain of nodes for the terms inside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import Change, Node, Staged
from infobip_rules.engine.rules.model import Pattern


class Subnetwork:
    """Matches the terms inside, for each tuple of the outer chain."""

    __slots__ = ("_holders", "_nodes", "_outer", "_peers", "_width")

    def __init__(self, nodes: Sequence[Node], holders: Mapping[int, Sequence[Node]]) -> None:
        self._nodes = nodes
        #: The nodes that hold a pattern, by its identity.
        self._holders = holders
        #: For each outer tuple the tuple that stands for it inside.
        self._peers: dict[Tuple, Tuple] = {}
        #: The outer tuple of these elements.
        self._outer: dict[tuple[Element, ...], Tuple] = {}
        #: The number of elements of an outer tuple.
        self._width = 0

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Stages what happened to an element in the nodes that hold the pattern."""
        for node in self._holders[id(pattern)]:
            node.stage(element, change, pattern)

    def run(self, source: Staged) -> Staged:
        """Returns the matches inside that came, changed or went; those of outer tuples that went included."""
        staged = self._of_peers(source)
        for node in self._nodes:
            staged = node.run(staged)
        return staged

    def outer(self, match: Tuple) -> Tuple | None:
        """Returns the outer tuple that a match inside belongs to; None if it is gone."""
        return self._outer.get(match.elements[: self._width])

    def _of_peers(self, source: Staged) -> Staged:
        staged = Staged()
        for outer in source.deleted:
            peer = self._peers.pop(outer, None)
            if peer is not None:
                del self._outer[outer.elements]
                staged.delete(peer)
        for outer in source.updated:
            peer = self._peers[outer]
            peer.recency, peer.origin = outer.recency, outer.origin
            staged.update(peer)
        for outer in source.inserted:
            peer = self._peers[outer] = Tuple(outer.elements, outer.recency, outer.origin)
            self._outer[outer.elements] = outer
            self._width = len(outer.elements)
            staged.insert(peer)
        return staged
