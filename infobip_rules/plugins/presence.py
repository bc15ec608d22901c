"""Presence of plugins: whether anything that is installed may bring one, by a look at its files.

`importlib.metadata` knows which plugins there are, but takes several times as long to import as this takes to find that
there are none, at every call for help.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import PathFinder

from infobip_rules.plugins.markers import GROUP

_SECTION = f"[{GROUP}]".encode()
_METADATA = (".dist-info", ".egg-info")


def may_bring_plugins() -> bool:
    """Returns False only if no distribution names the group; whatever holds its metadata in no folder may bring one."""
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return True
    return any(_may(entry or os.curdir) for entry in dict.fromkeys(sys.path))


def _may(entry: str) -> bool:
    if entry.endswith(".egg") or os.path.isfile(entry):  # which holds its metadata in another way
        return True
    return any(_SECTION in points for points in _entry_points(entry))


def _entry_points(folder: str) -> Iterator[bytes]:
    with suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith(_METADATA):
                with suppress(OSError), open(os.path.join(entry.path, "entry_points.txt"), "rb") as file:
                    yield file.read()
