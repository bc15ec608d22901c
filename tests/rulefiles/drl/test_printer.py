"""The printer of expressions: what it prints is understood as the same again."""

from __future__ import annotations

import pytest

from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Evaluate, Expression, Local
from tests.rulefiles.drl.spelling import rule, spelled

EXPRESSIONS = [
    "a + b * c",
    "(a + b) * c",
    "a - (b - c)",
    "!(a && b) || c",
    "-x + ~y",
    "a ? b : c ? d : e",
    '(String) a.b!.c(1, "x")[0]',
    "new HashMap<String, List<Order>>()",
    "x instanceof Order",
    '1L + 1.5f + 2.5 + \'c\' + "q\\"" + null + true',
    "a >>> 2 & b | c ^ d",
]


def read(text: str) -> Expression:
    (statement,) = rule(f"rule r when then\nvar x = {text};\nend").body
    assert isinstance(statement, Local | Evaluate)
    value = statement.value if isinstance(statement, Local) else statement.expression
    assert value is not None
    return value


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_printed_so_that_it_is_read_as_the_same(text: str) -> None:
    tree = read(text)
    assert spelled(read(expression_text(tree))) == spelled(tree)
    assert expression_text(read(expression_text(tree))) == expression_text(tree)


def test_equal_trees_have_equal_texts_whatever_the_spaces() -> None:
    assert expression_text(read("a+b *c")) == expression_text(read("a + (b * c)")) == "a + (b * c)"
