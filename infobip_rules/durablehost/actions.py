"""Actions of durable-rules, run once and to their end: steps in a row, some of which say later that they are done."""

from __future__ import annotations

import os
import threading
from typing import Any

#: Seconds that a step which says later that it is done may take, unless it names a time itself.
PATIENCE = 60.0


class ActionError(Exception):
    """A step of an action said that it failed, or never said that it was done."""


def run_action(action: Any, context: Any) -> None:
    """Runs the steps of a `durable.engine.Promise` with `c`; raises whatever one of them raises.

    A process that a body forks ends where the body does: it would evaluate all that its parent evaluates.
    """
    process = os.getpid()
    try:
        step = action
        while step is not None:
            if step._sync:
                step._func(context)
            else:
                _run_and_wait(step._func, context)
            step = step._next
    finally:
        if os.getpid() != process:
            os._exit(0)


def _run_and_wait(function: Any, context: Any) -> None:
    """Runs a step that is given a callback, `complete(error)`, and returns the seconds that it may take."""
    done = threading.Event()
    problems: list[object] = []

    def complete(problem: object) -> None:
        if problem:
            problems.append(problem)
        done.set()

    seconds = function(context, complete)
    if not done.wait(float(seconds or PATIENCE)):
        raise ActionError(f"The action did not say within {seconds or PATIENCE} seconds that it was done.")
    if problems:
        raise ActionError(str(problems[0])) from (problems[0] if isinstance(problems[0], BaseException) else None)
