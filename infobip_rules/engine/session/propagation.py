"""Propagation: how the networks of the rules learn what happens to elements of working memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from infobip_rules.engine.network.alpha import AlphaNetwork, Branch, Holder
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.match_keys import MatchKey
from infobip_rules.engine.network.staging import DELETE, UPDATE, Change
from infobip_rules.engine.rules.model import ANY_FIELD
from infobip_rules.engine.session.network_builder import NetworkBuilder
from infobip_rules.engine.session.scheduler import Scheduler

#: What a change of some field is besides, to patterns that listen to any.
_ANY = frozenset({ANY_FIELD})


class Propagation:
    """Stages changes of elements in the networks that they reach, which are built on the way."""

    __slots__ = ("_alphas", "_builder", "_memories", "_networks", "_scheduler")

    def __init__(
        self,
        alphas: AlphaNetwork,
        memories: AlphaMemories,
        networks: dict[Branch, BranchNetwork],
        builder: NetworkBuilder,
        scheduler: Scheduler,
    ) -> None:
        self._alphas = alphas
        self._memories = memories
        self._networks = networks
        self._builder = builder
        self._scheduler = scheduler

    def prepare(self, indexes: Iterable[int]) -> None:
        """Builds the networks that hold these patterns, while the alpha memories are still as they were."""
        for index in indexes:
            for branch, _, _ in self._memories.reached(self._alphas.alphas[index].holders):
                network = self._networks.get(branch)
                if network is None:
                    self._builder.build(branch, already_matched=True)  # nothing to evaluate yet
                elif network.memories_deferred:
                    self._builder.build_memories(network)

    def propagate(
        self, element: Element, changes: Sequence[tuple[int, Change]], fields: frozenset[str] | None = None
    ) -> None:
        """Propagates what happened to an element from the point of view of each pattern.

        Networks note nothing but the order of an update if their pattern listens to none of the `fields`. If `fields` is None,
        all are matched anew.
        """
        heard = fields | _ANY if fields else fields
        alphas, networks, memories = self._alphas, self._networks, self._memories
        built: set[Branch] = set()
        reached = []
        for index, change in changes:
            for holder in memories.reached(alphas.alphas[index].holders):
                reached.append((holder, change))
        if alphas.ordered:
            reached.sort(key=_declaration)
        for (branch, place, pattern), change in reached:
            network = networks.get(branch)
            if network is None:
                # From what is there now, the element included.
                self._scheduler.schedule(self._builder.build(branch, already_matched=True))
                built.add(branch)
            elif branch in built:
                continue
            elif change is UPDATE and heard is not None and not heard & pattern.listens:
                network.reorder(element, place, pattern)
            else:
                if network.memories_deferred:
                    self._builder.build_memories(network, but=element)
                self._scheduler.stage(network, element, place, change, pattern)
        if alphas.has_or_branches:
            self._scheduler.schedule_waiting()

    def watched(self, element: Element) -> Sequence[int]:
        """Returns the patterns of an element whose networks have to learn of its end, and prepares these."""
        if not self._alphas.has_watchers:
            return ()
        watched = [index for index in element.alphas if self._alphas.alphas[index].watchers]
        self.prepare(watched)
        return watched

    def propagate_end(self, element: Element, watched: Sequence[int]) -> None:
        """Propagates that an element is no more, to the networks that have it in `watched` patterns."""
        alphas = self._alphas.alphas
        reached = [(holder, DELETE) for index in watched for holder in self._memories.reached(alphas[index].watchers)]
        if self._alphas.ordered:
            reached.sort(key=_declaration)
        for (branch, place, pattern), change in reached:
            self._scheduler.stage(self._networks[branch], element, place, change, pattern)
        if self._alphas.has_or_branches:
            self._scheduler.schedule_waiting()

    def propagate_end_of_match(self, network: BranchNetwork, match: MatchKey, origin: str | None) -> None:
        """Propagates that a justifying match is no more: noticed when it is the rule's turn, as in Drools."""
        if network.memories_deferred:
            self._builder.build_memories(network)
        network.end(match, origin)
        self._scheduler.schedule(network)

    def listening(self, indexes: Iterable[int], fields: frozenset[str] | None) -> list[int]:
        """Returns those of some patterns that listen to one of the fields somewhere; to None all do."""
        heard = fields | _ANY if fields else fields
        return [index for index in indexes if heard is None or self._alphas.alphas[index].listens_to_any(heard)]


def _declaration(reached: tuple[Holder, Change]) -> tuple[int, int]:
    """Returns where the rule stands that a change reaches, and the branch in it: in Drools they learn it in this order."""
    _, rule, branch = reached[0][0].order
    return rule, branch
