"""The functions of `accumulate`, with Drools' results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infobip_rules.engine.network.folds import result_of
from infobip_rules.engine.rules.model import Fold
from tests.engine.parts import Order


@pytest.mark.parametrize(
    ("function", "values", "result"),
    [
        ("count", [1, None, 3], 3),
        ("sum", [], 0),
        ("sum", [1, None, 2], 3),
        ("sum", [0.5, 0.25], 0.75),
        ("average", [], None),
        ("average", [1, 2], 1.5),
        ("average", [Decimal("1.10"), Decimal("2.30")], Decimal("1.70")),
        ("min", [], None),
        ("min", [3, None, 2], 2),
        ("max", [3, None, 2], 3),
        ("collectList", [2, 1, 2], [2, 1, 2]),
        ("collectSet", [2, 1, 2, True], [2, 1, True]),
    ],
)
def test_a_function_gives_what_drools_gives(function: Any, values: list[Any], result: Any) -> None:
    found = result_of(Fold(function=function, value=None, text=function), values)
    assert (found, type(found)) == (result, type(result))


def test_elements_are_the_same_by_identity_only() -> None:
    one, equal = Order(number=1), Order(number=1)
    found = result_of(Fold(function="collectSet", value=None, text=""), [one, equal, one])
    assert [value is one for value in found] == [True, False]


def test_a_language_may_make_its_own_results() -> None:
    fold = Fold(function="sum", value=None, text="", result=lambda values: f"{len(values)} values")
    assert result_of(fold, [1, 2]) == "2 values"
