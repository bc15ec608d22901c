"""Garbage collection for processes that are all ours: less often, and not of what was loaded at the start."""

from __future__ import annotations

import gc

#: Objects that may come about before the young ones are looked through. One message makes some hundreds, nearly all of
#: which are gone by then without it: at Python's 700 a tenth of a host's time went into looking.
_YOUNG = 20_000


def collect_rarely() -> None:
    """Call at the start and once everything is loaded, in a process of our own: an application that mounts us has its
    own mind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
