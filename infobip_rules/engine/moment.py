"""The moment of the evaluation under way, for conditions that ask what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

_MOMENT: ContextVar[datetime] = ContextVar("moment")


def current_moment() -> datetime:
    """The moment of the evaluation under way, aware, in UTC; LookupError outside of one."""
    return _MOMENT.get()


@contextmanager
def evaluating_at(moment: datetime) -> Iterator[None]:
    """Makes `moment` the current one."""
    token = _MOMENT.set(moment)
    try:
        yield
    finally:
        _MOMENT.reset(token)
