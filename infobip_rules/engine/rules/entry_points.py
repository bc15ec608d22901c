"""The check that signals come through an entry point: a pattern on another entry point would never match."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from infobip_rules.engine.rules.fields import closest
from infobip_rules.errors import RuleError
from infobip_rules.signals import Signal


def check_entry_point(wanted: type[BaseModel], point: str | None, known: Iterable[type[BaseModel]], where: str) -> None:
    """Raises RuleError unless signals of the wanted type, or a subtype, come through the entry point (None: a fact).

    `known` are the types that there are; a signal comes through the entry point that its type names.
    """
    if point is None:
        return
    fitting = [kind for kind in known if issubclass(kind, Signal) and issubclass(kind, wanted)]
    points = {kind.entry_point for kind in fitting}
    if point in points or not points:
        return
    fact = f"No {wanted.__name__} comes through the entry point {point!r}: this would never match."
    raise RuleError(fact, closest(point, sorted(points)), where=where)
