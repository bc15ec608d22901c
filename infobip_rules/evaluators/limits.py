"""Limits of an evaluation in a worker process: in time, firings and memory, and in its access to the host."""

from __future__ import annotations

import ctypes
import resource
import sys
from dataclasses import dataclass

from infobip_rules.engine.session.evaluation import MOST_FIRINGS

_MEGABYTE = 1024 * 1024

# From linux/prctl.h and linux/capability.h.
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522
#: What would let a worker that is run by root look into other processes after all.
_CAPABILITIES = {
    "CAP_SYS_MODULE": 16,
    "CAP_SYS_RAWIO": 17,
    "CAP_SYS_PTRACE": 19,
    "CAP_SYS_ADMIN": 21,
    "CAP_PERFMON": 38,
    "CAP_BPF": 39,
    "CAP_CHECKPOINT_RESTORE": 40,
}


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
    """Limits the address space of this process, unless 0 is given: beyond, allocating is a MemoryError."""
    if megabytes:
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = megabytes * _MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def keep_out_others() -> None:
    """Keeps other processes of the same user out of this one's memory, its first environment and what it has open.

    On Linux; it writes no core file from then on, which would hold the same.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def drop_capabilities() -> None:
    """Drops, on Linux and for good, the capabilities by which root's processes may look into others.

    Capabilities are a thread's own: this is for the first thread, before there are others.
    """
    if sys.platform != "linux":
        return
    c = ctypes.CDLL(None)
    c.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in _CAPABILITIES.values():
        # Refused by an older kernel, and to anybody but root, who has none of them.
        c.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    head = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, of capabilities 0 to 31 and then of 32 to 63
    if c.capget(head, sets) != 0:
        return
    for capability in _CAPABILITIES.values():
        for kind in range(3):
            sets[3 * (capability // 32) + kind] &= ~(1 << capability % 32)
    c.capset(head, sets)
