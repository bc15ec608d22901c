"""The node of `accumulate`: folds all that its source matches with a tuple into results."""

from __future__ import annotations

from typing import Any

from infobip_rules.engine.network.elements import Derived, Element, Tuple
from infobip_rules.engine.network.folds import result_of
from infobip_rules.engine.network.staging import Staged, allowed, cause_of, take_back, values_of
from infobip_rules.engine.network.subnetwork import Inner
from infobip_rules.engine.rules.model import Accumulate


class Folding:
    """Pairs each tuple with the results of its folds, while they satisfy the constraints."""

    __slots__ = ("conditions", "folds", "inner", "left", "stage")

    def __init__(self, term: Accumulate, inner: Inner) -> None:
        self.folds = term.folds
        self.conditions = (*term.constraints, *term.joins)
        self.inner = inner
        self.stage = inner.stage
        #: For each tuple what its matches inside contribute, in the order they came or changed.
        self.left: dict[Tuple, dict[Tuple, tuple[Any, ...]]] = {}

    def run(self, source: Staged) -> Staged:
        """Folds anew for the tuples that are new or changed, and those for which something changed inside."""
        target, left = Staged(), self.left
        changes = self.inner.run(source)
        for one in source.deleted:
            left.pop(one, None)
            take_back(one, target)
        left.update({one: {} for one in reversed(source.inserted)})
        touched = self._touched(changes, source)
        for one in source.inserted:
            self._evaluate(one, target, one)
        for one in reversed(touched):
            self._evaluate(one, target, touched[one])
        return target

    def _touched(self, changes: Staged, source: Staged) -> dict[Tuple, Tuple | Element]:
        """The tuples whose results may have changed, in the order in which Drools notes them, each with what changed last."""
        touched: dict[Tuple, Tuple | Element] = {}
        last: dict[Tuple, Tuple | Element] = {}
        for match in changes.deleted:
            self._note(match, touched, last, None)
        for match in changes.updated:
            self._note(match, touched, last, self._contribution(match))
        waiting = {one: touched.pop(one, one) for one in reversed(source.updated)}
        touched.update(waiting)
        for match in changes.inserted:
            self._note(match, touched, last, self._contribution(match))
        return {
            one: cause if one not in last or last[one].recency < one.recency else last[one]
            for one, cause in touched.items()
            if one not in source.inserted
        }

    def _note(
        self,
        match: Tuple,
        touched: dict[Tuple, Tuple | Element],
        last: dict[Tuple, Tuple | Element],
        contribution: tuple[Any, ...] | None,
    ) -> None:
        one = self.inner.outer(match)
        if one is None:
            return
        self.left[one].pop(match, None)
        if contribution is not None:
            self.left[one][match] = contribution
        touched.setdefault(one, one)
        changed = cause_of(match)
        if one not in last or last[one].recency < changed.recency:
            last[one] = changed

    def _contribution(self, match: Tuple) -> tuple[Any, ...]:
        values = values_of(match.elements)
        return tuple(None if fold.value is None else fold.value(values) for fold in self.folds)

    def _evaluate(self, one: Tuple, target: Staged, cause: Tuple | Element) -> None:
        contributions = self.left[one].values()
        results = tuple(
            result_of(fold, [some[place] for some in contributions]) for place, fold in enumerate(self.folds)
        )
        # As in Drools, only a single function that has no result keeps the rule from matching.
        if results == (None,) or not allowed(self.conditions, results, values_of(one.elements)):
            take_back(one, target, cause)
            return
        for element, child in one.children.items():
            if element is not None:
                element.value = results
                child.recency, child.origin = cause.recency, cause.origin
                target.update(child)
        if not one.children:
            element = Derived(results, "")
            child = one.children[element] = Tuple((*one.elements, element), cause.recency, cause.origin)
            target.insert(child)
