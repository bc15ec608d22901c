"""Actions of durable-rules, run once and to their end: steps in a row, some of which say later that they are done."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Iterator
from typing import Any

from infobip_rules.errors import RuleError

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
        for step in _steps(action):
            if step._sync:
                _refuse_coroutine(step._func(context))
            else:
                _run_and_wait(step._func, context)
    finally:
        if os.getpid() != process:
            os._exit(0)


def functions(action: Any) -> Iterator[Any]:
    """Yields the functions of an action's steps."""
    for step in _steps(action):
        yield step._func


def _steps(action: Any) -> Iterator[Any]:
    step = action
    while step is not None:
        yield step
        step = step._next


def does_nothing_when_called(function: Any) -> bool:
    """Whether calling a function only makes a coroutine or a generator: `async def`, or a body with `yield`."""
    return (
        inspect.iscoroutinefunction(function)
        or inspect.isasyncgenfunction(function)
        or inspect.isgeneratorfunction(function)
    )


def _refuse_coroutine(returned: object) -> None:
    # Of a lambda, or behind a decorator, it is not seen before.
    if inspect.iscoroutine(returned):
        returned.close()
        raise RuleError("The body returned a coroutine, which nothing awaits.", "Write it with `def`, without `await`.")


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
