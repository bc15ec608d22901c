"""Queues of the networks of an agenda group that may have matches, by salience and declaration."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Protocol

from infobip_rules.engine.network.alpha import Order
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.heaps import Heap


class Queue(Protocol):
    """Networks in the order of their turns: by salience, then by declaration."""

    def push(self, network: BranchNetwork) -> None:
        """Adds a network at the place that its order asks for now."""
        ...

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; networks before it without waiting matches are removed."""
        ...

    def __len__(self) -> int: ...

    def tidy(self) -> None:
        """Removes networks without waiting matches, if the order of the others depends on them."""
        ...

    def networks(self) -> Iterable[BranchNetwork]:
        """All networks that wait for their turn, in their order."""
        ...


class DeclarationQueue(list[tuple[Order, BranchNetwork]]):
    """The queue of rules with a branch each: every network has a place of its own. A list itself, as it is made often."""

    __slots__ = ()

    def push(self, network: BranchNetwork) -> None:
        """Adds a network at the place that its order asks for now."""
        heappush(self, (network.order, network))

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; networks before it without waiting matches are removed."""
        while self:
            order, network = self[0]
            if network.queued and order == network.order:
                return network
            heappop(self)  # has no match left, or another salience than it had
        return None

    def tidy(self) -> None:
        """Removes nothing: a network's place does not depend on others."""

    def networks(self) -> list[BranchNetwork]:
        """All networks that wait for their turn, in their order."""
        return [network for order, network in sorted(self) if network.queued and order == network.order]


class BranchQueue:
    """The queue of rules with several branches (`or`): branches of a rule are equals, in the order of Drools' heap.

    Each rule has a heap of its own, as if no other rule waited: which rules do depends on what a session has loaded, and
    that must not change the order.
    """

    __slots__ = ("_branches", "_rules")

    def __init__(self) -> None:
        #: Salience negated, and the place of the rule; its branches that wait.
        self._rules: list[tuple[int, int]] = []
        self._branches: dict[tuple[int, int], Heap[BranchNetwork]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def push(self, network: BranchNetwork) -> None:
        """Adds a network at the place that its order asks for now."""
        rule = network.order[:2]
        branches = self._branches.get(rule)
        if branches is None:
            branches = self._branches[rule] = Heap()
            heappush(self._rules, rule)
        branches.remove(network)
        branches.add(network, 0)

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; networks before it without waiting matches are removed."""
        while self._rules:
            rule = self._rules[0]
            branches = self._branches[rule]
            while branches:
                if branches.first.queued and branches.first.order[:2] == rule:
                    return branches.first
                branches.remove(branches.first)
            del self._branches[rule]
            heappop(self._rules)
        return None

    def networks(self) -> list[BranchNetwork]:
        """All networks that wait for their turn, rule by rule: added again in this order, they make the same heaps."""
        return [
            network
            for rule in sorted(self._rules)
            for network in self._branches[rule]
            if network.queued and network.order[:2] == rule
        ]

    def tidy(self) -> None:
        """Removes networks without waiting matches: a session that is loaded has none of them."""
        for rule, branches in self._branches.items():
            for network in list(branches):
                if network.order[:2] != rule:
                    branches.remove(network)
                elif all(any(element.gone for element in match.elements) for match in network.pending):
                    network.queued = False
                    branches.remove(network)
