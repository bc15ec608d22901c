"""Fields by path: their types, their values, and the errors for what is not there or can't be compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
from pydantic import AwareDatetime, Field

from infobip_rules.engine.rules.fields import (
    check_computable,
    check_kinds,
    check_literal,
    closest,
    origin,
    plain_type,
    reader,
    resolve,
)
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport


class Order(Fact):
    total: int | None = None
    tags: dict[str, int] = Field(default_factory=dict)
    labels: dict = Field(default_factory=dict)  # type: ignore[type-arg]
    anything: Any = None
    either: int | str = 0
    price: Annotated[Decimal | None, Field(ge=0)] = None


@pytest.mark.parametrize(
    ("kind", "path", "found"),
    [
        (Order, "total", ("total", int)),
        (Order, "price", ("price", Decimal)),
        (Order, "either", ("either", Any)),
        (Order, "tags.red", ("tags.red", int)),
        (Order, "labels.red", ("labels.red", Any)),
        (Order, "anything.whatever.else", ("anything.whatever.else", Any)),
        (InfobipSmsReceivedMessage, "from", ("from_", str)),
        (InfobipSmsReceivedMessage, "from_", ("from_", str)),
        (InfobipSmsReceivedReport, "status.groupName", ("status.groupName", str)),
    ],
)
def test_a_path_has_its_attributes_and_its_type(kind: type[Fact], path: str, found: tuple[str, Any]) -> None:
    assert resolve(kind, path, "") == found


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        (Order, "totl", "rules.py:3: Order has no field 'totl'. Did you mean 'total'?"),
        (Order, "zzz", "There are: anything, either, labels, price, tags, total."),
        (Order, "total.cents", "'total.cents' can't be read in Order: what stands before 'cents' has no fields."),
        (InfobipSmsReceivedReport, "status.grupName", "ReportStatus has no field 'grupName' (in 'status.grupName')."),
        (InfobipSmsReceivedMessage, "form", "Did you mean 'from'?"),
    ],
)
def test_a_field_that_is_not_there_is_refused_with_the_closest_name(kind: type[Fact], path: str, words: str) -> None:
    with pytest.raises(RuleError) as refused:
        resolve(kind, path, "rules.py:3")
    assert words in str(refused.value)


def test_a_missing_field_and_a_path_through_a_plain_value_have_ids_of_their_own() -> None:
    ids = []
    for path in ("totl", "total.cents"):
        with pytest.raises(RuleError) as refused:
            resolve(Order, path, "")
        ids.append(refused.value.id)
    assert ids == ["RULE002", "RULE001"]


def test_closest_names_one_that_is_nearly_it_or_all_in_order() -> None:
    assert closest("totle", ["tags", "total"]) == "Did you mean 'total'?"
    assert closest("x", ["b", "a"]) == "There are: a, b."


def test_the_plain_type_stands_behind_annotations_and_none() -> None:
    assert plain_type(Annotated[int | None, "note"]) is int
    assert plain_type(int | str) is Any
    assert plain_type(list[int]) == list[int]
    assert origin(list[int]) is list
    assert origin(int) is int


@pytest.mark.parametrize(
    ("value", "path", "read"),
    [
        (Order(total=3), "total", 3),
        (Order(tags={"red": 1}), "tags.red", 1),
        (Order(tags={}), "tags.red", None),
        (Order(anything=None), "anything.deep.down", None),
        (SimpleNamespace(a={"b": SimpleNamespace(c=7)}), "a.b.c", 7),
        (SimpleNamespace(a=5), "a.b.c", None),
    ],
)
def test_a_value_is_read_along_attributes_and_keys_until_the_path_breaks_off(
    value: object, path: str, read: object
) -> None:
    assert reader(path)(value) == read


NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (str, "1"),
        (int, 1.5),
        (float, 1),
        (bool, True),
        (date, NOON.date()),
        (datetime, NOON),
        (AwareDatetime, NOON),
        (int, None),
        (Decimal, "not known here"),
        (Any, object()),
    ],
)
def test_values_that_may_equal_a_field_are_let_through(kind: Any, value: object) -> None:
    check_literal("m.x", kind, value, "")


@pytest.mark.parametrize(
    ("kind", "value", "remedy"),
    [
        (str, 1, "Compare it with str. Write '1'."),
        (int, "1", "Compare it with int or float."),
        (int, True, "Compare it with int or float."),
        (bool, 1, "Compare it with bool."),
        (date, NOON, "Compare it with date."),
        (AwareDatetime, NOON.replace(tzinfo=None), "Give it tzinfo=UTC."),
    ],
)
def test_values_that_never_equal_a_field_are_refused(kind: Any, value: object, remedy: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_literal("m.x", kind, value, "rules.py:3")
    assert remedy in str(refused.value)


def test_fields_compare_with_fields_of_their_family_and_of_types_that_are_not_known() -> None:
    for kind, other in ((int, Decimal), (datetime, AwareDatetime), (str, Any), (Mapping, int), (timedelta, timedelta)):
        check_kinds("m.x", kind, "c.y.z", other, "")
    for kind, other in ((int, str), (bool, int), (date, datetime), (timedelta, float)):
        with pytest.raises(RuleError, match=r"compared with c\.y\.z"):
            check_kinds("m.x", kind, "c.y.z", other, "")


def test_only_numbers_are_computed_with_and_texts_are_only_added() -> None:
    check_computable("m.a - m.b", "-", (int, Decimal), "")
    check_computable("m.a + m.b", "+", (str, str), "")
    check_computable("m.a + m.b", "+", (str, Any), "")
    for sign, kinds in (("-", (str, str)), ("+", (str, int)), ("+", (bool, int)), ("*", (str, int))):
        with pytest.raises(RuleError, match="can't be computed"):
            check_computable(f"m.a {sign} m.b", sign, kinds, "")
