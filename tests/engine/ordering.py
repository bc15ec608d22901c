"""Networks of which the matches of one rule fire in the order of their elements, to compare sessions with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pytest

from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.heaps import Heap
from infobip_rules.engine.network.timetable import Timetable
from infobip_rules.engine.session import network_builder


def put_matches_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the matches of one rule fire in the order of their elements, those too that are due at one moment."""
    monkeypatch.setattr(network_builder, "BranchNetwork", OrderedNetwork)
    monkeypatch.setattr(network_builder, "Timetable", OrderedTimetable)


class OrderedNetwork(BranchNetwork):
    """A network whose matches wait in the order of their elements."""

    def run(self) -> None:
        super().run()
        self._put_in_order()

    def sketch(self, memories: Mapping[int, Mapping[Element, None]]) -> None:
        super().sketch(memories)
        self._put_in_order()

    @property
    def waiting(self) -> Iterable[Tuple]:
        self._put_in_order()
        return super().waiting

    def take(self) -> Tuple:
        self._put_in_order()  # what is left in a heap of equals depends on when it was put in order last
        return super().take()

    def _put_in_order(self) -> None:
        self.pending = dict.fromkeys(sorted(self.pending, key=elements_of))
        if self.saliences is not None:
            ordered: Heap[Tuple] = Heap()
            for match in self.pending:
                ordered.add(match, self.saliences.of(match))
            self.saliences = ordered


class OrderedTimetable(Timetable):
    """A timetable from which matches that are due at one moment come in the order of their elements."""

    def release(self, moment: datetime) -> list[Tuple]:
        self._dues = {match: self._dues[match] for match in sorted(self._dues, key=elements_of)}
        return super().release(moment)


def elements_of(match: Tuple) -> list[tuple[int, str]]:
    """What a match is put in order by."""
    # Signals have no number of their own.
    return [(element.id, repr(element.value) if element.entry_point else "") for element in match.elements]
