"""How long one evaluation may keep the others of its worker waiting, before it is put off to a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from infobip_rules.engine.patterns import AGAIN

#: Seconds that an evaluation is waited for while others may wait, and those where many were waited for in vain.
MOST = 0.25
LEAST = 0.03
#: The share of the time that may be waited in vain.
_SHARE = 0.2
#: An evaluation that did not compute is waited for this many times as long: the machine may be busy with other things.
_BUSY = 3

_Result = TypeVar("_Result")


class Patience:
    """Interrupts what takes too long, and has less and less time for it where that happens often."""

    def __init__(
        self,
        *,
        most: float = MOST,
        least: float = LEAST,
        share: float = _SHARE,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._least = least
        self._share = share
        self._seconds = seconds
        self._left = most
        self._told = seconds()

    @property
    def left(self) -> float:
        """Seconds that the next evaluation may take."""
        now = self._seconds()
        self._left = min(self._left + (now - self._told) * self._share, self._most)
        self._told = now
        return max(self._left, self._least)

    def wait_for(self, evaluate: Callable[[], _Result]) -> _Result | None:
        """What `evaluate` comes to; None where it takes too long, and has been interrupted."""
        started = self._seconds()
        result = interrupted_after(self.left, evaluate)
        if result is None:
            self._left -= self._seconds() - started
        return result


class _OverError(BaseException):
    """Raised in what takes too long."""


def interrupted_after(seconds: float, evaluate: Callable[[], _Result]) -> _Result | None:
    """What `evaluate` comes to; None where it takes longer, whatever it makes of being interrupted.

    It is not interrupted outside the main thread, which alone gets signals, nor in code that looks for none.
    """
    if threading.current_thread() is not threading.main_thread():
        return evaluate()
    started, computed = time.monotonic(), time.process_time()
    waiting, over = True, False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal over
        is_busy = time.process_time() - computed < seconds / 2 and time.monotonic() - started < seconds * _BUSY
        if waiting and not is_busy:
            over = True
            raise _OverError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    result = None
    try:
        result = evaluate()
    except _OverError:
        pass
    finally:
        waiting = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return None if over else result
