"""The scheduler of a session: when the networks that changes reach are evaluated, and when they come on the agenda."""

from __future__ import annotations

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.staging import Change
from infobip_rules.engine.rules.model import Pattern


class Scheduler:
    """Stages changes in networks, and evaluates a network at its turn, or earlier if its rule asks for that.

    Most networks are evaluated when they come up on the agenda. Eager ones (`no-loop`, computed salience ...) are after
    each firing. If some rule looks through a window, every change has its effect by itself, in the order of changes.
    """

    __slots__ = ("_agenda", "_eager", "_memories", "_stream", "_waking", "streams")

    def __init__(self, alphas: AlphaNetwork, memories: AlphaMemories, agenda: Agenda) -> None:
        self._memories = memories
        self._agenda = agenda
        #: Whether every change has its effect by itself.
        self.streams = bool(alphas.windows)
        #: Networks that are evaluated after the firing, in the order of changes.
        self._eager: dict[BranchNetwork, None] = {}
        #: Networks that the change at hand reached, and that are not on the agenda yet; None if no rule has several branches.
        self._waking: dict[BranchNetwork, None] | None = {} if alphas.has_or_branches else None
        #: Changes that are worked off one by one, as Drools does for events; None if no rule looks through a window.
        self._stream: list[tuple[BranchNetwork, Element, int, Change, Pattern]] | None = [] if alphas.windows else None

    @property
    def has_work(self) -> bool:
        """Whether something is to be done before the next match is taken off the agenda."""
        return bool(self._eager or self._stream or self._waking)

    @property
    def has_changes(self) -> bool:
        """Whether there are changes that have not come to the agenda."""
        return bool(self._stream or self._waking)

    def stage(self, network: BranchNetwork, element: Element, place: int, change: Change, pattern: Pattern) -> None:
        """Stages a change of an element in a network, which is evaluated later."""
        if self._stream is not None:
            self._stream.append((network, element, place, change, pattern))
            return
        network.stage(element, place, change, pattern)
        self.schedule(network)

    def schedule(self, network: BranchNetwork) -> None:
        """Schedules the evaluation of a network in which something is staged."""
        if network.branch.eager:
            self._eager[network] = None
        if network.queued:
            return
        if self._waking is None:
            self._agenda.add(network)
        else:
            self._waking[network] = None

    def schedule_waiting(self) -> None:
        """Puts the networks that a change reached on the agenda, in the order of their branches, if they can match.

        The order matters among branches of one rule. It must not depend on what was built before, or has to be built now.
        """
        if not self._waking:
            return
        waking, self._waking = self._waking, {}
        for network in sorted(waking, key=lambda network: network.branch.order):
            awake = network.dirty or network.pending
            if awake and not network.queued and (network.linked or self._memories.is_linked(network.branch)):
                self._agenda.add(network)

    def schedule_restored(self, network: BranchNetwork) -> None:
        """Puts a network on the agenda for matches that it holds although nothing is staged in it."""
        self._agenda.put_in_order(network)
        if network.pending and not network.queued:
            self._agenda.add(network)

    def evaluate(self, network: BranchNetwork) -> None:
        """Evaluates what is staged in a network; while its branch can't match, that stays staged."""
        if not network.dirty:
            return
        linked = self._memories.is_linked(network.branch)
        if linked and network.memories_deferred:
            network.sketch(self._memories)
        elif linked or network.linked:
            network.run()
        network.linked = linked
        if network.branch.needs_agenda_checks:
            self._agenda.put_in_order(network)

    def evaluate_changes(self) -> None:
        """Evaluates the changes that have their effect by themselves, in the order in which they happened."""
        changes = self._stream
        if not changes:
            return
        self._stream = []
        for network, element, place, change, pattern in changes:
            network.stage(element, place, change, pattern)
            network.run_at_once()
            if not network.dirty:
                network.linked = self._memories.is_linked(network.branch)
            if network.branch.needs_agenda_checks:
                self._agenda.put_in_order(network)
            self.schedule(network)
            self.schedule_waiting()

    def evaluate_ahead(self) -> None:
        """Evaluates all that is not to wait for its turn on the agenda."""
        self.evaluate_changes()
        self.schedule_waiting()
        while self._eager:
            network = next(iter(self._eager))
            del self._eager[network]
            self.evaluate(network)
