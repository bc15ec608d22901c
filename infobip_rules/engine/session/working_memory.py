"""Working memory and agenda of one evaluation: elements come, change and go; the next match to fire is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.expiry import Expiry
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE
from infobip_rules.engine.network.timetable import is_kept
from infobip_rules.engine.network.truth_maintenance import Truth, named
from infobip_rules.engine.rules.model import ANY_FIELD
from infobip_rules.engine.session.matching import declared
from infobip_rules.engine.session.resuming import Resuming
from infobip_rules.signals import Signal

#: The entry point of what rules put in without one: no pattern looks there, and it ends with the signals.
LINGERING = ""

#: What a change of some field is besides, to patterns that listen to any.
_ANY = frozenset({ANY_FIELD})


class WorkingMemory(Resuming):
    """The elements of one session during one evaluation, matched against a rulebook."""

    __slots__ = ("_by_identity", "_firing", "_versions", "facts_changed", "halted")

    def __init__(self, rulebook: Rulebook) -> None:
        super().__init__(rulebook.alphas)
        self._expiry = Expiry() if rulebook.expiring else None
        self._open_ended = rulebook.open_ended
        self._by_identity: dict[int, Element] = {}
        self._versions: list[BaseModel] = []  # keeps superseded versions alive, so that their identity stays theirs
        #: The match that fired last.
        self._firing: tuple[Branch, Tuple] | None = None
        #: Whether a rule has said that no other is to fire.
        self.halted = False
        #: Whether any fact came, changed or went since the stored ones were loaded.
        self.facts_changed = False

    def find(self, value: object) -> Element | None:
        """The element that `value` is (or was) the value of; it may be `gone` meanwhile."""
        return self._by_identity.get(id(value))

    def load(self, value: BaseModel, number: int) -> None:
        """Puts back a stored fact: what it matches has fired already."""
        self._enter(value, number, None).settled = True

    def introduce(self, branches: Iterable[Branch]) -> None:
        """Lets rules that the session has not seen yet look at what is stored, as if it had just come."""
        for branch in branches:
            if branch not in self._networks:
                self._schedule(self._build(branch, settled=False))

    def insert(self, value: BaseModel, number: int, *, entry_point: str | None, origin: str | None) -> Element:
        """Puts in a new element; the same object a second time stays the element it is."""
        known = self._by_identity.get(id(value))
        if known is not None and not known.gone:
            return known
        element = self._enter(value, number, entry_point)
        self._touch(element, origin)
        self._tell(element, [(index, INSERT) for index in element.alphas])
        if self._windows is not None:
            self._slide(element, element.alphas)
        if self._expiry is not None:
            self._expiry.comes(element)
        return element

    def amend(self, element: Element, value: BaseModel) -> None:
        """Replaces the value of an element without telling any rule: whoever reads it next sees it."""
        self._versions.append(element.value)
        element.value = value
        self._by_identity[id(value)] = element
        if element.entry_point is None:
            self.facts_changed = True

    def modify(
        self,
        element: Element,
        value: BaseModel,
        changed: frozenset[str] | None,
        *,
        origin: str | None,
    ) -> None:
        """Replaces the value of an element; patterns that listen to none of the changed fields do not look again.

        Without `changed` all patterns look again, those that read no field included (Drools' plain `update`).
        """
        before, lingers = element.alphas, element.entry_point == LINGERING and not isinstance(value, Signal)
        after = self._alphas.satisfied(value, None if lingers else element.entry_point)
        if lingers:
            after = [index for index in after if index in before or self._listens(index, changed)]
        if is_kept(element):
            after = [index for index in after if index in before]  # it has ended for all other rules
        self._prepare({*before, *after})
        self._versions.append(element.value)
        element.value, element.alphas, element.settled = value, after, False
        self._by_identity[id(value)] = element
        self._touch(element, origin)
        changes = []
        for index in before:
            if index not in after:
                del self._memories[index][element]
                changes.append((index, DELETE))
        for index in after:
            if index not in before:
                self._memories.setdefault(index, {})[element] = None
            changes.append((index, UPDATE if index in before else INSERT))
        self._tell(element, changes, _heard(changed))
        if self._windows is not None:
            self._drop_from_windows(element, set(before) - set(after))
            self._slide(element, after)

    def linger(self, element: Element, value: BaseModel, changed: frozenset[str] | None, *, origin: str | None) -> None:
        """A fact that was deleted is changed all the same: as in Drools, rules that listen to it match it once more.

        It is in working memory no more, stands in the way of no `not` that reads nothing of it, and ends with the signals.
        """
        self._versions.append(element.value)
        element.value = value
        self._by_identity[id(value)] = element
        listening = [index for index in self._alphas.satisfied(value, None) if self._listens(index, changed)]
        if not listening:
            return
        lingering = Element(element.id, value, LINGERING, listening)
        self._elements.append(lingering)
        self._by_identity[id(value)] = lingering
        for index in listening:
            self._memories.setdefault(index, {})[lingering] = None
        self._touch(lingering, origin)
        self._tell(lingering, [(index, INSERT) for index in listening])

    def _listens(self, index: int, changed: frozenset[str] | None) -> bool:
        holders = (holder for some in self._alphas.alphas[index].holders.values() for holder in some)
        heard = _heard(changed)
        return heard is None or any(heard & pattern.listens for _, _, pattern in holders)

    def delete(self, element: Element, *, origin: str | None) -> None:
        """Takes an element out, and with it every match it is part of."""
        alphas = self._alphas.alphas
        watched = [index for index in element.alphas if alphas[index].watchers]
        if watched:
            self._prepare(watched)
        self._touch(element, origin)
        element.gone = True
        for index in element.alphas:
            del self._memories[index][element]
        if watched:
            reached = [(one, DELETE) for index in watched for one in self._reached(alphas[index].watchers)]
            if self._alphas.ordered:
                reached.sort(key=declared)
            for (branch, place, pattern), change in reached:
                self._stage(self._networks[branch], element, place, change, pattern)
        if self._windows is not None:
            self._drop_from_windows(element, element.alphas)
        element.alphas = []
        if self._rising:
            self._rise()
        if self._truth is not None:
            for match in self._truth.goes(element):
                self._cease(match, origin)

    def insert_logical(self, value: BaseModel, number: Callable[[], int], *, origin: str | None) -> Element:
        """Puts in a fact for as long as the match that fires lasts; an equal one that is there already serves as well."""
        if self._firing is None:
            raise RuntimeError("no rule is firing")
        truth = self._truth = self._truth or Truth()
        fact = truth.equal(value)
        if fact is None:
            stated = next((one for one in self if type(one.value) is type(value) and one.value == value), None)
            if stated is not None:
                return stated
            fact = self.insert(value, number(), entry_point=None, origin=origin)
        branch, match = self._firing
        truth.justify(fact, named(branch, match))
        network = self._networks[branch]
        network.admission = self
        if not network.lasts(match):
            self._cease(named(branch, match), origin)
        return fact

    def next_match(self) -> tuple[Branch, Tuple] | None:
        """Takes the match that is to fire next off the agenda: salience, then declaration, then age; None at the end.

        None also when a rule has called a halt.
        """
        agenda = self.agenda
        if self.halted:
            agenda.rest()
            return None
        if self._eager or self._truth is not None or self._stream or self._rising:
            self._catch_up()
        while (network := agenda.next()) is not None:
            if network.dirty:
                self._run(network)
            branch = network.branch
            if self._truth is not None and self._retract():
                self._catch_up()
                continue
            if branch.choosy and agenda.next() is not network:
                continue
            if not network.pending:
                network.queued = False
                continue
            if branch.choosy:
                match = network.take()
            else:
                match = next(iter(network.pending))
                del network.pending[match]
            if any([element.gone for element in match.elements]):  # noqa: C419 - a list is quicker here
                continue
            if not branch.choosy or agenda.fires(network, match):
                self._firing = branch, match
                if self._truth is not None:
                    self._truth.fires(named(branch, match), match.origin)
                return self._firing
        return None

    def _catch_up(self) -> bool:
        """Evaluates what is not to wait for its turn; facts that nothing justifies any more go: whether there were any."""
        retracted = False
        while True:
            if self._stream:
                self._work_off()
            if self._rising:
                self._rise()
            while self._eager:
                network = next(iter(self._eager))
                del self._eager[network]
                self._run(network)
            if not self._retract():
                return retracted
            retracted = True

    def _retract(self) -> bool:
        """Deletes the facts that nothing justifies any more; whether there were any."""
        unjustified = [] if self._truth is None else self._truth.unjustified()
        for element, origin in unjustified:
            self.delete(element, origin=origin)
        return bool(unjustified)

    def release(self, moment: datetime) -> None:
        """Lets the matches fire that are due at a moment."""
        if self._stream:
            self._work_off()
        for network in self._timed:
            self._run(network)
            for match in network.timetable.release(moment) if network.timetable is not None else ():
                # To groups of alternatives and their like it comes about now.
                self.agenda.stamp += 1
                match.stamp = self.agenda.stamp
                network.queue(match, again=False)
            self._rouse(network)

    def expire(self, moment: datetime) -> None:
        """Lets the facts go whose time is over at a moment."""
        for element in self._expiry.due(moment) if self._expiry is not None else ():
            self.delete(element, origin=None)

    def end_signals(self, number: Callable[[], int]) -> bool:
        """Takes out the signals, but for the matches that wait with one: it stays for those alone, under a number.

        Whether there were any, or any that stayed before and that nothing waits with any more.
        """
        kept, signals = self._kept(), [one for one in self if one.entry_point is not None]
        changed = False
        for element in signals:
            changed = changed or not is_kept(element) or element not in kept
            if element not in kept:
                self.delete(element, origin=None)
                continue
            element.id = element.id or number()
            if leaving := [index for index in element.alphas if index not in kept[element]]:
                self.agenda.stamp += 1
                self._leave(leaving, element, self.agenda.stamp, None)
                self._drop_from_windows(element, leaving)
        return changed

    def _kept(self) -> dict[Element, set[int]]:
        """The signals that matches wait with, each with the patterns that it stays for."""
        if self._stream:
            self._work_off()
        kept: dict[Element, set[int]] = {}
        for network in self._timed:
            self._run(network)
            for match in network.open():
                for element, index in zip(match.elements, network.branch.taken, strict=True):
                    if element.entry_point and index is not None:
                        kept.setdefault(element, set()).add(index)
        return kept

    def take_up(self, value: BaseModel, number: int, alphas: list[int]) -> Element:
        """Puts back a signal that has ended, for the patterns of the matches that wait with it."""
        element = Element(number, value, getattr(type(value), "entry_point", None), alphas)
        element.settled = True
        self._elements.append(element)
        self._by_identity[id(value)] = element
        for index in alphas:
            self._memories.setdefault(index, {})[element] = None
        return element

    def settle(self) -> None:
        """Evaluates every rule, those of groups without focus included: nothing fires, but what waits is known then."""
        if self._stream or self._rising:
            self._catch_up()
        while True:
            for network in self.agenda.all():
                self._run(network)
            if not self._catch_up():
                self._unlink()
                self.agenda.tidy()
                return

    def _enter(self, value: BaseModel, number: int, entry_point: str | None) -> Element:
        element = Element(number, value, entry_point, self._alphas.satisfied(value, entry_point))
        self._elements.append(element)
        self._by_identity[id(value)] = element
        memories = self._memories
        for index in element.alphas:
            if index in memories:
                memories[index][element] = None
            else:
                memories[index] = {element: None}
        return element

    def _touch(self, element: Element, origin: str | None) -> None:
        self.agenda.stamp += 1
        element.stamp, element.origin = self.agenda.stamp, origin
        if element.entry_point is None:
            self.facts_changed = True


def _heard(changed: frozenset[str] | None) -> frozenset[str] | None:
    """The fields that changed, as patterns listen to them; None for any, those that are read by nobody included."""
    return changed | _ANY if changed else changed
