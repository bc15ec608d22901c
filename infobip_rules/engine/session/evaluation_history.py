"""Evaluation history: what branches were evaluated on earlier, for rules that ask what brought a match about.

Whether no-loop, lock-on-active or an activation group stops a match depends on the change that brought it about. That
is an old one if a `not` or `exists` was not evaluated since, for want of something else: so it counts what was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element


class Evaluated(NamedTuple):
    """What is kept of a branch that was evaluated and can't match any more: what was added and removed since.

    Each is the number of a pattern in the branch, and the number of the fact; 0 for signals, which have all gone.
    """

    added: Collection[tuple[int, int]]
    removed: Collection[tuple[int, int]]


class Before(NamedTuple):
    """How a branch that was evaluated stood when the session was loaded."""

    #: Whether it could match.
    linked: bool
    #: What came since it was evaluated last: the number of a pattern in the branch, the number of the fact.
    added: frozenset[tuple[int, int]] = frozenset()
    #: What went since: the number of a pattern, and an element that stands for it.
    removed: tuple[tuple[int, Element], ...] = ()


class EvaluationHistory:
    """Which branches were evaluated before the session was saved, and what is to be restored the next time."""

    __slots__ = ("_agenda", "_before", "_branches", "_memories", "_networks")

    def __init__(
        self,
        branches: Sequence[Branch],
        memories: AlphaMemories,
        networks: Mapping[Branch, BranchNetwork],
        agenda: Agenda,
    ) -> None:
        """`branches` are those for which it counts; `networks` those that are built so far."""
        self._branches = branches
        self._memories = memories
        self._networks = networks
        self._agenda = agenda
        self._before: dict[Branch, Before] = {}

    def before(self, branch: Branch) -> Before | None:
        """Returns how a branch stood when the session was loaded; None if it had not been evaluated, or it does not count."""
        return self._before.get(branch)

    def restore(
        self,
        evaluated: Mapping[Branch, Evaluated],
        triggered: Mapping[str, Collection[int]],
        elements: Mapping[int, Element],
    ) -> None:
        """Puts back which branches were evaluated, those that can match included.

        And in which activation groups a match had fired, with the facts that came, changed or went since. `elements`
        are those stored, by number.
        """
        known = dict(elements)
        for branch, (added, removed) in evaluated.items():
            gone = tuple(
                (number, known.setdefault(fact, _gone(fact)))
                for number, fact in removed
                if number < len(branch.places)
                and branch.terms[branch.places[number][0]].lone_pattern  # unless deployed anew
            )
            self._before[branch] = Before(linked=False, added=frozenset(added), removed=gone)
        for branch in self._branches:
            if self._memories.is_linked(branch):
                self._before[branch] = Before(linked=True)
        for branch in self._before:
            self._memories.setdefault(branch.key, {})  # so that changes reach it
        if triggered:
            self._restore_triggered(triggered, known.values())

    def _restore_triggered(self, triggered: Mapping[str, Collection[int]], elements: Iterable[Element]) -> None:
        # What came since one was triggered came since those before it: sets within sets, so that counting them is enough.
        for recency, (name, _) in enumerate(sorted(triggered.items(), key=lambda item: -len(item[1]))):
            self._agenda.trigger(name, recency)
        self._agenda.recency = len(triggered)
        for element in elements:
            element.recency = sum(element.id in since for since in triggered.values())

    def evaluated(self) -> dict[Branch, Evaluated]:
        """Returns the branches that were evaluated and can't match any more."""
        return {
            branch: Evaluated(*map(_numbers, found))
            for branch in self._branches
            if not self._memories.is_linked(branch) and (found := self._since(branch)) is not None
        }

    def triggered(self) -> dict[str, list[int]]:
        """Returns the activation groups of which it counts that a match has fired, each with what changed since."""
        found: dict[str, set[int]] = {}
        triggered = self._agenda.triggered
        for branch in self._branches:
            name = branch.rule.activation_group
            if name in triggered:
                elements = [element for _, element in self._memories.held(branch)]
                _, removed = self._since(branch) or ((), ())
                elements += [element for _, element in removed]
                changed = {_number(element) for element in elements if element.recency > triggered[name]}
                found[name] = found.get(name, set()) | changed
        return {name: sorted(found[name]) for name in sorted(found)}

    def evaluate_unlinked(self) -> None:
        """Evaluates branches that can't match any more since elements went of whose end their networks do not know."""
        for branch in self._branches:
            network = self._networks.get(branch)
            if network is not None and network.linked and not self._memories.is_linked(branch):
                network.run()
                network.linked = False

    def _since(self, branch: Branch) -> tuple[Collection[tuple[int, Element]], Collection[tuple[int, Element]]] | None:
        """Returns what came and went since the branch was evaluated; None if it never was."""
        network, before = self._networks.get(branch), self._before.get(branch)
        history = network.history if network is not None else None
        if history is not None and history.evaluated:
            added = [item for item in history.added if not item[1].gone and item[1].entry_point is None]
            return added, history.removed
        if network is not None or before is None:
            return None
        held = self._memories.held(branch)
        return [(number, element) for number, element in held if (number, element.id) in before.added], before.removed


def _gone(number: int) -> Element:
    """Returns what stands for a fact that is no more."""
    element = Element(number, None, None, [])
    element.gone = True
    return element


def _numbers(elements: Iterable[tuple[int, Element]]) -> list[tuple[int, int]]:
    return sorted({(number, _number(element)) for number, element in elements})


def _number(element: Element) -> int:
    # A signal may have one, for a match that waits with it: for all others it has ended.
    return element.id if element.entry_point is None else 0
