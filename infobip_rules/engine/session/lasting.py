"""What of earlier evaluations counts for later ones: for rules that ask what brought a match about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from infobip_rules.engine.network.alpha import Branch, is_simple
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.session.matching import Before, Matching


class Evaluated(NamedTuple):
    """What is kept of a branch that was evaluated and can't match any more: what came and went since.

    Each is the place among the branch's patterns, and the number of the fact; 0 for signals, which have all gone.
    """

    fresh: Collection[tuple[int, int]]
    parted: Collection[tuple[int, int]]


class Lasting(Matching):
    """Recalls what was evaluated before the session was saved, and tells what is to be recalled in its turn.

    Whether no-loop, lock-on-active or an activation group stops a match hangs on the change that brought it about. That
    is an old one where a `not` or `exists` was not evaluated since, for want of something else: so it counts what was.
    """

    __slots__ = ()

    def recall(
        self, evaluated: Mapping[Branch, Evaluated], triggered: Mapping[str, Collection[int]], facts: Iterable[Element]
    ) -> None:
        """Takes back which branches were evaluated, those that can match included.

        And in which activation groups a match had fired, with the facts that came, changed or went since.
        """
        elements = {one.id: one for one in facts}
        for branch, (fresh, parted) in evaluated.items():
            gone = tuple(
                (place, elements.setdefault(number, _gone(number)))
                for place, number in parted
                if place < len(branch.places)
                and is_simple(branch.terms[branch.places[place][0]])  # unless deployed anew
            )
            self._before[branch] = Before(linked=False, fresh=frozenset(fresh), parted=gone)
        for branch in self._alphas.lasting:
            if self._linked(branch):
                self._before[branch] = Before(linked=True)
        for branch in self._before:
            self._memories.setdefault(branch.key, {})  # so that it is told of changes
        # What came since one was triggered came since those before it: sets within sets, so that counting them is enough.
        for stamp, (name, _) in enumerate(sorted(triggered.items(), key=lambda one: -len(one[1]))):
            self.agenda.trigger(name, stamp)
        self.agenda.stamp = len(triggered)
        for element in elements.values() if triggered else ():
            element.stamp = sum(element.id in since for since in triggered.values())

    def evaluated(self) -> dict[Branch, Evaluated]:
        """The branches that were evaluated and can't match any more."""
        return {
            branch: Evaluated(*map(_numbers, found))
            for branch in self._alphas.lasting
            if not self._linked(branch) and (found := self._since(branch)) is not None
        }

    def triggered(self) -> dict[str, list[int]]:
        """The activation groups for which it counts that a match has fired, each with what came, changed or went since."""
        found: dict[str, set[int]] = {}
        stamps = self.agenda.triggered
        for branch in self._alphas.lasting:
            name = branch.rule.activation_group
            if name in stamps:
                elements = [one for _, _, index in branch.places for one in self._memories.get(index, ())]
                _, parted = self._since(branch) or ((), ())
                elements += [one for _, one in parted]
                found[name] = found.get(name, set()) | {_number(one) for one in elements if one.stamp > stamps[name]}
        return {name: sorted(found[name]) for name in sorted(found)}

    def _since(self, branch: Branch) -> tuple[Collection[tuple[int, Element]], Collection[tuple[int, Element]]] | None:
        """What came and went since the branch was evaluated; None where it never was."""
        network, before = self._networks.get(branch), self._before.get(branch)
        if network is not None and network.evaluated:
            fresh = [one for one in network.fresh or () if not one[1].gone and one[1].entry_point is None]
            return fresh, network.parted
        if network is not None or before is None:
            return None
        there = [
            (place, one)
            for place, (_, _, index) in enumerate(branch.places)
            for one in self._memories.get(index, ())
            if (place, one.id) in before.fresh
        ]
        return there, before.parted

    def _unlink(self) -> None:
        """Evaluates what can't match any more since elements went of which the networks were not told."""
        for branch in self._alphas.lasting:
            network = self._networks.get(branch)
            if network is not None and network.linked and not self._linked(branch):
                network.run()
                network.linked = False


def _gone(number: int) -> Element:
    """Stands for a fact that is no more."""
    element = Element(number, None, None, [])
    element.gone = True
    return element


def _numbers(elements: Iterable[tuple[int, Element]]) -> list[tuple[int, int]]:
    return sorted({(place, _number(one)) for place, one in elements})


def _number(element: Element) -> int:
    # A signal may have one, for a match that waits with it: for all others it has ended.
    return element.id if element.entry_point is None else 0
