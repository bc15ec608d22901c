"""Expiry of facts: those whose type says how long they last (`@expires(1h)`) go by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.rules.moment import current_moment


class Expiry:
    """The moments at which facts of a session go, of those that do."""

    __slots__ = ("_ends",)

    def __init__(self) -> None:
        self._ends: dict[Element, datetime] = {}

    def begin(self, element: Element) -> None:
        """Notes when a fact that came now goes, if it does."""
        if (seconds := lifetime_of(type(element.value))) is not None:
            self.restore(element, moment_of(element) + timedelta(seconds=seconds))

    def restore(self, element: Element, moment: datetime) -> None:
        """Puts back when a fact goes, unless its type does not say any more that it does."""
        if lifetime_of(type(element.value)) is not None:
            self._ends[element] = moment

    def due(self, moment: datetime) -> list[Element]:
        """Returns the facts that go at a moment, and are still there."""
        return [element for element, end in self.ends.items() if end == moment]

    @property
    def ends(self) -> Mapping[Element, datetime]:
        """The facts that are still there, with the moments at which they go."""
        return {element: end for element, end in self._ends.items() if not element.gone}


def lifetime_of(kind: type) -> float | None:
    """Returns how many seconds facts of a type last; None: until they are deleted."""
    seconds: float | None = getattr(kind, "drl_expires", None)
    return seconds


def moment_of(element: Element) -> datetime:
    """Returns when an element happened: a moment, or milliseconds since 1970, in the field its type declares; else now."""
    name = getattr(type(element.value), "drl_timestamp", None)
    said = getattr(element.value, name) if name else None
    if isinstance(said, datetime):
        return said if said.tzinfo is not None else said.replace(tzinfo=UTC)
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said / 1000, UTC)
    return current_moment()
