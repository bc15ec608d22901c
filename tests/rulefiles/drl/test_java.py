"""What Java computes is what a body computes: 670 expressions whose answers real Java gave."""

from __future__ import annotations

import json

import pytest

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.bodies import text_of
from tests.rulefiles.drl.java_expressions import ANSWERS, listed, prelude_for

RECORDED: dict[str, str] = {
    item["expression"]: item["answer"] for item in map(json.loads, ANSWERS.read_text(encoding="utf-8").splitlines())
}
#: Where the two differ, and why; these rows stand in docs/drools-differences.md.
DIFFERENT = {
    r"'\n' + 0": ("10", "Drools makes a text of a char that is escaped; Java itself says 10"),
    "array[3]": ("!IndexOutOfBoundsException", "arrays are lists here"),
    "0b101": ("refused", "binary literals are not supported"),
    "new String[2].length": ("refused", "arrays by size are not supported"),
    "i++ + i": ("refused", "++ and -- are statements of their own"),
    "++i + i": ("refused", "++ and -- are statements of their own"),
    "i-- - --i": ("refused", "++ and -- are statements of their own"),
}


def computed(expression: str) -> str:
    """The text of an expression, or the exception that Java would name."""
    try:
        return text_of(expression, prelude_for(expression))
    except BodyError as problem:
        named = [value for value in RECORDED.values() if value.startswith("!") and f"({value[1:]})" in problem.fact]
        return named[0] if named else f"!{problem.fact.rpartition('(')[2].rstrip(')')}"
    except RuleError:
        return "refused"


def test_every_expression_has_its_answer() -> None:
    assert list(RECORDED) == listed()
    assert len(RECORDED) > 600


@pytest.mark.parametrize("expression", [expression for expression in RECORDED if expression not in DIFFERENT])
def test_an_expression_has_the_value_it_has_in_java(expression: str) -> None:
    assert computed(expression) == RECORDED[expression]


@pytest.mark.parametrize("expression", DIFFERENT)
def test_a_difference_is_as_listed(expression: str) -> None:
    assert computed(expression) == DIFFERENT[expression][0]
    assert computed(expression) != RECORDED[expression]
