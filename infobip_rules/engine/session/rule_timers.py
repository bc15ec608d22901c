"""Networks of rules with timers: their matches wait for moments."""

from __future__ import annotations

from bisect import insort
from datetime import datetime

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.match_keys import MatchKey, key_of
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.session.scheduler import Scheduler


class RuleTimers:
    """The networks of rules with timers that a session has touched."""

    __slots__ = ("_agenda", "_networks", "_scheduler")

    def __init__(self, scheduler: Scheduler, agenda: Agenda) -> None:
        self._scheduler = scheduler
        self._agenda = agenda
        #: In the order of declaration, in whichever order they were built.
        self._networks: list[BranchNetwork] = []

    def __bool__(self) -> bool:
        return bool(self._networks)

    def add(self, network: BranchNetwork) -> None:
        """Adds a network that was built."""
        insort(self._networks, network, key=_declaration)

    def release(self, moment: datetime) -> None:
        """Makes the matches fire that are due at a moment."""
        self._scheduler.evaluate_changes()
        for network in self._networks:
            self._scheduler.evaluate(network)
            for match in network.timetable.release(moment) if network.timetable is not None else ():
                # For activation groups and their like it comes about now.
                self._agenda.recency += 1
                match.recency = self._agenda.recency
                network.queue(match, again=False)
            self._scheduler.schedule_restored(network)

    def dues(self) -> list[tuple[MatchKey, Due]]:
        """Returns the matches that wait for their moments."""
        return [
            (key_of(network.branch, match), due) for network in self._networks for match, due in network.timetable or ()
        ]

    def signals(self) -> dict[Element, set[int]]:
        """Returns the signals that matches wait with, each with the patterns that it stays for."""
        self._scheduler.evaluate_changes()
        waited_with: dict[Element, set[int]] = {}
        for network in self._networks:
            self._scheduler.evaluate(network)
            for match in network.open():
                for element, index in zip(match.elements, network.branch.matched_alphas, strict=True):
                    if element.entry_point and index is not None:
                        waited_with.setdefault(element, set()).add(index)
        return waited_with


def _declaration(network: BranchNetwork) -> tuple[int, int]:
    _, rule, branch = network.branch.order
    return rule, branch
