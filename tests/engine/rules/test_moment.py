"""The moment of the evaluation under way."""

from __future__ import annotations

import contextvars
from datetime import UTC, datetime

import pytest

from infobip_rules.engine.rules.moment import MOMENT, current_moment

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


def test_outside_of_an_evaluation_there_is_no_moment() -> None:
    with pytest.raises(LookupError):
        contextvars.Context().run(current_moment)


def test_a_moment_is_that_of_its_own_context() -> None:
    def evaluated() -> datetime:
        MOMENT.set(NOON)
        return current_moment()

    assert contextvars.Context().run(evaluated) == NOON
    with pytest.raises(LookupError):
        contextvars.Context().run(current_moment)
