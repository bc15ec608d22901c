"""The rules of an agenda group that may have matches, the next to look at first."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Protocol

from infobip_rules.engine.network.alpha import Order
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.heaps import Heap


class Queue(Protocol):
    """Networks by salience, then by declaration."""

    def push(self, network: BranchNetwork) -> None:
        """Puts in a network, at the place that its order asks for now."""
        ...

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; those that have nothing left are let go."""
        ...

    def __len__(self) -> int: ...

    def tidy(self) -> None:
        """Lets go of networks of which no match waits, where the order of the others hangs on it."""
        ...

    def networks(self) -> Iterable[BranchNetwork]:
        """All networks that wait for their turn, in their order."""
        ...


class Declared(list[tuple[Order, BranchNetwork]]):
    """Where no rule has several branches, every network has a place of its own. A list itself: it is made each time."""

    __slots__ = ()

    def push(self, network: BranchNetwork) -> None:
        """Puts in a network, at the place that its order asks for now."""
        heappush(self, (network.order, network))

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; those that have nothing left are let go."""
        while self:
            order, network = self[0]
            if network.queued and order == network.order:
                return network
            heappop(self)  # has nothing left, or another salience than it had
        return None

    def tidy(self) -> None:
        """Lets nothing go: a network's place does not depend on others."""

    def networks(self) -> list[BranchNetwork]:
        """All networks that wait for their turn, in their order."""
        return [network for _, network in sorted(self) if network.queued]


class Tied:
    """Where a rule has several branches (`or`): these are equals, and come in the order of Drools' heap.

    As if no other rule waited with them: which do depends on what a session has loaded, and rules must not see that.
    """

    __slots__ = ("_branches", "_rules")

    def __init__(self) -> None:
        #: Salience negated, and the place of the rule; its branches that wait.
        self._rules: list[tuple[int, int]] = []
        self._branches: dict[tuple[int, int], Heap[BranchNetwork]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def push(self, network: BranchNetwork) -> None:
        """Puts in a network, at the place that its order asks for now."""
        rule = network.order[:2]
        branches = self._branches.get(rule)
        if branches is None:
            branches = self._branches[rule] = Heap()
            heappush(self._rules, rule)
        branches.remove(network)
        branches.add(network, 0)

    def first(self) -> BranchNetwork | None:
        """The network whose turn it is; those that have nothing left are let go."""
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
        """All networks that wait for their turn: rule by rule, put in again in this order they make the same heaps."""
        return [
            one for rule in sorted(self._rules) for one in self._branches[rule] if one.queued and one.order[:2] == rule
        ]

    def tidy(self) -> None:
        """Lets go of networks of which no match waits: a session that is loaded does not know of them."""
        for rule, branches in self._branches.items():
            for one in list(branches):
                if one.order[:2] != rule:
                    branches.remove(one)
                elif all(any(element.gone for element in match.elements) for match in one.pending):
                    one.queued = False
                    branches.remove(one)
