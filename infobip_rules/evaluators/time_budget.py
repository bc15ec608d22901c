"""Time budget of one evaluation while others of its worker wait, before it is put off to a process of its own."""

from __future__ import annotations

import atexit
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from infobip_rules.regex.patterns import TICK

#: Seconds that an evaluation may take while others wait, and those that it may take if many took longer.
MOST = 0.25
LEAST = 0.03
#: The share of the time that may be waited in vain.
_SHARE = 0.2
#: An evaluation that did not compute is waited for this many times as long: the machine may be busy with other things.
_BUSY = 3

_Result = TypeVar("_Result")


class TimeBudget:
    """Interrupts what takes too long, and has less and less time for it if that happens often."""

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
        self._measured_at = seconds()

    @property
    def left(self) -> float:
        """Seconds that the next evaluation may take."""
        now = self._seconds()
        self._left = min(self._left + (now - self._measured_at) * self._share, self._most)
        self._measured_at = now
        return max(self._left, self._least)

    def wait_for(self, evaluate: Callable[[], _Result]) -> _Result | None:
        """Returns the result of `evaluate`; None if it took too long and was interrupted."""
        started = self._seconds()
        result = interrupted_after(self.left, evaluate)
        if result is None:
            self._left -= self._seconds() - started
        return result


class _OverError(BaseException):
    """An evaluation took too long; raised inside it."""


def interrupted_after(seconds: float, evaluate: Callable[[], _Result]) -> _Result | None:
    """Returns the result of `evaluate`; None if it takes longer, even if it ignores the interruption.

    It is not interrupted outside the main thread, which alone gets signals, nor in code that looks for none.
    """
    if threading.current_thread() is not threading.main_thread():
        return evaluate()
    _WATCH.begin(seconds)
    result = None
    try:
        result = evaluate()
    except _OverError:
        pass
    finally:
        _WATCH.waiting = False
    return None if _WATCH.over else result


class _Watch:
    """Ticks while there is something to watch, so that beginning and ending cost next to nothing."""

    __slots__ = ("_before", "_computed", "_seconds", "_started", "_ticks", "over", "waiting")

    def __init__(self) -> None:
        self.waiting = False
        self.over = False
        self._ticks = False
        self._seconds = self._started = 0.0
        self._computed: float | None = None
        self._before: Any = signal.SIG_DFL

    def begin(self, seconds: float) -> None:
        """Watches what is evaluated from here on, as long as `waiting`."""
        self._seconds, self._started, self._computed = seconds, time.monotonic(), None
        self.over, self.waiting = False, True
        # Whoever else has taken the signal meanwhile has taken the timer too.
        if not self._ticks or signal.getsignal(signal.SIGALRM) != self._tick:
            self._ticks = True
            self._before = signal.signal(signal.SIGALRM, self._tick)
            signal.setitimer(signal.ITIMER_REAL, TICK, TICK)

    def stop(self) -> None:
        """Ticks no more until there is something to watch; a tick after Python's own end would end the process with it."""
        if self._ticks and signal.getsignal(signal.SIGALRM) == self._tick:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
        self._ticks = False

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if not self.waiting:
            self.stop()
            return
        waited = time.monotonic() - self._started
        if self._computed is None:
            self._computed = time.process_time()  # not before: it is a call of the system's
        if waited < self._seconds:
            return
        # Again at each tick: an interrupt that comes while Python ignores errors, such as in a finalizer, is lost.
        if waited >= self._seconds * _BUSY or time.process_time() - self._computed >= self._seconds / 3:
            self.over = True
            raise _OverError


#: One, as a process has one such timer.
_WATCH = _Watch()
atexit.register(_WATCH.stop)
