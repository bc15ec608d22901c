"""What of earlier evaluations counts for later ones: for rules that ask what brought a match about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from infobip_rules.engine.alpha import Branch
from infobip_rules.engine.elements import Element
from infobip_rules.engine.matching import Before, Matching


class Lasting(Matching):
    """Recalls what was evaluated before the session was saved, and tells what is to be recalled in its turn.

    Whether no-loop, lock-on-active or an activation group stops a match hangs on the change that brought it about. That
    is an old one where a `not` or `exists` was not evaluated since, for want of something else: so it counts what was.
    """

    __slots__ = ()

    def recall(
        self,
        evaluated: Mapping[Branch, frozenset[tuple[int, int]]],
        triggered: Mapping[str, Collection[int]],
        facts: Iterable[Element],
    ) -> None:
        """Takes back which branches were evaluated, with what came since: those named, and those that can match.

        And in which activation groups a match had fired, with the facts that came since.
        """
        self._before = {branch: Before(linked=False, fresh=fresh) for branch, fresh in evaluated.items()}
        for branch in self._alphas.lasting:
            if self._linked(branch):
                self._before[branch] = Before(linked=True)
        for branch in self._before:
            self._memories.setdefault(branch.key, {})  # so that it is told of changes
        # What came since one was triggered came since those before it: sets within sets, so that counting them is enough.
        for stamp, (name, _) in enumerate(sorted(triggered.items(), key=lambda one: -len(one[1]))):
            self.agenda.trigger(name, stamp)
        self.agenda.stamp = len(triggered)
        for element in facts if triggered else ():
            element.stamp = sum(element.id in since for since in triggered.values())

    def triggered(self) -> dict[str, list[int]]:
        """The activation groups for which it counts that they were triggered, each with the facts that came since."""
        found: dict[str, set[int]] = {}
        stamps = self.agenda.triggered
        for branch in self._alphas.lasting:
            name = branch.rule.activation_group
            if name in stamps:
                elements = [one for _, _, index in branch.places for one in self._memories.get(index, ())]
                since = {one.id for one in elements if one.id and one.stamp > stamps[name]}
                found[name] = found.get(name, set()) | since
        return {name: sorted(found[name]) for name in sorted(found)}

    def evaluated(self) -> list[tuple[Branch, list[tuple[int, int]]]]:
        """The branches that were evaluated and can't match any more, each with what came since (see `recall`)."""
        found = [(branch, self._fresh(branch)) for branch in self._alphas.lasting if not self._linked(branch)]
        return [(branch, sorted(fresh)) for branch, fresh in found if fresh is not None]

    def _fresh(self, branch: Branch) -> set[tuple[int, int]] | None:
        network, before = self._networks.get(branch), self._before.get(branch)
        if network is not None and network.evaluated:
            return {(place, one.id) for place, one in network.fresh or () if one.id and not one.gone}
        if network is not None or before is None:
            return None
        return {
            (place, one.id)
            for place, (_, _, index) in enumerate(branch.places)
            for one in self._memories.get(index, ())
            if (place, one.id) in before.fresh
        }

    def _unlink(self) -> None:
        """Evaluates what can't match any more since elements went of which the networks were not told."""
        for branch in self._alphas.lasting:
            network = self._networks.get(branch)
            if network is not None and network.linked and not self._linked(branch):
                network.run()
                network.linked = False
