"""The event loop of commands and web workers: uvloop's, or Python's own where that is not installed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

try:
    import uvloop
except ImportError:  # with it a webhook costs less, but it is not everywhere
    uvloop = None  # type: ignore[assignment]  # as above

_Result = TypeVar("_Result")


def run_loop(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Returns the result of `main`, run on an event loop of its own."""
    return asyncio.run(main) if uvloop is None else uvloop.run(main)
