"""Garbage collection in the program's own processes: less often, and not of objects that were loaded at the start."""

from __future__ import annotations

import gc

#: New objects before a collection of the youngest. A message makes some hundreds, of which reference counting frees nearly
#: all: with Python's 700 a tenth of a host's time went into collecting.
_YOUNG = 20_000


def collect_rarely() -> None:
    """Sets rare collections; to be called at the start and once everything is loaded, in a process of the program's own.

    An application that mounts the host decides for itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
