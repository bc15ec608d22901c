"""Defaults: a number or a time that is given as 0 is 0, and only None stands for the usual one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGE

#: Types with a value that is false and means something.
NUMBERS = {"int", "float", "timedelta", "Decimal"}


def optional_numbers(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The parameters that are a number, a time, or None."""
    parameters = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named = {parameter.arg: parameter.annotation for parameter in parameters}
    return {
        name
        for name, annotation in named.items()
        if annotation is not None
        and {part.strip() for part in ast.unparse(annotation).split("|")} & NUMBERS
        and "None" in ast.unparse(annotation)
    }


def replaced(tree: ast.AST) -> Iterator[str]:
    """Each `number or usual` whose number is a parameter, unless the usual one is 0."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            numbers = optional_numbers(function)
            for node in ast.walk(function):
                if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and ast.unparse(node.values[-1]) != "0":
                    first = node.values[0]
                    if isinstance(first, ast.Name) and first.id in numbers:
                        yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_number_that_is_given_as_0_is_not_replaced_by_the_usual_one(file: Path) -> None:
    assert list(replaced(ast.parse(file.read_text("utf-8")))) == []


def test_such_a_replacement_is_found() -> None:
    bad = "def wait(seconds: float | None = None):\n    return sleep(seconds or 5)"
    assert list(replaced(ast.parse(bad))) == ["2: seconds or 5"]
