"""Rules under test: a host in memory, a clock that is set, conversations as files; `plugin` is pytest's."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infobip_rules.testing.records import Fired as Fired
    from infobip_rules.testing.records import Sent as Sent
    from infobip_rules.testing.rules import Rules as Rules
    from infobip_rules.testing.stage import PERSON as PERSON

#: The module of each public name, loaded at its first use: pytest imports this package in every project.
_HOMES = {"Fired": "records", "PERSON": "stage", "Rules": "rules", "Sent": "records"}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - derived, so that the two can not differ


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
