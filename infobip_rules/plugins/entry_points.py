"""The entry points of the group `infobip_rules`, of whatever distributions are installed, whole or broken."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from infobip_rules.plugins.markers import GROUP
from infobip_rules.plugins.presence import may_bring_plugins

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

_SECTION = f"[{GROUP}]"


def read_entry_points() -> tuple[Sequence[EntryPoint], Sequence[tuple[str, str]]]:
    """Returns the entry points by name, and the names of distributions whose own can't be read, each with the reason."""
    if not may_bring_plugins():
        return (), ()
    from importlib.metadata import entry_points

    unreadable: list[tuple[str, str]] = []
    try:
        found = list(entry_points(group=GROUP))
    except Exception:  # of one distribution, which is not said
        found = list(_one_by_one(unreadable))
        spare_pydantic()
    return sorted(found, key=lambda point: point.name), unreadable


def spare_pydantic() -> None:
    """Keeps pydantic from reading all entry points, for plugins of its own: it raises for those that can't be read."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def named(distribution: Distribution | None) -> tuple[str, str]:
    """Returns the name and the version of a distribution; empty for what its metadata don't say."""
    if distribution is None:
        return "", ""
    return _said(distribution, "Name"), _said(distribution, "Version")


def _said(distribution: Distribution, key: str) -> str:
    try:
        known = distribution.metadata
        return known[key] or "" if key in known else ""
    except Exception:  # metadata that are no text
        return ""


def _one_by_one(unreadable: list[tuple[str, str]]) -> Iterator[EntryPoint]:
    from importlib.metadata import distributions

    seen: set[str] = set()
    for distribution in distributions():
        name = named(distribution)[0]
        if name in seen:  # the first on the path is the one that is imported
            continue
        seen |= {name} - {""}
        try:
            yield from distribution.entry_points.select(group=GROUP)
        except Exception as problem:
            if _names_the_group(distribution):
                text = not isinstance(problem, UnicodeError)
                reason = "a line of it is not `name = module:object`" if text else "it is not UTF-8"
                unreadable.append((name or "a distribution without a name", reason))


def _names_the_group(distribution: Distribution) -> bool:
    try:
        return _SECTION in (distribution.read_text("entry_points.txt") or "")
    except UnicodeDecodeError as problem:
        return _SECTION.encode() in problem.object
    except Exception:  # nothing is known of it
        return True
