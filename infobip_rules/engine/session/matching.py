"""The networks of the rules that one evaluation touches, and how they learn what happens in working memory."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import ALWAYS, AlphaNetwork, Branch, Holder
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Change
from infobip_rules.engine.network.timetable import Timetable
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.network.truth_maintenance import Match, Truth, named
from infobip_rules.engine.rules.model import Pattern

_Said = TypeVar("_Said")


class Waiting(NamedTuple):
    """A match that waits to fire."""

    match: Match
    #: Whether it may fire although another of its activation group does.
    free: bool = False
    #: The salience that it has, where the rule computes it.
    salience: int | None = None


class Before(NamedTuple):
    """How a branch that was evaluated stood when the session was loaded."""

    #: Whether it could match.
    linked: bool
    #: What came since it was evaluated last: place among its patterns, number of the fact.
    fresh: frozenset[tuple[int, int]] = frozenset()
    #: What went since: place among its patterns, and an element that stands for it.
    parted: tuple[tuple[int, Element], ...] = ()


class Matching:
    """Networks of rules, built when a change first touches them, from what is there.

    Elements that were stored before are replayed silently, for what they match has fired in its time.
    """

    __slots__ = (
        *("_alphas", "_before", "_eager", "_memories", "_networks", "_rising", "_stream", "_timed", "_truth"),
        "agenda",
    )

    def __init__(self, alphas: AlphaNetwork) -> None:
        self._alphas = alphas
        self._memories: dict[int, dict[Element, None]] = {ALWAYS: {}}
        self._networks: dict[Branch, BranchNetwork] = {}
        self.agenda = Agenda(has_or_branches=alphas.tied)
        #: Networks that are evaluated after the firing and not only when they come up, as in Drools: in the order of changes.
        self._eager: dict[BranchNetwork, None] = {}
        #: Networks of rules with timers, in the order of declaration whenever they were built.
        self._timed: list[BranchNetwork] = []
        self._truth: Truth | None = None
        #: Of the branches for which it counts: those that were evaluated before this evaluation.
        self._before: dict[Branch, Before] = {}
        #: Networks that the change at hand lets wait for their turn; None where no rule has several branches.
        self._rising: dict[BranchNetwork, None] | None = {} if alphas.tied else None
        #: Changes that are worked off one by one, as Drools does for events; None where no rule looks through a window.
        self._stream: list[tuple[BranchNetwork, Element, int, Change, Pattern]] | None = [] if alphas.windows else None

    def admit(self, network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        """Whether a match that came about (or, `again`, is looked at anew) may fire."""
        return not network.branch.choosy or self.agenda.admit(network, match, again=again)

    def ceases(self, match: Match, origin: str | None) -> None:
        """A match is no more, because of what a rule did, and justifies nothing."""
        if self._truth is not None:
            self._truth.ceases(match, origin)

    def _cease(self, match: Match, origin: str | None) -> None:
        """Lets a match justify nothing: at once in a rule of one pattern, else when it is the rule's turn, as in Drools."""
        network = self._networks.get(match[0])
        if network is None or len(network.branch.terms) == 1:
            self.ceases(match, origin)
        else:
            if network.sketched:
                self._flesh_out(network, None)
            network.ceased = (*network.ceased, (match, origin))
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
                    self._build(branch, settled=True)  # nothing to evaluate yet
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
        alphas, networks = self._alphas.alphas, self._networks
        built: set[Branch] = set()
        reached = [(one, change) for index, change in changes for one in self._reached(alphas[index].holders)]
        if self._alphas.ordered:
            reached.sort(key=declared)
        for (branch, place, pattern), change in reached:
            network = networks.get(branch)
            if network is None:
                self._schedule(self._build(branch, settled=True))  # from what is there now, the element included
                built.add(branch)
            elif branch in built:
                continue
            elif change is UPDATE and changed is not None and not changed & pattern.listens:
                network.reorder(element, place, pattern)
            else:
                if network.sketched:
                    self._flesh_out(network, element)
                self._stage(network, element, place, change, pattern)
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
        waiting: Sequence[Waiting] = (),
        dues: Sequence[tuple[Match, Due]] = (),
    ) -> BranchNetwork:
        network = self._networks[branch] = BranchNetwork(branch)
        memories = self._memories
        before = self._before.get(branch)
        # Without a settled element under its key the branch had no match before: everything counts as new.
        replayed = settled and (
            branch.key == ALWAYS or before is not None or any([one.settled for one in memories[branch.key]])  # noqa: C419 - a list is quicker here
        )
        stream = self._stream
        if branch.plain and not replayed and stream is None:
            network.sketched = network.dirty = True
            return network
        network.start()
        replayed_matches: list[Tuple] = []
        fresh = before.fresh if before is not None else frozenset()
        parted = before.parted if before is not None and replayed else ()
        if replayed:
            there = [one for one in self._held(branch) if one[1].settled and (one[0], one[1].id) not in fresh]
            for number, element in [*there, *parted]:
                place, pattern, _ = branch.places[number]
                network.stage(element, place, INSERT, pattern)
                if stream is not None:
                    network.run_at_once()
            linked = self._was_linked(branch)
            if linked or before is not None:
                network.run()
            network.linked = linked or (before is not None and before.linked)
            replayed_matches = network.forget()
        if branch.choosy:
            network.admission = self
        if branch.rule.timer is not None:
            network.timetable = Timetable(branch.rule.timer)
            insort(self._timed, network, key=_declaration)
        if waiting or dues:
            self._wait_again(network, replayed_matches, waiting, dues)
        changes = [(number, element, DELETE) for number, element in parted]
        changes += [
            (number, element, INSERT)
            for number, element in self._held(branch)
            if not (replayed and element.settled) or (number, element.id) in fresh
        ]
        for number, element, change in changes:
            place, pattern, _ = branch.places[number]
            if stream is None:
                network.stage(element, place, change, pattern)
            else:
                stream.append((network, element, place, change, pattern))
        return network

    def _wait_again(
        self,
        network: BranchNetwork,
        matches: Sequence[Tuple],
        waiting: Sequence[Waiting],
        dues: Sequence[tuple[Match, Due]],
    ) -> None:
        """Lets those of the stored matches wait for their turn or moment that did so when the session was saved."""
        for match, one in _found(network, matches, [(one.match, one) for one in waiting]):
            network.hold(match, one.salience)
            if not one.free:
                self.agenda.rejoin(network, match)
        for match, due in _found(network, matches, dues):
            if network.timetable is not None:
                network.timetable.take_up(match, due)
            else:  # the rule has lost its timer
                network.queue(match, again=False)
        self._rouse(network)

    def _rouse(self, network: BranchNetwork) -> None:
        """Gives a network its turn for the matches that wait without having been worked off."""
        self.agenda.put_in_order(network)
        if network.pending and not network.queued:
            self.agenda.add(network)

    def _held(self, branch: Branch) -> list[tuple[int, Element]]:
        """What is in the memories of a branch, each with its place among the patterns.

        Pattern by pattern, or in the order it came where the order tells.
        """
        memories = self._memories
        held = [
            (number, element)
            for number, (_, _, index) in enumerate(branch.places)
            for element in memories.get(index, ())
        ]
        if self._stream is not None:
            held.sort(key=lambda one: (one[1].stamp, one[1].id, one[0]))
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
            if not network.dirty:
                network.linked = self._linked(network.branch)
            if network.branch.choosy:
                self.agenda.put_in_order(network)
            self._schedule(network)
            if self._rising:
                self._rise()

    def _schedule(self, network: BranchNetwork) -> None:
        if network.branch.eager:
            self._eager[network] = None
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


def declared(reached: tuple[Holder, Change]) -> tuple[int, int]:
    """Where the rule stands that a change reaches, and the branch in it: Drools tells them in this order."""
    _, rule, branch = reached[0][0].order
    return rule, branch


def _declaration(network: BranchNetwork) -> tuple[int, int]:
    _, rule, branch = network.branch.order
    return rule, branch


def _found(
    network: BranchNetwork, matches: Sequence[Tuple], written: Sequence[tuple[Match, _Said]]
) -> list[tuple[Tuple, _Said]]:
    """The matches that are written, each with what is said of it."""
    by_name: dict[Match, list[Tuple]] = {}
    for match in matches:
        by_name.setdefault(named(network.branch, match), []).append(match)
    # Several have one name where a source gives equal values.
    return [(by_name[name].pop(0), said) for name, said in written if by_name.get(name)]
