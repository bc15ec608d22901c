"""The node of `accumulate`: it folds all that its source matches with a tuple into results."""

from __future__ import annotations

from typing import Any

from infobip_rules.engine.network.elements import Derived, Element, Tuple
from infobip_rules.engine.network.folds import result_of
from infobip_rules.engine.network.staging import Staged, allowed, cause_of, take_back, values_of
from infobip_rules.engine.network.subnetwork import Subnetwork
from infobip_rules.engine.rules.model import Accumulate


class AccumulateNode:
    """Pairs each tuple with the results of its folds, while they satisfy the constraints."""

    __slots__ = ("conditions", "folds", "left", "stage", "subnetwork")

    def __init__(self, term: Accumulate, subnetwork: Subnetwork) -> None:
        self.folds = term.folds
        self.conditions = term.conditions
        self.subnetwork = subnetwork
        self.stage = subnetwork.stage
        #: For each tuple the contributions of its matches inside, in the order in which they came or changed.
        self.left: dict[Tuple, dict[Tuple, tuple[Any, ...]]] = {}

    def run(self, source: Staged) -> Staged:
        """Folds anew for the tuples that are new or changed, or for which something changed inside."""
        target, left = Staged(), self.left
        changes = self.subnetwork.run(source)
        for outer in source.deleted:
            left.pop(outer, None)
            take_back(outer, target)
        left.update({outer: {} for outer in reversed(source.inserted)})
        touched = self._touched(changes, source)
        for outer in source.inserted:
            self._evaluate(outer, target, outer)
        for outer in reversed(touched):
            self._evaluate(outer, target, touched[outer])
        return target

    def _touched(self, changes: Staged, source: Staged) -> dict[Tuple, Tuple | Element]:
        """Returns the tuples whose results may have changed, in Drools' order, each with what changed last."""
        touched: dict[Tuple, Tuple | Element] = {}
        last: dict[Tuple, Tuple | Element] = {}
        for match in changes.deleted:
            self._note(match, touched, last, None)
        for match in changes.updated:
            self._note(match, touched, last, self._contribution(match))
        waiting = {outer: touched.pop(outer, outer) for outer in reversed(source.updated)}
        touched.update(waiting)
        for match in changes.inserted:
            self._note(match, touched, last, self._contribution(match))
        return {
            outer: cause if outer not in last or last[outer].recency < outer.recency else last[outer]
            for outer, cause in touched.items()
            if outer not in source.inserted
        }

    def _note(
        self,
        match: Tuple,
        touched: dict[Tuple, Tuple | Element],
        last: dict[Tuple, Tuple | Element],
        contribution: tuple[Any, ...] | None,
    ) -> None:
        outer = self.subnetwork.outer(match)
        if outer is None:
            return
        self.left[outer].pop(match, None)
        if contribution is not None:
            self.left[outer][match] = contribution
        touched.setdefault(outer, outer)
        changed = cause_of(match)
        if outer not in last or last[outer].recency < changed.recency:
            last[outer] = changed

    def _contribution(self, match: Tuple) -> tuple[Any, ...]:
        values = values_of(match.elements)
        return tuple(None if fold.value is None else fold.value(values) for fold in self.folds)

    def _evaluate(self, outer: Tuple, target: Staged, cause: Tuple | Element) -> None:
        contributions = self.left[outer].values()
        results = tuple(
            result_of(fold, [some[place] for some in contributions]) for place, fold in enumerate(self.folds)
        )
        # As in Drools, only a single function that has no result keeps the rule from matching.
        if results == (None,) or not allowed(self.conditions, results, values_of(outer.elements)):
            take_back(outer, target, cause)
            return
        for element, child in outer.children.items():
            if element is not None:
                element.value = results
                child.recency, child.origin = cause.recency, cause.origin
                target.update(child)
        if not outer.children:
            element = Derived(results, "")
            child = outer.children[element] = Tuple((*outer.elements, element), cause.recency, cause.origin)
            target.insert(child)
