"""The history of a branch's network: whether it was evaluated, and what was staged in it since."""

from __future__ import annotations

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.staging import DELETE, INSERT, UPDATE, Change
from infobip_rules.engine.rules.model import Existential, Pattern


class BranchHistory:
    """What came and went since a branch was evaluated last; kept for branches whose matches depend on it."""

    __slots__ = ("_branch", "added", "evaluated", "removed")

    def __init__(self, branch: Branch) -> None:
        self._branch = branch
        #: Whether what was staged last has been evaluated.
        self.evaluated = False
        #: What came or changed since, by its pattern's number in the branch.
        self.added: dict[tuple[int, Element], None] = {}
        #: What went since, of the elements that a `not` or `exists` of one pattern was judged by.
        self.removed: dict[tuple[int, Element], None] = {}

    def begin_anew(self) -> None:
        """Notes that everything staged is evaluated now."""
        self.evaluated, self.added, self.removed = True, {}, {}

    def note(self, element: Element, change: Change, pattern: Pattern) -> None:
        """Notes a change of an element that is staged."""
        number, place = next(
            (number, place) for number, (place, held, _) in enumerate(self._branch.places) if held is pattern
        )
        if (number, element) in self.added:
            if change is DELETE:
                del self.added[number, element]
            return
        terms = self._branch.terms
        term = terms[place]
        if change is INSERT or (isinstance(term, Pattern) and change is UPDATE):
            self.added[number, element] = None
        elif change is DELETE and term.lone_pattern is not None:
            self.removed[number, element] = None
        elif isinstance(term, Pattern) or (change is UPDATE and isinstance(term, Existential)):
            pass  # a tuple without it is none; what is there is as good as what was
        elif not any(isinstance(before, Existential) for before in terms[:place]):
            # What it stood for can't be seen from what is there: as if nothing had been evaluated.
            self.evaluated = False
