"""What was inserted logically, and the matches that justify it: gone when the last of them ceases."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Derived, Element, Tuple

#: Names a match for as long as it lasts: its branch, and each element.
Match = tuple[Branch, tuple[Hashable, ...]]


def named(branch: Branch, match: Tuple) -> Match:
    """The name of a match: the same after its network, or the whole session, was built anew."""
    return branch, tuple([_part(element) for element in match.elements])


def _part(element: Element) -> Hashable:
    if isinstance(element, Derived):
        return element.key
    # A signal has no number, unless it is kept for a match that waits, and it may get that any time.
    return element.id if element.entry_point is None else element


class Truth:
    """The justifications of one session."""

    __slots__ = ("_by_fact", "_by_match", "_doubtful", "_fired", "_parts")

    def __init__(self) -> None:
        self._by_fact: dict[Element, dict[Match, None]] = {}
        self._by_match: dict[Match, dict[Element, None]] = {}
        #: The matches that an element is part of.
        self._parts: dict[Hashable, dict[Match, None]] = {}
        #: Facts that have lost a justification, each with the rule whose change took the last of them.
        self._doubtful: dict[Element, str | None] = {}
        #: The match that is firing, the rule that brought it about, and what it justified when it fired before.
        self._fired: tuple[Match, str | None, dict[Element, None]] | None = None

    @property
    def branches(self) -> set[Branch]:
        """The branches whose matches justify something."""
        return {branch for branch, _ in self._by_match}

    @property
    def rests_on_signals(self) -> bool:
        """Whether a match that a signal is part of justifies something."""
        return any(isinstance(part, Element) for part in self._parts)

    def facts(self) -> Iterable[tuple[Element, Iterable[Match]]]:
        """The facts that are justified, each with the matches that do."""
        return self._by_fact.items()

    def equal(self, value: BaseModel) -> Element | None:
        """The justified fact that equals `value`."""
        return next((one for one in self._by_fact if type(one.value) is type(value) and one.value == value), None)

    def justify(self, fact: Element, match: Match) -> None:
        """Lets a match justify a fact."""
        self._by_fact.setdefault(fact, {})[match] = None
        self._by_match.setdefault(match, {})[fact] = None
        for part in match[1]:
            self._parts.setdefault(part, {})[match] = None

    def rest(self, fact: Element, matches: Iterable[Match]) -> None:
        """Lets a fact rest on these matches, and go where there are none."""
        self._by_fact.setdefault(fact, {})
        self._doubtful[fact] = None
        for match in matches:
            self.justify(fact, match)

    def fires(self, match: Match, origin: str | None) -> None:
        """A match fires: what it justified before and does not justify again is in doubt when it has fired."""
        self._fired = match, origin, self._by_match.pop(match, {})

    def ceases(self, match: Match, origin: str | None) -> None:
        """A match is no more, because of what a rule did, and justifies nothing."""
        for fact in self._by_match.pop(match, ()):
            self._doubt(fact, match, origin)

    def goes(self, element: Element) -> list[Match]:
        """An element is deleted: it needs no justification; the matches that it was part of, which are no more."""
        for match in self._by_fact.pop(element, ()):
            self._by_match.get(match, {}).pop(element, None)
        self._doubtful.pop(element, None)
        return [match for match in self._parts.pop(_part(element), ()) if match in self._by_match]

    def unjustified(self) -> list[tuple[Element, str | None]]:
        """Takes the facts that are to go, because nothing justifies them any more, each with the rule that did that."""
        if self._fired is not None:
            match, origin, before = self._fired
            self._fired = None
            for fact in before:
                if fact not in self._by_match.get(match, ()):
                    self._doubt(fact, match, origin)
        doubtful, self._doubtful = self._doubtful, {}
        return [(fact, origin) for fact, origin in doubtful.items() if not self._by_fact.get(fact, True)]

    def _doubt(self, fact: Element, match: Match, origin: str | None) -> None:
        if fact in self._by_fact:
            self._by_fact[fact].pop(match, None)
            self._doubtful[fact] = origin
