"""Justifications of logically inserted facts (truth maintenance): a fact goes when the last match that justifies it ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.match_keys import MatchKey, part_of


class Justifications:
    """The matches that justify each logically inserted fact of one session."""

    __slots__ = ("_by_fact", "_by_match", "_by_part", "_fired", "_in_doubt")

    def __init__(self) -> None:
        self._by_fact: dict[Element, dict[MatchKey, None]] = {}
        self._by_match: dict[MatchKey, dict[Element, None]] = {}
        #: The matches that an element is part of.
        self._by_part: dict[Hashable, dict[MatchKey, None]] = {}
        #: Facts that have lost a justification, each with the rule whose change took the last of them.
        self._in_doubt: dict[Element, str | None] = {}
        #: The match that is firing, the rule that brought it about, and what it justified when it fired before.
        self._fired: tuple[MatchKey, str | None, dict[Element, None]] | None = None

    @property
    def branches(self) -> set[Branch]:
        """The branches whose matches justify something."""
        return {branch for branch, _ in self._by_match}

    def facts(self) -> Iterable[tuple[Element, Iterable[MatchKey]]]:
        """Returns the facts that were inserted logically, each with the matches that justify it."""
        return self._by_fact.items()

    def equal(self, value: BaseModel) -> Element | None:
        """Returns the logically inserted fact that equals `value`."""
        return next((fact for fact in self._by_fact if type(fact.value) is type(value) and fact.value == value), None)

    def justify(self, fact: Element, match: MatchKey) -> None:
        """Adds a match to those that justify a fact."""
        self._by_fact.setdefault(fact, {})[match] = None
        self._by_match.setdefault(match, {})[fact] = None
        for part in match[1]:
            self._by_part.setdefault(part, {})[match] = None

    def restore(self, fact: Element, matches: Iterable[MatchKey]) -> None:
        """Puts back a stored fact with the matches that justify it; without any it goes."""
        self._by_fact.setdefault(fact, {})
        self._in_doubt[fact] = None
        for match in matches:
            self.justify(fact, match)

    def match_fires(self, match: MatchKey, origin: str | None) -> None:
        """Notes that a match fires: what it justified before, and does not justify again, is in doubt afterwards."""
        self._fired = match, origin, self._by_match.pop(match, {})

    def match_ends(self, match: MatchKey, origin: str | None) -> None:
        """Notes that a match is no more, because of what the rule `origin` did: it justifies nothing."""
        for fact in self._by_match.pop(match, ()):
            self._doubt(fact, match, origin)

    def element_goes(self, element: Element) -> list[MatchKey]:
        """Notes that an element is deleted, and needs no justification; returns the justifying matches that it was part of."""
        for match in self._by_fact.pop(element, ()):
            self._by_match.get(match, {}).pop(element, None)
        self._in_doubt.pop(element, None)
        return [match for match in self._by_part.pop(part_of(element), ()) if match in self._by_match]

    def take_unjustified(self) -> list[tuple[Element, str | None]]:
        """Returns the facts that nothing justifies any more, once, each with the rule whose change took the last match."""
        if self._fired is not None:
            match, origin, before = self._fired
            self._fired = None
            for fact in before:
                if fact not in self._by_match.get(match, ()):
                    self._doubt(fact, match, origin)
        in_doubt, self._in_doubt = self._in_doubt, {}
        return [(fact, origin) for fact, origin in in_doubt.items() if not self._by_fact.get(fact, True)]

    def _doubt(self, fact: Element, match: MatchKey, origin: str | None) -> None:
        if fact in self._by_fact:
            self._by_fact[fact].pop(match, None)
            self._in_doubt[fact] = origin
