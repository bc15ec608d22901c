"""The network of a branch: Drools' lazy, set-oriented joins (PHREAK), and the matches that wait to fire."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from infobip_rules.engine.network.alpha import Branch, Order
from infobip_rules.engine.network.branch_history import BranchHistory
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.heaps import Heap
from infobip_rules.engine.network.match_keys import MatchKey, key_of
from infobip_rules.engine.network.nodes import node_for
from infobip_rules.engine.network.staging import (
    DELETE,
    INSERT,
    NOTHING,
    REORDER,
    Change,
    Node,
    Staged,
    allowed,
    values_of,
)
from infobip_rules.engine.network.timetable import Timetable
from infobip_rules.engine.rules.model import Pattern


class Admit(Protocol):
    """Decides which matches may wait to fire."""

    def __call__(self, network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        """Returns whether a match that came about (or, `again`, is looked at anew) may fire."""
        ...


#: Notified of a match that is no more, with the rule that did it.
EndOfMatch = Callable[[MatchKey, "str | None"], None]


class BranchNetwork:
    """The nodes and memories of one branch, and its matches that wait to fire."""

    __slots__ = (
        "_begins_with_element",
        "_ended",
        "_lefts",
        "_nodes",
        "_staged",
        "admit",
        "branch",
        "dirty",
        "history",
        "linked",
        "memories_deferred",
        "on_match_end",
        "order",
        "pending",
        "queued",
        "saliences",
        "timetable",
    )

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        #: Its place on the agenda.
        self.order: Order = branch.order
        #: Asked before a match waits to fire; None if any may.
        self.admit: Admit | None = None
        #: Notified of matches that are no more; None if none justifies a fact.
        self.on_match_end: EndOfMatch | None = None
        #: Justifying matches that are no more since a rule deleted an element: noticed when it is the branch's turn.
        self._ended: tuple[tuple[MatchKey, str | None], ...] = ()
        #: Of the matches that wait, if the rule computes it.
        self.saliences: Heap[Tuple] | None = (
            Heap() if branch.needs_agenda_checks and callable(branch.rule.salience) else None
        )
        #: The moments of its matches; None if they wait for nothing but their turn.
        self.timetable: Timetable | None = None
        #: Whether its matches were listed without building memories, which most networks never need.
        self.memories_deferred = False
        self.pending: dict[Tuple, None] = {}
        self.dirty = False
        self.queued = False
        #: Whether the branch could match when it was last looked at.
        self.linked = False
        #: What was staged since it was evaluated, if that counts for its matches.
        self.history: BranchHistory | None = BranchHistory(branch) if branch.keeps_history else None
        self._staged: Staged | None = None
        self._lefts: dict[Element, Tuple] = {}
        self._begins_with_element = branch.begins_with_element
        #: Made by `start`: a sketch does without.
        self._nodes: tuple[Node, ...] = ()

    def sketch(self, memories: Mapping[int, Mapping[Element, None]]) -> None:
        """Finds the matches among elements that all count as new, without memories, in the order in which `run` would."""
        self.memories_deferred, self.dirty = True, False
        found: list[tuple[Element, ...]] = [()]
        for place, pattern, index in self.branch.places:
            right = memories[index]
            joins = pattern.joins
            if len(found) == 1 == len(right):  # mostly so: one signal, one agent
                (so_far,), (element,) = found, right
                found = [(*so_far, element)] if not joins or allowed(joins, element.value, values_of(so_far)) else []
                continue
            # The first pattern's elements come as they are, what is joined to them newest first.
            rights, lefts = (right, found) if place == 0 else (list(right)[::-1], found[::-1])
            found = [
                (*so_far, element)
                for so_far in lefts
                for element in rights
                if not joins or allowed(joins, element.value, values_of(so_far))
            ]
            if place in self.branch.reversed_after:
                found.reverse()
        for elements in reversed(found):
            newest = elements[0]
            for element in elements:  # what max() would find, in half the time
                if element.recency > newest.recency:
                    newest = element
            if self.may_fire(newest.origin):
                self.pending[Tuple(elements, newest.recency, newest.origin)] = None

    def start(self) -> None:
        """Makes the nodes, and stages the empty tuple that the matches of a rule beginning with `not` or `exists` begin with."""
        terms = self.branch.terms
        self._nodes = tuple(node_for(term) for term in (terms[1:] if self._begins_with_element else terms))
        if not self._begins_with_element:
            self._staged = Staged()
            self._staged.insert(Tuple((), 0, None))
            self.dirty = True

    def stage(self, element: Element, place: int, change: Change, pattern: Pattern) -> None:
        """Stages what happened to an element at a place of the branch."""
        self.dirty = True
        if self.history is not None:
            self.history.note(element, change, pattern)
        if not self._begins_with_element:
            self._nodes[place].stage(element, change, pattern)
        elif place > 0:
            self._nodes[place - 1].stage(element, change, pattern)
        elif self._nodes or self.branch.rule.lock_on_active:
            if self._staged is None:
                self._staged = Staged()
            self._stage_left(element, change, self._staged)
        else:
            # A rule of one pattern is not lazy in Drools: matches come up in the order of the changes.
            staged = Staged()
            self._stage_left(element, change, staged)
            self._finish(staged)

    def reorder(self, element: Element, place: int, pattern: Pattern) -> None:
        """Notes an update of fields that the pattern does not listen to: it changes the order in which elements are joined."""
        first = 1 if self._begins_with_element else 0
        if place >= first and self._nodes:
            self._nodes[place - first].stage(element, REORDER, pattern)

    def _stage_left(self, element: Element, change: Change, staged: Staged) -> None:
        if change is INSERT:
            left = self._lefts[element] = Tuple((element,), element.recency, element.origin)
            staged.insert(left)
            return
        left = self._lefts[element]
        if change is DELETE:
            del self._lefts[element]
            staged.delete(left)
        else:
            left.recency, left.origin = element.recency, element.origin
            if left not in staged.inserted and left not in staged.updated:
                staged.update(left)

    def end(self, match: MatchKey, origin: str | None) -> None:
        """Notes that a justifying match is no more, because of what the rule `origin` did: noticed at the next run."""
        self._ended = (*self._ended, (match, origin))
        self.dirty = True

    def run_at_once(self) -> None:
        """Evaluates a change of an element by itself; the empty tuple, which is no event, waits for the rule's turn."""
        held = None if self._begins_with_element or self.branch.eager else self._staged
        if held is not None:
            self._staged = None
        self.run()
        self._staged, self.dirty = held, held is not None
        if held is not None and self.history is not None:
            # Nothing has come of it before the empty tuple went through.
            self.history.evaluated = False

    def run(self) -> None:
        """Evaluates what is staged: `pending` is up to date then."""
        self.dirty = False
        if self.history is not None:
            self.history.begin_anew()
        if self._ended and self.on_match_end is not None:
            for match, origin in self._ended:
                self.on_match_end(match, origin)
            self._ended = ()
        staged, self._staged = self._staged or NOTHING, None
        place = 1 if self._begins_with_element else 0
        for node in self._nodes:
            staged = node.run(staged)
            if place in self.branch.reversed_after:
                staged.reverse()
            place += 1
        self._finish(staged)

    def _finish(self, staged: Staged) -> None:
        for match in staged.deleted:
            self.cancel(match)
            if self.timetable is not None:
                self.timetable.remove(match)
            if self.on_match_end is not None:
                self.on_match_end(key_of(self.branch, match), match.origin)
        for match in reversed(staged.updated):
            self.wait(match, again=True)
        for match in reversed(staged.inserted):
            self.wait(match, again=False)

    def wait(self, match: Tuple, *, again: bool) -> None:
        """Makes a match wait to fire, or for its moment, if it may."""
        if match in self.pending:
            return
        if not self.may_fire(match.origin):
            if self.timetable is not None:
                self.timetable.mute(match)
            return
        if self.timetable is None or self.timetable.comes(match, again=again):
            self.queue(match, again=again)

    def queue(self, match: Tuple, *, again: bool) -> None:
        """Makes a match wait for its turn, if it may; the time of its timer has come."""
        if match in self.pending:
            return
        asked = self.admit is not None or self.on_match_end is not None
        if asked and any(element.gone for element in match.elements):
            return  # joins keep what was deleted, and its matches never fire: they must not ask for the focus either
        if self.admit is None or self.admit(self, match, again=again):
            self.hold(match)

    def hold(self, match: Tuple, salience: int | None = None) -> None:
        """Makes a match wait for its turn without asking whether it may; with the salience that it had, or else has now."""
        self.pending[match] = None
        computed = self.branch.rule.salience
        if self.saliences is not None and callable(computed):
            self.saliences.add(match, computed(values_of(match.elements)) if salience is None else salience)

    def may_fire(self, origin: str | None) -> bool:
        """Returns whether a match that the rule `origin` brought about is to fire: with no-loop, not if that is its own rule."""
        rule = self.branch.rule
        return not rule.no_loop or origin != rule.id

    def cancel(self, match: Tuple) -> None:
        """Removes a match from those that wait."""
        self.pending.pop(match, None)
        if self.saliences is not None:
            self.saliences.remove(match)

    def lasts(self, match: Tuple) -> bool:
        """Returns whether a match that fires still holds, as far as is known before anything staged is evaluated."""
        if any(element.gone for element in match.elements):
            return False
        return (
            not self._begins_with_element or len(self.branch.terms) > 1 or self._lefts.get(match.elements[0]) is match
        )

    def open(self) -> list[Tuple]:
        """Returns the matches that wait, for their moment or for their turn."""
        waiting = [match for match in self.pending if not any(element.gone for element in match.elements)]
        return [*waiting, *(match for match, _ in self.timetable or () if match not in self.pending)]

    def forget(self) -> list[Tuple]:
        """Removes all matches that wait, and returns them."""
        forgotten = list(self.pending)
        for match in forgotten:
            self.cancel(match)
        return forgotten

    @property
    def waiting(self) -> Iterable[Tuple]:
        """The matches that wait, in an order in which they can be made to wait again and fire as they would have."""
        return self.pending if self.saliences is None else self.saliences

    def take(self) -> Tuple:
        """Takes the match that fires first: the oldest of those with the highest salience."""
        if self.saliences is None:
            match = next(iter(self.pending))
            del self.pending[match]
            return match
        match = self.saliences.first
        self.cancel(match)
        return match
