"""The supervisor of a worker: the process between it and its host, which leaves nothing of the worker behind.

It is run as a file, by a bare interpreter, and forks the worker before anything is imported that takes memory. Whatever
rules start in the worker becomes the supervisor's when its parent ends, however it left it, and ends when the worker or
the host does: also if both are killed, or a rule holds the interpreter and lets no thread of the worker look.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
#: Seconds that the end of what a worker left behind is waited for: what hangs in the kernel can't be killed.
_END_DEADLINE = 5.0


def main() -> int:
    """Forks the worker and waits for its end, or for that of the host's lifeline; the worker's exit code as of a shell."""
    plan = json.loads(sys.argv[1])
    lifeline: int = plan["lifeline"]
    # The host handles these, and then closes the lifeline.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    supervisor, worker = os.getpid(), os.fork()
    if not worker:
        for descriptor in (lifeline, woken, wake):
            os.close(descriptor)
        _work(plan, supervisor)
    for descriptor in (plan["line"], plan["begun"]):
        os.close(descriptor)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    os.write(lifeline, worker.to_bytes(8, "little"))
    status = _wait(worker, lifeline, woken)
    _end_descendants()
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _work(plan: dict[str, Any], supervisor: int) -> None:
    try:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:  # it ended before the option was set
            os._exit(1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        sys.path[:], sys.argv[:] = plan["path"], plan["argv"]
        from infobip_rules.evaluators.worker import work

        work(plan["line"], plan["begun"], bytes.fromhex(plan["mark"]))
        os._exit(0)
    except BaseException:  # it is not the supervisor's to go on with
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _wait(worker: int, lifeline: int, woken: int) -> int:
    """Returns the status that the worker ended with; it is killed when the lifeline ends."""
    watched = [lifeline, woken]
    while True:
        while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            if ended[0] == worker:
                return ended[1]
        readable, _, _ = select.select(watched, [], [])
        if woken in readable:
            os.read(woken, 512)
        if lifeline in readable:  # nothing is ever said on it: it has ended
            os.kill(worker, signal.SIGKILL)
            watched = [woken]


def _end_descendants() -> None:
    until = time.monotonic() + _END_DEADLINE
    while time.monotonic() < until:
        for child in _children():
            os.kill(child, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.002)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """Returns the processes that are this one's own now; none if the system does not say."""
    try:
        return [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    # At once: nothing of an interpreter's end is of use here, and what was inherited is the worker's.
    os._exit(main())
