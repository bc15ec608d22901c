"""Working memory of a session: facts and signals come, change and go, and rules that match them fire.

It is made of parts: `AlphaMemories` hold the elements of each pattern, `Propagation` brings changes to the networks of the
rules, `NetworkBuilder` builds these, `Scheduler` evaluates them, the agenda says which match fires. `Windows`, `Expiry`,
`RuleTimers`, `Justifications` and `EvaluationHistory` are for the rules that need them. Parts do not know working memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from pydantic import BaseModel

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.expiry import Expiry
from infobip_rules.engine.network.match_keys import MatchKey, key_of
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Change
from infobip_rules.engine.network.timetable import is_kept
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.session.element_store import ElementStore
from infobip_rules.engine.session.evaluation_history import EvaluationHistory
from infobip_rules.engine.session.listener import Listener
from infobip_rules.engine.session.network_builder import NetworkBuilder
from infobip_rules.engine.session.propagation import Propagation
from infobip_rules.engine.session.rule_timers import RuleTimers
from infobip_rules.engine.session.scheduler import Scheduler
from infobip_rules.engine.session.truth_maintenance import Justifications
from infobip_rules.engine.session.window_memory import Windows
from infobip_rules.signals import Signal

#: The entry point of what rules put in without one: no pattern looks there, and it ends with the signals.
LINGERING = ""


class WorkingMemory:
    """The elements of one session, matched against a rulebook."""

    __slots__ = (
        "_alphas",
        "_evaluates_ahead",
        "_firing",
        "_open_ended",
        "agenda",
        "builder",
        "elements",
        "expiry",
        "facts_changed",
        "halted",
        "history",
        "justifications",
        "listener",
        "memories",
        "networks",
        "propagation",
        "scheduler",
        "timers",
        "windows",
    )

    def __init__(self, rulebook: Rulebook) -> None:
        alphas = self._alphas = rulebook.alphas
        self._open_ended = rulebook.open_ended
        self._evaluates_ahead = alphas.ordered or alphas.has_or_branches
        self.elements = ElementStore()
        self.memories = AlphaMemories()
        self.networks: dict[Branch, BranchNetwork] = {}
        self.agenda = Agenda(has_or_branches=alphas.has_or_branches)
        self.scheduler = Scheduler(alphas, self.memories, self.agenda)
        self.timers = RuleTimers(self.scheduler, self.agenda) if alphas.has_timers else None
        self.history = self._new_history() if alphas.with_history else None
        self.builder = NetworkBuilder(
            self.networks, self.memories, self.scheduler, self.agenda, timers=self.timers, history=self.history
        )
        self.propagation = Propagation(alphas, self.memories, self.networks, self.builder, self.scheduler)
        self.windows = Windows(alphas) if alphas.windows else None
        self.expiry = Expiry() if rulebook.expiring else None
        #: None until a fact is inserted logically.
        self.justifications: Justifications | None = None
        self.listener: Listener | None = None
        #: The match that fired last.
        self._firing: tuple[Branch, Tuple] | None = None
        #: Whether a rule has said that no other is to fire.
        self.halted = False
        #: Whether any fact came, changed or went since the stored ones were loaded.
        self.facts_changed = False

    def __iter__(self) -> Iterator[Element]:
        """Iterates over the elements that are there, in the order in which they came."""
        return iter(self.elements)

    # What rules do.

    def insert(self, value: BaseModel, number: int, *, entry_point: str | None, origin: str | None) -> Element:
        """Inserts a new element; the same object a second time stays the element it is."""
        known = self.elements.find(value)
        if known is not None and not known.gone:
            return known
        element = self._enter(value, number, entry_point)
        self._touch(element, origin)
        self.propagation.propagate(element, [(index, INSERT) for index in element.alphas])
        if self.windows is not None:
            self._slide(self.windows, element, element.alphas)
        if self.expiry is not None:
            self.expiry.begin(element)
        if self.listener is not None:
            self.listener.on_change(element, None, value, origin=origin)
        return element

    def modify(self, element: Element, value: BaseModel, fields: frozenset[str] | None, *, origin: str | None) -> None:
        """Replaces the value of an element; patterns that listen to none of the changed fields are not matched anew.

        With None for `fields` all patterns are, those that read no field included (Drools' plain `update`).
        """
        if self.listener is not None:
            self.listener.on_change(element, element.value, value, origin=origin, fields=fields)
        before, after = element.alphas, self._satisfied_after(element, value, fields)
        self.propagation.prepare({*before, *after})
        self.elements.replace(element, value)
        element.alphas, element.already_matched = after, False
        self._touch(element, origin)
        left = [index for index in before if index not in after]
        changes: list[tuple[int, Change]] = [(index, DELETE) for index in left]
        changes += [(index, UPDATE if index in before else INSERT) for index in after]
        for index in left:
            self.memories.remove(element, index)
        self.memories.add_to_all(element)
        self.propagation.propagate(element, changes, fields)
        if self.windows is not None:
            self.windows.drop(element, left)
            self._slide(self.windows, element, after)

    def delete(self, element: Element, *, origin: str | None) -> None:
        """Deletes an element, and with it every match that it is part of."""
        if self.listener is not None:
            self.listener.on_change(element, element.value, None, origin=origin)
        watched = self.propagation.watched(element)
        self._touch(element, origin)
        element.gone = True
        self.memories.remove_from_all(element)
        if watched:
            self.propagation.propagate_end(element, watched)
        elif self._alphas.has_or_branches:
            self.scheduler.schedule_waiting()
        if self.windows is not None:
            self.windows.drop(element, element.alphas)
        element.alphas = []
        if self.justifications is not None:
            for match in self.justifications.element_goes(element):
                self._retract_match(self.justifications, match, origin)

    def insert_logical(self, value: BaseModel, number: Callable[[], int], *, origin: str | None) -> Element:
        """Inserts a fact for as long as the match that fires lasts; an equal one that is there already serves as well."""
        if self._firing is None:
            raise RuntimeError("no rule is firing")
        justifications = self.justifications = self.justifications or Justifications()
        fact = justifications.equal(value)
        if fact is None:
            stated = self.elements.equal(value)
            if stated is not None:
                return stated
            fact = self.insert(value, number(), entry_point=None, origin=origin)
        branch, match = self._firing
        justifications.justify(fact, key_of(branch, match))
        network = self.networks[branch]
        network.on_match_end = justifications.match_ends
        if not network.lasts(match):
            self._retract_match(justifications, key_of(branch, match), origin)
        return fact

    def amend(self, element: Element, value: BaseModel) -> None:
        """Replaces the value of an element without any rule being matched anew: whoever reads it next sees it."""
        if self.listener is not None:
            origin = self._firing[0].rule.id if self._firing else None
            self.listener.on_change(element, element.value, value, origin=origin, fields=frozenset())
        self.elements.replace(element, value)
        if element.entry_point is None:
            self.facts_changed = True

    def linger(self, element: Element, value: BaseModel, fields: frozenset[str] | None, *, origin: str | None) -> None:
        """Changes a fact that was deleted: as in Drools, rules that listen to the change match it once more.

        It is in working memory no more, blocks no `not` that reads nothing of it, and ends with the signals.
        """
        if self.listener is not None:
            self.listener.on_change(element, element.value, value, origin=origin, fields=fields)
        self.elements.replace(element, value)
        listening = self.propagation.listening(self._alphas.satisfied(value, None), fields)
        if listening:
            lingering = Element(element.id, value, LINGERING, listening)
            self.elements.add(lingering)
            self.memories.add_to_all(lingering)
            self._touch(lingering, origin)
            self.propagation.propagate(lingering, [(index, INSERT) for index in listening])

    # Which match fires.

    def next_match(self) -> tuple[Branch, Tuple] | None:
        """Takes the match that fires next off the agenda: by salience, then declaration, then age; None at the end.

        None also if a rule has called a halt.
        """
        agenda, scheduler = self.agenda, self.scheduler
        if self.halted:
            agenda.rest()
            return None
        if self.justifications is not None or (self._evaluates_ahead and scheduler.has_work):
            self._evaluate_ahead()
        while (network := agenda.next()) is not None:
            if network.dirty:
                scheduler.evaluate(network)
            if self.justifications is not None and self._delete_unjustified(self.justifications):
                self._evaluate_ahead()
                continue
            checked = network.branch.needs_agenda_checks
            if checked and agenda.next() is not network:
                continue
            if not network.pending:
                network.queued = False
                continue
            match = network.take()
            if any([element.gone for element in match.elements]):  # noqa: C419 - a list is quicker here
                continue
            if not checked or agenda.fires(network, match):
                self._firing = firing = network.branch, match
                if self.justifications is not None:
                    self.justifications.match_fires(key_of(*firing), match.origin)
                if self.listener is not None:
                    self.listener.on_firing(*firing)
                return firing
        return None

    def evaluate_all(self) -> None:
        """Evaluates every rule, those of groups without focus included: nothing fires, but what waits is known then."""
        if self.scheduler.has_changes:
            self._evaluate_ahead()
        while True:
            for network in self.agenda.all():
                self.scheduler.evaluate(network)
            if not self._evaluate_ahead():
                break
        if self.history is not None:
            self.history.evaluate_unlinked()
        self.agenda.tidy()

    def _evaluate_ahead(self) -> bool:
        """Evaluates what is not to wait for its turn; deletes what nothing justifies any more, and returns if there was any."""
        deleted = False
        while True:
            self.scheduler.evaluate_ahead()
            if self.justifications is None or not self._delete_unjustified(self.justifications):
                return deleted
            deleted = True

    def _delete_unjustified(self, justifications: Justifications) -> bool:
        unjustified = justifications.take_unjustified()
        for element, origin in unjustified:
            self.delete(element, origin=origin)
        return bool(unjustified)

    def _retract_match(self, justifications: Justifications, match: MatchKey, origin: str | None) -> None:
        """Makes a match justify nothing: at once in a rule of one pattern, else when it is the rule's turn, as in Drools."""
        network = self.networks.get(match[0])
        if network is None or len(network.branch.terms) == 1:
            justifications.match_ends(match, origin)
        else:
            self.propagation.propagate_end_of_match(network, match, origin)

    # What time does.

    def release(self, moment: datetime) -> None:
        """Makes the matches fire that are due at a moment."""
        if self.timers is not None:
            self.timers.release(moment)

    def dues(self) -> list[tuple[MatchKey, Due]]:
        """Returns the matches that wait for moments."""
        return [] if self.timers is None else self.timers.dues()

    def expire(self, moment: datetime) -> None:
        """Deletes the facts whose time is over at a moment."""
        for element in self.expiry.due(moment) if self.expiry is not None else ():
            self.delete(element, origin=None)

    def pass_time(self) -> None:
        """Removes from the windows what has grown too old: a change that no rule made."""
        for index, element in self.windows.outdated() if self.windows is not None else ():
            self.agenda.recency += 1
            self._withdraw(element, [index], self.agenda.recency, None)

    def end_signals(self, number: Callable[[], int]) -> bool:
        """Deletes the signals, but for the matches that wait with one: it stays for those alone, under a number.

        Returns whether there were any, or any that stayed before and that nothing waits with any more.
        """
        kept = self.timers.signals() if self.timers is not None else {}
        signals = [element for element in self.elements if element.entry_point is not None]
        changed = False
        for element in signals:
            changed = changed or not is_kept(element) or element not in kept
            if element not in kept:
                self.delete(element, origin=None)
                continue
            element.id = element.id or number()
            if leaving := [index for index in element.alphas if index not in kept[element]]:
                self.agenda.recency += 1
                self._withdraw(element, leaving, self.agenda.recency, None)
                if self.windows is not None:
                    self.windows.drop(element, leaving)
        return changed

    # How a session begins, and begins again.

    def load(self, value: BaseModel, number: int) -> None:
        """Loads a stored fact: what it matches has fired already."""
        self._enter(value, number, None).already_matched = True

    def load_signal(self, value: BaseModel, number: int, alphas: list[int]) -> None:
        """Loads a signal that has ended for all but the matches that wait with it, which see it by these patterns."""
        element = Element(number, value, getattr(type(value), "entry_point", None), alphas)
        element.already_matched = True
        self.elements.add(element)
        self.memories.add_to_all(element)

    def first_evaluation(self, branches: Iterable[Branch]) -> None:
        """Builds networks of rules that are new to the session: to them all that is stored has just come."""
        for branch in branches:
            if branch not in self.networks:
                self.scheduler.schedule(self.builder.build(branch, already_matched=False))

    @property
    def may_be_open(self) -> bool:
        """Whether work may be left open: matches, what they justify or were evaluated on, facts that go, windows."""
        held = self.justifications is not None or (self.timers is not None and bool(self.timers))
        return self._open_ended or held or not self.agenda.idle

    def need_history(self) -> EvaluationHistory:
        """Returns the evaluation history; makes it if it counts for no rule, but a session has some of other rules."""
        if self.history is None:
            self.history = self.builder.history = self._new_history()
        return self.history

    def _new_history(self) -> EvaluationHistory:
        return EvaluationHistory(self._alphas.with_history, self.memories, self.networks, self.agenda)

    # The steps that these have in common.

    def _enter(self, value: BaseModel, number: int, entry_point: str | None) -> Element:
        element = Element(number, value, entry_point, self._alphas.satisfied(value, entry_point))
        self.elements.add(element)
        self.memories.add_to_all(element)
        return element

    def _touch(self, element: Element, origin: str | None) -> None:
        self.agenda.recency += 1
        element.recency, element.origin = self.agenda.recency, origin
        if element.entry_point is None:
            self.facts_changed = True

    def _satisfied_after(self, element: Element, value: BaseModel, fields: frozenset[str] | None) -> list[int]:
        """Returns the patterns that an element satisfies with a new value."""
        lingers = element.entry_point == LINGERING and not isinstance(value, Signal)
        satisfied = self._alphas.satisfied(value, None if lingers else element.entry_point)
        if lingers:
            listening = self.propagation.listening(satisfied, fields)
            satisfied = [index for index in satisfied if index in element.alphas or index in listening]
        if is_kept(element):
            satisfied = [index for index in satisfied if index in element.alphas]  # it has ended for all other rules
        return satisfied

    def _slide(self, windows: Windows, element: Element, indexes: Iterable[int]) -> None:
        for index, old in windows.enter(element, indexes):
            self._withdraw(old, [index], element.recency, element.origin)

    def _withdraw(self, element: Element, indexes: list[int], recency: int, origin: str | None) -> None:
        """Takes an element from some patterns without deleting it: to rules with these patterns it is gone."""
        self.propagation.prepare(indexes)
        element.recency, element.origin = recency, origin
        for index in indexes:
            self.memories.withdraw(element, index)
        self.propagation.propagate(element, [(index, DELETE) for index in indexes])
