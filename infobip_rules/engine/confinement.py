"""How far an evaluation in a worker process may go: in time, in firings and in memory."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from infobip_rules.engine.evaluation import MOST_FIRINGS

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerLimits:
    """How far an evaluation in a worker process may go."""

    #: Seconds that one may take.
    deadline: float = 2.0
    #: Firings beyond which rules are taken to run in circles.
    most_firings: int = MOST_FIRINGS
    #: Address space of the process in megabytes; 0 for no limit.
    memory_mb: int = 0


def limit_memory(megabytes: int) -> None:
    """Let this process have no more address space than that, unless it is 0: beyond, allocating is a MemoryError."""
    if megabytes:
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))
