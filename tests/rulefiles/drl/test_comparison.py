"""Comparisons in constraints: Drools' null and coercion behaviour, as real Drools 8.31 showed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from pydantic import Field

from infobip_rules import Fact
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.java.failures import BodyError
from infobip_rules.rulefiles.drl.java.kinds import DOUBLE, INT, Kind
from tests.rulefiles.drl.bodies import holds

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class A(Fact):
    """As the type that Drools was asked with."""

    i: Annotated[int, INT] = 0
    n: str | None = None
    d: Annotated[float, DOUBLE] = 0.0
    o: Any = None
    b: bool | None = None
    q: Annotated[int | None, Kind("Integer")] = None
    t: list[Any] | None = None
    m: dict[str, str] = Field(default_factory=dict)


class Event(Fact):
    """Something that happens at a moment."""

    timestamp: datetime


#: Constraint, fields, and whether Drools found it to hold.
ASKED: list[tuple[str, dict[str, Any], bool]] = [
    *[
        (text, {"n": "5"}, True)
        for text in ("n == 5", 'n == "5"', "n == '5'", "n > 10", "n >= 5", "n != null", '"5" == n')
    ],
    *[
        (text, {"n": "5"}, False)
        for text in ("n != 5", "n < 5", "n > 5", "n == 5.0", 'n < "10"', "n == null", "n == true")
    ],
    *[(text, {"n": "5"}, True) for text in ('n + 1 == "51"', "n.length > 0", "n.length() == 1", 'n matches "5"')],
    *[(text, {"n": "5"}, True) for text in ('n contains "5"', 'n memberOf "567"', 'n in ("5", "6")', "n in (5, 6)")],
    *[(text, {"n": "5"}, True) for text in ('n str[startsWith] "5"', "n str[length] 1", 'n.equals("5")')],
    *[(text, {}, False) for text in ("n == 5", "n < 5", 'n > "1"', "n!.length > 0", 'n matches "x"', 'n contains "x"')],
    *[
        (text, {}, True)
        for text in ("n != 5", 'n != "x"', 'n not matches "x"', 'n not contains "x"', 'n in ("a", null)')
    ],
    *[(text, {}, True) for text in ('n not in ("a")', '!(n == "x")', '!(n < "x")', 'n + "x" == "nullx"', "n == n")],
    *[(text, {}, False) for text in ('n memberOf "x"', 'n < "x"', "o != null")],
    *[(text, {"i": 5}, True) for text in ('i == "5"', 'i > "3"', '"3" < i', "i == 5.0", "i > 4.5", "i / 2 == 2")],
    *[
        (text, {"i": 5}, True)
        for text in ("i / 2.0 == 2.5", "i in (5, 6)", 'i in ("5")', "i % 3 == 2", "-i == -5", "i * 2 > 9")
    ],
    *[
        (text, {"i": 5}, True)
        for text in ("i > 3 && i < 6", "i == 5 || i == 6", 'i < "10"', "i < 5.5", "i > Math.max(3, 4)")
    ],
    *[(text, {"i": 5}, True) for text in ('i == Integer.parseInt("5")', 'i == new BigDecimal("5.0")', 'i in (4, "5")')],
    *[(text, {"i": 5}, False) for text in ("i == 5.5", "i > 5", "i == 6 || i == 7")],
    *[(text, {}, False) for text in ("q < 5", "q > 5", "q == 0", "q <= q")],
    *[(text, {}, True) for text in ("q != 5", "q == null", "!(q < 5)", "q == q", "q not in (5)", "o == null")],
    *[(text, {"d": 5.0}, True) for text in ("d == 5", 'd == "5"', "d > 4", 'd > "4"', "i + d == 5")],
    ("d == 5.0000000001", {"d": 5.0}, False),
    *[(text, {"o": "10"}, True) for text in ("o > 4", 'o == "10"')],
    *[(text, {"b": True}, True) for text in ("b", 'b == "true"', "b == true", "b != false")],
    *[(text, {"b": True}, False) for text in ("!b", "b == null")],
    ("n > o", {"n": "5", "o": 4}, True),
    ("i == n", {"i": 5, "n": "5"}, True),
    ("n < i", {"i": 10, "n": "5"}, False),
    ("n == d", {"d": 5.0, "n": "5"}, False),
    ("i == d", {"i": 5, "d": 5.0}, True),
    ("n.equals(i)", {"i": 5, "n": "5"}, False),
    *[
        (text, {"t": ["a"]}, True)
        for text in ('t contains "a"', '"a" memberOf t', "t.size > 0", "t.size() == 1", 't[0] == "a"')
    ],
    ("t contains 5", {"t": ["a"]}, False),
    ("n memberOf t", {"t": ["a"], "n": "a"}, True),
    ('t not contains "a"', {}, True),
    ("t.empty", {"t": []}, True),
    ('n.toUpperCase() == "X"', {"n": "x"}, True),
    ('n.equals("x") && i == 5', {"n": "x", "i": 5}, True),
    ("n == String.valueOf(5)", {"n": "5"}, True),
    ('m["k"] == "v"', {"m": {"k": "v"}}, True),
    ('m["z"] == null', {"m": {"k": "v"}}, True),
]


@pytest.mark.parametrize(("text", "fields", "wanted"), ASKED)
def test_a_constraint_holds_where_it_does_in_drools(text: str, fields: dict[str, Any], wanted: bool) -> None:
    assert holds(text, A(**fields)) is wanted


@pytest.mark.parametrize(
    ("text", "fields"), [("n.length > 0", {}), ('n str[startsWith] "x"', {}), ("q + 1 > 0", {}), ("b", {}), ("!b", {})]
)
def test_a_null_that_drools_trips_over_is_an_error_with_its_place(text: str, fields: dict[str, Any]) -> None:
    with pytest.raises(BodyError, match=r"rules\.drl:1:\d+: .*null"):
        holds(text, A(**fields))


@pytest.mark.parametrize(
    "text", ["i == null", "i != null", 'i == "x"', 'i > "x"', "i && b", "nothing == 5", 'n matches "("']
)
def test_what_drools_refuses_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        holds(text, A())


@pytest.mark.parametrize(
    ("text", "fields", "before", "wanted"),
    [
        ("n == a.i", {"n": "5"}, {"i": 5}, True),
        ("n < a.i", {"n": "5"}, {"i": 10}, False),
        ("i == a.n", {"i": 5}, {"n": "5"}, True),
        ("d == a.i", {"d": 5.0}, {"i": 5}, True),
        ("n == a.d", {"n": "5"}, {"d": 5.0}, False),
        ("n != a.i", {"n": "5"}, {"i": 6}, True),
        ("i == a.getI()", {"i": 5}, {"i": 5}, True),
        ("i < a.i + 1", {"i": 5}, {"i": 5}, True),
        ("this != a", {}, {}, True),
    ],
)
def test_a_join_holds_where_it_does_in_drools(
    text: str, fields: dict[str, Any], before: dict[str, Any], wanted: bool
) -> None:
    assert holds(text, A(**fields), ("a", A(**before))) is wanted


def test_a_field_goes_before_a_binding_of_the_same_name() -> None:
    assert not holds("n == 5", A(n="x"), ("n", 5))


@pytest.mark.parametrize(
    ("text", "seconds", "wanted"),
    [
        ("this after a", 5, True),
        ("this after a", -5, False),
        ("this after a", 0, False),
        ("this after[0s, 10s] a", 5, True),
        ("this after[0s, 10s] a", 15, False),
        ("this after[1m] a", 59, False),
        ("this before a", -5, True),
        ("this before[1s, 1h30m] a", -5400, True),
        ("this before[1s, 1h30m] a", -5401, False),
        ("this coincides a", 0, True),
        ("this coincides[2s] a", 2, True),
        ("this coincides[2s] a", 3, False),
        ("this not after a", 5, False),
        ("timestamp after[0s, 10s] a.timestamp", 5, True),
    ],
)
def test_operators_of_time_compare_moments(text: str, seconds: int, wanted: bool) -> None:
    assert holds(text, Event(timestamp=NOON + timedelta(seconds=seconds)), ("a", Event(timestamp=NOON))) is wanted
