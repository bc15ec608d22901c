"""What stands inside a `not`, `exists` or `accumulate`: a chain of nodes of its own, fed with the tuples so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import Change, Node, Staged
from infobip_rules.engine.rules.model import Pattern


class Inner:
    """Matches the terms inside, once for each tuple of the outer chain."""

    __slots__ = ("_holders", "_nodes", "_outer", "_peers", "_width")

    def __init__(self, nodes: Sequence[Node], holders: Mapping[int, Sequence[Node]]) -> None:
        self._nodes = nodes
        #: The nodes that hold a pattern, by its identity.
        self._holders = holders
        #: Outer tuples, each with the one that stands for it inside; and the way back.
        self._peers: dict[Tuple, Tuple] = {}
        self._outer: dict[tuple[Element, ...], Tuple] = {}
        #: How many elements an outer tuple has.
        self._width = 0

    def stage(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Tells the nodes that hold the pattern."""
        for node in self._holders[id(pattern)]:
            node.stage(element, change, pattern)

    def run(self, source: Staged) -> Staged:
        """The matches inside that came, changed or went; those of outer tuples that went included."""
        staged = self._of_peers(source)
        for node in self._nodes:
            staged = node.run(staged)
        return staged

    def outer(self, match: Tuple) -> Tuple | None:
        """The outer tuple that a match inside belongs to; None where it is gone."""
        return self._outer.get(match.elements[: self._width])

    def _of_peers(self, source: Staged) -> Staged:
        staged = Staged()
        for one in source.deleted:
            peer = self._peers.pop(one, None)
            if peer is not None:
                del self._outer[one.elements]
                staged.delete(peer)
        for one in source.updated:
            peer = self._peers[one]
            peer.recency, peer.origin = one.recency, one.origin
            staged.update(peer)
        for one in source.inserted:
            peer = self._peers[one] = Tuple(one.elements, one.recency, one.origin)
            self._outer[one.elements] = one
            self._width = len(one.elements)
            staged.insert(peer)
        return staged
