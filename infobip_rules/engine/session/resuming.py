"""What the end of an evaluation leaves open, and how the next one takes it up: matches that wait, facts that rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.expiry import Expiry
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.network.truth_maintenance import Match, Truth, named
from infobip_rules.engine.session.lasting import Lasting
from infobip_rules.engine.session.matching import Waiting
from infobip_rules.engine.session.sliding import Sliding


class Resuming(Lasting, Sliding):
    """Tells what waits, rests or expires, and lets it do so again in a session that was loaded."""

    __slots__ = ("_expiry", "_open_ended")

    _expiry: Expiry | None
    _open_ended: bool

    @property
    def unfinished(self) -> bool:
        """Whether anything may be left open: matches, what rests on them or was evaluated, facts that go, windows."""
        return self._open_ended or self._truth is not None or bool(self._timed) or not self.agenda.idle

    def waiting(self) -> list[Waiting]:
        """The matches that wait for their turn, without those that a signal is part of which is not kept."""
        found = [
            Waiting(
                named(network.branch, match),
                free=self.agenda.is_free(network, match),
                salience=None if network.saliences is None else network.saliences.of(match),
            )
            for network in self.agenda.all()
            for match in network.waiting
            if not any(element.gone for element in match.elements)
        ]
        return [one for one in found if all(not isinstance(part, Element) or part.id for part in one.match[1])]

    def timed(self) -> list[tuple[Match, Due]]:
        """The matches that wait for their moments."""
        return [
            (named(network.branch, match), due) for network in self._timed for match, due in network.timetable or ()
        ]

    def ends(self) -> list[tuple[Element, datetime]]:
        """The facts that go by themselves, with their moments."""
        return [] if self._expiry is None else list(self._expiry.ends.items())

    def justified(self) -> list[tuple[int, list[Match]]]:
        """The facts that were inserted logically, by number, each with the matches that justify it."""
        return [] if self._truth is None else [(fact.id, list(matches)) for fact, matches in self._truth.facts()]

    def begin_to_expire(self, ends: Iterable[tuple[int, datetime]]) -> None:
        """Takes up when stored facts go; those whose type did not say so before last from now on."""
        if self._expiry is None:
            return
        known = dict(ends)
        for element in self:
            if element.id in known:
                self._expiry.take_up(element, known[element.id])
            else:
                self._expiry.comes(element)

    def resume(
        self,
        waiting: Sequence[Waiting],
        justified: Sequence[tuple[int, Sequence[Match]]],
        timed: Sequence[tuple[Match, Due]] = (),
    ) -> None:
        """Takes up where the session was saved: matches that wait for their turn or moment, facts that matches justify."""
        facts = {element.id: element for element in self}
        truth = self._truth = Truth() if justified else None
        for number, matches in justified:
            if truth is not None and number in facts:
                truth.rest(facts[number], matches)
        resting = truth.branches if truth is not None else set()
        waited = [*(one.match[0] for one in waiting), *(branch for (branch, _), _ in timed)]
        for branch in dict.fromkeys([*waited, *resting]):
            if branch.key in self._memories and branch not in self._networks:
                self._build(
                    branch,
                    settled=True,
                    waiting=[one for one in waiting if one.match[0] is branch],
                    dues=[(match, due) for match, due in timed if match[0] is branch],
                )
        for branch in resting & self._networks.keys():
            self._networks[branch].admission = self
