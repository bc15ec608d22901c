"""Positions in Python rule files: columns in characters, words on later lines, excerpts of long lines."""

from __future__ import annotations

import ast
from pathlib import Path

from infobip_rules.rulefiles.python.positions import Span, excerpt, span_of_node


def spans(folder: Path, source: str) -> tuple[str, dict[str, Span]]:
    """The spans of all expressions of a source, by their text."""
    file = folder / "rules.py"
    file.write_text(source, encoding="utf-8")
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr)]
    found = [span_of_node(str(file), node) for node in nodes]
    return str(file), {span.text(): span for span in found}


def test_a_column_counts_characters_though_python_counts_bytes(tmp_path: Path) -> None:
    file, found = spans(tmp_path, 'x = "žćš" + name\n')
    assert found["name"].where() == f"{file}:1:13"


def test_a_word_is_found_as_a_whole_and_on_a_later_line(tmp_path: Path) -> None:
    file, found = spans(tmp_path, "x = call(\n    names=1,\n    name=2,\n)\n")
    call = found["call(\n    names=1,\n    name=2,\n)"]
    assert call.where("name") == f"{file}:3:5"
    assert call.where("call") == call.where() == call.where("nam") == f"{file}:1:5"


def test_the_smallest_expression_around_a_span_is_found(tmp_path: Path) -> None:
    _, found = spans(tmp_path, "x = not (a and b.c == d)\n")
    around = found["b.c"].node(ast.Compare, ast.BoolOp)
    assert around is not None
    assert ast.unparse(around) == "b.c == d"


def test_without_columns_a_span_has_its_line_only(tmp_path: Path) -> None:
    span = Span("rules.py", 3)
    assert (span.where("x"), span.text(), span.node(ast.Name)) == ("rules.py:3", "", None)


def test_an_excerpt_of_a_long_line_has_its_caret_below_the_column(tmp_path: Path) -> None:
    file, found = spans(tmp_path, f"x = {'a + ' * 60}here + {'b + ' * 60}c\n")
    column = int(found["here"].where().rsplit(":", 1)[1])
    line, caret = excerpt(file, 1, column).splitlines()
    assert line[caret.index("^") :].startswith("here")
    assert len(line) <= 120
    assert excerpt(file, 99, 1) == ""
