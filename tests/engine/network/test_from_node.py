"""The node of `from`: which values a source gives, and which of them are the same as before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infobip_rules.engine.network.elements import Tuple
from infobip_rules.engine.network.from_node import FromNode, fits, values_in
from infobip_rules.engine.network.staging import Staged
from infobip_rules.engine.rules.model import Constraint, From
from tests.engine.parts import Order, fact, match

LARGE = Constraint(text="> 1", predicate=lambda value, _: bool(value > 1), fields=frozenset())


@pytest.mark.parametrize(
    ("found", "values"),
    [(None, []), ([1, 2], [1, 2]), ("ab", ["ab"]), ({"a": 1}, [{"a": 1}]), (Order(), [Order()]), (3, [3])],
)
def test_a_source_gives_entries_or_one_value_or_nothing(found: object, values: list[Any]) -> None:
    assert list(values_in(found)) == values


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [(1, int, True), (True, int, False), (True, bool, True), ("1", int, False), (1, None, True)],
)
def test_a_truth_value_is_no_number(value: object, kind: type | None, expected: bool) -> None:
    assert fits(value, kind) == expected


def node(source: Callable[[Any], object], **given: Any) -> FromNode:
    fields: dict[str, Any] = {"type": None, "constraints": (), "joins": ()}
    return FromNode(From(alias="v", source=source, text="source", reads={}, where="test", **{**fields, **given}))


def run(of: FromNode, so_far: Tuple, *, again: bool = False) -> Staged:
    staged = Staged()
    (staged.update if again else staged.insert)(so_far)
    return of.run(staged)


def values(tuples: dict[Tuple, None]) -> list[Any]:
    return [found.elements[-1].value for found in tuples]


def test_values_count_that_are_there_of_the_type_and_satisfy_the_constraints() -> None:
    of = node(lambda before: [1, 2, None, "3", 3], type=int, constraints=(LARGE,))
    assert values(run(of, match(fact(1))).inserted) == [2, 3]


def test_a_value_that_was_there_before_is_updated_others_come_and_go() -> None:
    given = [1, 2]
    of, so_far = node(lambda before: list(given)), match(fact(1))
    run(of, so_far)
    given[:] = [2, 3]
    target = run(of, so_far, again=True)
    assert (values(target.updated), values(target.inserted), values(target.deleted)) == ([2], [3], [1])


def test_equal_values_are_matches_of_their_own() -> None:
    assert values(run(node(lambda before: [1, 1, 1.0]), match(fact(1))).inserted) == [1, 1, 1.0]


def test_a_tuple_that_goes_takes_its_values_with_it() -> None:
    of, so_far = node(lambda before: [1, 2]), match(fact(1))
    run(of, so_far)
    gone = Staged()
    gone.delete(so_far)
    assert values(of.run(gone).deleted) == [1, 2]
