"""The builder of networks: a branch's network is built when a change first reaches it, from what is there.

Elements that were stored before are replayed silently, for what they match has fired in its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import ALWAYS, Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.match_keys import MatchKey, key_of
from infobip_rules.engine.network.staging import DELETE, INSERT, Change
from infobip_rules.engine.network.timetable import Timetable
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.session.evaluation_history import Before, EvaluationHistory
from infobip_rules.engine.session.rule_timers import RuleTimers
from infobip_rules.engine.session.scheduler import Scheduler

_Property = TypeVar("_Property")


class Waiting(NamedTuple):
    """A match that waits to fire."""

    match: MatchKey
    #: Whether it may fire although another of its activation group does.
    free: bool = False
    #: The salience that it has, if the rule computes it.
    salience: int | None = None


class NetworkBuilder:
    """Builds the networks of one session."""

    __slots__ = ("_agenda", "_memories", "_networks", "_scheduler", "_timers", "history")

    def __init__(
        self,
        networks: dict[Branch, BranchNetwork],
        memories: AlphaMemories,
        scheduler: Scheduler,
        agenda: Agenda,
        *,
        timers: RuleTimers | None,
        history: EvaluationHistory | None,
    ) -> None:
        self._networks = networks
        self._memories = memories
        self._scheduler = scheduler
        self._agenda = agenda
        self._timers = timers
        #: What earlier evaluations were of; None if it counts for no branch.
        self.history = history

    def build(
        self,
        branch: Branch,
        *,
        already_matched: bool,
        waiting: Sequence[Waiting] = (),
        dues: Sequence[tuple[MatchKey, Due]] = (),
    ) -> BranchNetwork:
        """Builds the network of a branch, in which everything that is new is staged.

        With `already_matched`, what stored elements match has fired, but for the matches that are `waiting` for their
        turn, or for the moments of their `dues`; without, all elements count as new.
        """
        network = self._networks[branch] = BranchNetwork(branch)
        before = None if self.history is None else self.history.before(branch)
        # Without a stored element under its key the branch had no match before: everything counts as new.
        replays = already_matched and (
            branch.key == ALWAYS or before is not None or self._memories.has_matched(branch.key)
        )
        if branch.sketchable and not replays and not self._scheduler.streams:
            network.memories_deferred = network.dirty = True
            return network
        network.start()
        matches = self._replay(network, before) if replays else []
        if branch.needs_agenda_checks:
            network.admit = self._agenda.admit
        if branch.rule.timer is not None:
            network.timetable = Timetable(branch.rule.timer)
            if self._timers is not None:
                self._timers.add(network)
        if waiting or dues:
            self._wait_again(network, matches, waiting, dues)
        self._stage_new(network, before, replays=replays)
        return network

    def build_memories(self, network: BranchNetwork, *, but: Element | None = None) -> None:
        """Builds the memories that a network did without when it was sketched, from what was there then.

        That is all that is there now, `but` the element that just came.
        """
        network.memories_deferred = False
        network.start()
        waiting = [match.elements for match in network.pending]
        for place, pattern, index in network.branch.places:
            for element in self._memories.get(index, ()):
                if element is not but:
                    network.stage(element, place, INSERT, pattern)
        if network.linked:
            network.pending.clear()
            network.run()
            left = set(waiting)
            network.pending = {match: None for match in network.pending if match.elements in left}

    def _replay(self, network: BranchNetwork, before: Before | None) -> list[Tuple]:
        """Brings a network to where it was when the session was saved; returns the matches that there were."""
        branch = network.branch
        added, removed = (before.added, before.removed) if before is not None else (frozenset(), ())
        stored = [
            (number, element)
            for number, element in self._held(branch)
            if element.already_matched and (number, element.id) not in added
        ]
        for number, element in [*stored, *removed]:
            place, pattern, _ = branch.places[number]
            network.stage(element, place, INSERT, pattern)
            if self._scheduler.streams:
                network.run_at_once()
        linked = self._memories.was_linked(branch)
        if linked or before is not None:
            network.run()
        network.linked = linked or (before is not None and before.linked)
        return network.forget()

    def _stage_new(self, network: BranchNetwork, before: Before | None, *, replays: bool) -> None:
        """Stages what is not, or no more, as it was when the session was saved."""
        branch = network.branch
        added = before.added if before is not None else frozenset()
        changes: list[tuple[int, Element, Change]] = []
        if before is not None and replays:
            changes = [(number, element, DELETE) for number, element in before.removed]
        changes += [
            (number, element, INSERT)
            for number, element in self._held(branch)
            if not (replays and element.already_matched) or (number, element.id) in added
        ]
        stage = self._scheduler.stage if self._scheduler.streams else BranchNetwork.stage
        for number, element, change in changes:
            place, pattern, _ = branch.places[number]
            stage(network, element, place, change, pattern)

    def _wait_again(
        self,
        network: BranchNetwork,
        matches: Sequence[Tuple],
        waiting: Sequence[Waiting],
        dues: Sequence[tuple[MatchKey, Due]],
    ) -> None:
        """Makes those of the stored matches wait for their turn or moment that did so when the session was saved."""
        for match, waits in _found(network, matches, [(waits.match, waits) for waits in waiting]):
            network.hold(match, waits.salience)
            if not waits.free:
                self._agenda.rejoin(network, match)
        for match, due in _found(network, matches, dues):
            if network.timetable is not None:
                network.timetable.restore(match, due)
            else:  # the rule has lost its timer
                network.queue(match, again=False)
        self._scheduler.schedule_restored(network)

    def _held(self, branch: Branch) -> list[tuple[int, Element]]:
        """Returns the elements of a branch's patterns: pattern by pattern, or in the order they came if that counts."""
        held = self._memories.held(branch)
        if self._scheduler.streams:
            held.sort(key=lambda item: (item[1].recency, item[1].id, item[0]))
        return held


def _found(
    network: BranchNetwork, matches: Sequence[Tuple], written: Sequence[tuple[MatchKey, _Property]]
) -> list[tuple[Tuple, _Property]]:
    """Returns the matches of a network that are written, each with what is written of it."""
    by_key: dict[MatchKey, list[Tuple]] = {}
    for match in matches:
        by_key.setdefault(key_of(network.branch, match), []).append(match)
    # Several have one key if a source gives equal values.
    return [(by_key[key].pop(0), kept) for key, kept in written if by_key.get(key)]
