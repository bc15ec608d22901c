"""The check that signals come through an entry point."""

from __future__ import annotations

from typing import ClassVar

import pytest

from infobip_rules.engine.rules.entry_points import check_entry_point
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal


class Ping(Signal):
    pass


class LoudPing(Ping):
    entry_point: ClassVar[str] = "loud"


class Other(Signal):
    entry_point: ClassVar[str] = "others"


class Order(Fact):
    pass


KNOWN = (Ping, LoudPing, Other, Order)


def test_a_signal_comes_through_the_entry_point_of_its_type_or_of_a_subtype() -> None:
    check_entry_point(Ping, "signals", KNOWN, "")
    check_entry_point(Ping, "loud", KNOWN, "")
    check_entry_point(LoudPing, "loud", KNOWN, "")


def test_a_fact_comes_through_none() -> None:
    check_entry_point(Order, None, KNOWN, "")


def test_a_type_of_which_nothing_is_known_may_come_through_any() -> None:
    check_entry_point(Order, "signals", KNOWN, "")
    check_entry_point(Ping, "elsewhere", (), "")


@pytest.mark.parametrize(
    ("kind", "point", "remedy"),
    [
        (Ping, "signal", "Did you mean 'signals'?"),
        (LoudPing, "signals", "There are: loud."),
        (Ping, "others", "There are: loud, signals."),
    ],
)
def test_an_entry_point_through_which_it_never_comes_is_refused(kind: type[Signal], point: str, remedy: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_entry_point(kind, point, KNOWN, "rules.drl:2")
    assert str(refused.value).startswith(f"rules.drl:2: No {kind.__name__} comes through the entry point {point!r}")
    assert remedy in str(refused.value)
