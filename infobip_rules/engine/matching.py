"""The networks of the rules that one evaluation touches, and how they learn what happens in working memory."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

from infobip_rules.engine.agenda import Agenda
from infobip_rules.engine.alpha import ALWAYS, AlphaNetwork, Branch, Holder
from infobip_rules.engine.elements import Element, Tuple
from infobip_rules.engine.model import Pattern
from infobip_rules.engine.network import BranchNetwork
from infobip_rules.engine.staging import INSERT, UPDATE, Change
from infobip_rules.engine.timetable import Timetable
from infobip_rules.engine.timing import Due
from infobip_rules.engine.truth import Match, Truth, named

#: What a match of a branch matched, as `truth.named` has it.
Named: TypeAlias = tuple[Hashable, ...]


class Matching:
    """Networks of rules, built when a change first touches them, from what is there.

    Elements that were stored before are replayed silently, for what they match has fired in its time.
    """

    __slots__ = ("_alphas", "_eager", "_memories", "_networks", "_rising", "_stream", "_timed", "_truth", "agenda")

    def __init__(self, alphas: AlphaNetwork) -> None:
        self._alphas = alphas
        self._memories: dict[int, dict[Element, None]] = {ALWAYS: {}}
        self._networks: dict[Branch, BranchNetwork] = {}
        self.agenda = Agenda(tied=alphas.tied)
        #: Networks that are evaluated after every firing and not only when they come up, as in Drools.
        self._eager: list[BranchNetwork] = []
        #: Networks of rules with timers.
        self._timed: list[BranchNetwork] = []
        self._truth: Truth | None = None
        #: Networks that the change at hand lets wait for their turn; None where no rule has several branches.
        self._rising: dict[BranchNetwork, None] | None = {} if alphas.tied else None
        #: Changes that are worked off one by one, as Drools does for events; None where no rule looks through a window.
        self._stream: list[tuple[BranchNetwork, Element, int, Change, Pattern]] | None = [] if alphas.windows else None

    def admit(self, network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        """Whether a match that came about (or, `again`, is looked at anew) may fire."""
        return not network.branch.choosy or self.agenda.admit(network, match, again=again)

    def ceases(self, match: Match) -> None:
        """A match is no more, and justifies nothing."""
        if self._truth is not None:
            self._truth.ceases(match)

    def _cease(self, match: Match) -> None:
        """Lets a match justify nothing: at once in a rule of one pattern, else when it is the rule's turn, as in Drools."""
        network = self._networks.get(match[0])
        if network is None or len(network.branch.terms) == 1:
            self.ceases(match)
        else:
            network.ceased = (*network.ceased, match)
            network.dirty = True
            self._schedule(network)

    def _run(self, network: BranchNetwork) -> None:
        if network.dirty:
            linked = self._linked(network.branch)
            if linked and network.sketched:
                network.sketch(self._memories)
            elif linked or network.linked:
                network.run()
            network.linked = linked
            if network.branch.choosy:
                self.agenda.put_in_order(network)

    def _linked(self, branch: Branch) -> bool:
        """Whether the branch could match at all. While it can't, changes stay staged, as in Drools."""
        memories = self._memories
        for index in branch.needs:
            if not memories.get(index):
                return False
        for index in branch.bars:  # noqa: SIM110 - a plain loop is the fastest here
            if memories.get(index):
                return False
        return True

    def _was_linked(self, branch: Branch) -> bool:
        """Whether the branch could match with what is stored; where not, the session has it waiting in the order it came."""

        def had(index: int) -> bool:
            return index == ALWAYS or any(one.settled for one in self._memories.get(index, ()))

        return all(map(had, branch.needs)) and not any(map(had, branch.bars))

    def _prepare(self, indexes: Iterable[int]) -> None:
        """Builds the networks that hold these patterns while the memory is still as it was."""
        for index in indexes:
            for branch, _, _ in self._reached(self._alphas.alphas[index].holders):
                network = self._networks.get(branch)
                if network is None:
                    self._build(branch, settled=True)
                elif network.sketched:
                    self._flesh_out(network, None)

    def _flesh_out(self, network: BranchNetwork, besides: Element | None) -> None:
        """Builds the memories that `sketch` did without, from what was there then: all but the element that just came."""
        network.sketched = False
        network.start()
        waiting = [match.elements for match in network.pending]
        listed = network.linked
        for place, pattern, index in network.branch.places:
            for element in self._memories.get(index, ()):
                if element is not besides:
                    network.stage(element, place, INSERT, pattern)
        if listed:
            network.pending.clear()
            network.run()
            left = set(waiting)
            network.pending = {match: None for match in network.pending if match.elements in left}

    def _tell(
        self, element: Element, changes: Sequence[tuple[int, Change]], changed: frozenset[str] | None = None
    ) -> None:
        unbuilt: dict[Branch, None] = {}
        alphas, networks = self._alphas.alphas, self._networks
        for index, change in changes:
            for branch, place, pattern in self._reached(alphas[index].holders):
                network = networks.get(branch)
                if network is None:
                    unbuilt[branch] = None
                elif change is UPDATE and changed is not None and not changed & pattern.listens:
                    network.reorder(element, place, pattern)
                else:
                    if network.sketched:
                        self._flesh_out(network, element)
                    self._stage(network, element, place, change, pattern)
        for branch in unbuilt:
            self._build(branch, settled=True)  # from what is there now, the element included
        if self._rising:
            self._rise()

    def _reached(self, holders: Mapping[int, list[Holder]]) -> list[Holder]:
        """The holders in branches that can match: those whose key memory has held something."""
        memories = self._memories
        if len(holders) <= len(memories):
            return [holder for key, some in holders.items() if key in memories for holder in some]
        return [holder for key in memories if key in holders for holder in holders[key]]

    def _build(
        self,
        branch: Branch,
        *,
        settled: bool,
        waiting: Collection[Named] = (),
        dues: Sequence[tuple[Named, Due]] = (),
    ) -> None:
        network = self._networks[branch] = BranchNetwork(branch)
        if branch.eager:
            self._eager.append(network)
        memories = self._memories
        # Without a settled element under its key the branch had no match before: everything counts as new.
        replayed = settled and (branch.key == ALWAYS or any([one.settled for one in memories[branch.key]]))  # noqa: C419 - a list is quicker here
        stream = self._stream
        if branch.plain and not replayed and stream is None:
            network.sketched = network.dirty = True
            self._schedule(network)
            return
        network.start()
        replayed_matches: list[Tuple] = []
        if replayed:
            for element, place, pattern in self._held(branch):
                if element.settled:
                    network.stage(element, place, INSERT, pattern)
                    if stream is not None:
                        network.run_at_once()
            network.linked = self._was_linked(branch)
            if network.linked:
                network.run()
            replayed_matches = network.forget()
        if branch.choosy:
            network.admission = self
        if branch.rule.timer is not None:
            network.timetable = Timetable(branch.rule.timer)
            self._timed.append(network)
        self._take_up(network, replayed_matches, waiting, dues)
        for element, place, pattern in self._held(branch):
            if not (replayed and element.settled):
                self._stage(network, element, place, INSERT, pattern)
        self._schedule(network)

    def _take_up(
        self,
        network: BranchNetwork,
        matches: Sequence[Tuple],
        waiting: Collection[Named],
        dues: Sequence[tuple[Named, Due]],
    ) -> None:
        """Lets those of the stored matches wait that did so when the session was saved."""
        by_name: dict[Named, list[Tuple]] = {}
        for match in matches:
            name = named(network.branch, match)[1]
            by_name.setdefault(name, []).append(match)
            if name in waiting:
                network.queue(match, again=False)
        for name, due in dues:  # equal values that were computed have one name
            found = by_name[name].pop(0) if by_name.get(name) else None
            if found is not None and network.timetable is not None:
                network.timetable.take_up(found, due)
            elif found is not None:  # the rule has lost its timer
                network.queue(found, again=False)

    def _held(self, branch: Branch) -> list[tuple[Element, int, Pattern]]:
        """What is in the memories of a branch: pattern by pattern, or in the order it came where the order tells."""
        memories = self._memories
        held = [
            (element, place, pattern) for place, pattern, index in branch.places for element in memories.get(index, ())
        ]
        if self._stream is not None:
            held.sort(key=lambda one: (one[0].stamp, one[0].id, one[1]))
        return held

    def _stage(self, network: BranchNetwork, element: Element, place: int, change: Change, pattern: Pattern) -> None:
        if self._stream is not None:
            self._stream.append((network, element, place, change, pattern))
            return
        network.stage(element, place, change, pattern)
        self._schedule(network)

    def _work_off(self) -> None:
        """Lets every change have its effect by itself, in the order they happened."""
        changes, self._stream = self._stream or (), []
        for network, element, place, change, pattern in changes:
            network.stage(element, place, change, pattern)
            network.run_at_once()
            if network.branch.choosy:
                self.agenda.put_in_order(network)
            self._schedule(network)
            if self._rising:
                self._rise()

    def _schedule(self, network: BranchNetwork) -> None:
        if network.queued:
            return
        if self._rising is None:
            self.agenda.add(network)
        else:
            self._rising[network] = None

    def _rise(self) -> None:
        """Lets branches that one change woke wait in the order they are written, those of them that can match.

        Among equals it matters since when they wait. What was built before, or has to be built now, must not.
        """
        rising, self._rising = self._rising or (), {}
        for network in sorted(rising, key=lambda one: one.branch.order):
            awake = network.dirty or network.pending
            if awake and not network.queued and (network.linked or self._linked(network.branch)):
                self.agenda.add(network)
