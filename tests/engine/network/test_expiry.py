"""Expiry of facts: when they go, by what their type says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest

from infobip_rules.engine.network.expiry import Expiry, lifetime_of, moment_of
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.facts import Fact
from tests.engine.parts import NOON, Brief, Order, fact


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def test_a_fact_lasts_as_its_type_says_counted_from_its_timestamp_or_from_now() -> None:
    expiry, early, now = Expiry(), fact(1, Brief(at=NOON - timedelta(seconds=50))), fact(2, Brief())
    for element in (early, now, fact(3, Order())):
        expiry.begin(element)
    assert expiry.ends == {early: NOON + timedelta(seconds=10), now: NOON + timedelta(seconds=60)}
    assert expiry.due(NOON + timedelta(seconds=10)) == [early]
    assert expiry.due(NOON + timedelta(seconds=11)) == []


def test_what_is_gone_already_does_not_go_again() -> None:
    expiry, element = Expiry(), fact(1, Brief())
    expiry.begin(element)
    element.gone = True
    assert expiry.ends == {}


def test_a_stored_moment_counts_unless_its_type_says_so_no_more() -> None:
    expiry, brief = Expiry(), fact(1, Brief())
    expiry.restore(brief, NOON)
    expiry.restore(fact(2, Order()), NOON)
    assert expiry.ends == {brief: NOON}
    assert (lifetime_of(Brief), lifetime_of(Order)) == (60.0, None)


class Stamped(Fact):
    drl_timestamp: ClassVar[str] = "at"
    at: Any = None


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 1, tzinfo=UTC)),
        (1_500, datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)),
        ("yesterday", NOON),
        (None, NOON),
    ],
    ids=["a moment without zone is UTC", "a moment", "milliseconds since 1970", "no moment", "nothing"],
)
def test_an_element_happened_when_its_timestamp_says(at: Any, moment: datetime) -> None:
    assert moment_of(fact(1, Stamped(at=at))) == moment
