"""What is found to exclude or to imply is so for every value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.checks.atoms import exclusion, implies, ways
from infobip_rules.engine.rules.model import Constraint
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.python.conditions import ConditionScope, compile_condition
from infobip_rules.rulefiles.python.expressions import m


class Seen(Fact):
    n: int | None = None
    word: str | None = None


VALUES = [Seen(n=n, word=word) for n in (None, 0, 1, 2, 3) for word in (None, "a", "b", "ab")]


def compiled(condition: Any) -> Constraint:
    (constraint,) = compile_condition(condition.define(), ConditionScope(kind=Seen, earlier={}, where=""))
    return constraint


def compared(sign: str, value: int) -> Any:
    conditions: dict[str, Callable[[], Any]] = {
        "==": lambda: m.n == value,
        "!=": lambda: m.n != value,
        "<": lambda: m.n < value,
        "<=": lambda: m.n <= value,
        ">": lambda: m.n > value,
        ">=": lambda: m.n >= value,
    }
    return conditions[sign]()


ATOMS = st.one_of(
    st.builds(compared, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 3)),
    st.sampled_from([None, "a", "b"]).map(lambda word: m.word == word),
    st.sampled_from(["a", "b", "a.*", "%a+", "[ab]"]).map(m.word.matches),
    st.sampled_from(["A", "B"]).map(m.word.imatches),
    st.builds(lambda: +m.n),
    st.builds(lambda: -m.word),
)
CONSTRAINTS = st.one_of(ATOMS, st.builds(lambda first, second: first | second, ATOMS, ATOMS)).map(compiled)


@given(st.lists(CONSTRAINTS, min_size=1, max_size=4))
def test_what_excludes_holds_for_no_value(constraints: list[Constraint]) -> None:
    if exclusion(constraints) is not None:
        assert [value for value in VALUES if all(each.predicate(value, ()) for each in constraints)] == []


@given(st.lists(CONSTRAINTS, min_size=1, max_size=3), CONSTRAINTS)
def test_what_is_implied_holds_wherever_the_others_do(known: list[Constraint], asked: Constraint) -> None:
    if implies(known, asked):
        holding = [value for value in VALUES if all(each.predicate(value, ()) for each in known)]
        assert [item for item in holding if not asked.predicate(item, ())] == []


@pytest.mark.parametrize(
    ("known", "asked"),
    [(m.n == 3, m.n > 1), (m.word == "ab", m.word.matches("a.*")), (m.n == 1, (m.n == 1) | (m.n == 2))],
)
def test_a_value_implies_what_holds_of_it(known: Any, asked: Any) -> None:
    assert implies([compiled(known)], compiled(asked))


def test_an_intricate_condition_is_given_up() -> None:
    either, other = compiled((m.n == 1) | (m.n == 2)), compiled(m.n == 3)
    assert exclusion([either, other]) is not None
    assert exclusion([*[either] * 12, other]) is None


def test_a_condition_of_many_alternatives_says_nothing() -> None:
    text = " & ".join(["((m.n == 1) | (m.n == 2))"] * 12)
    assert list(ways(Constraint(text=text, predicate=lambda *_: True, fields=frozenset()))) == [()]


@pytest.mark.parametrize("text", ['keyword == "STOP" && count > 1', "from == 3", "count > $other.count", "f(x)", ""])
def test_a_text_that_is_not_read_says_nothing(text: str) -> None:
    assert list(ways(Constraint(text=text, predicate=lambda *_: True, fields=frozenset()))) == [()]


def test_fields_named_alone_are_read_as_drl_writes_them() -> None:
    atoms = [
        item
        for way in ways(Constraint(text="order.count == 3", predicate=lambda *_: True, fields=frozenset()))
        for item in way
    ]
    assert [(atom.path, atom.sign, atom.value) for atom in atoms] == [("order.count", "==", 3)]
