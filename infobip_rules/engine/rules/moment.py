"""The moment of the evaluation under way, which conditions read as the present."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime

#: The moment of the evaluation under way.
MOMENT: ContextVar[datetime] = ContextVar("moment")


def current_moment() -> datetime:
    """The moment of the evaluation under way, aware, in UTC; LookupError outside of one."""
    return MOMENT.get()
