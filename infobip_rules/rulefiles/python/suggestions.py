"""Suggestions for conditions that Python would decide by itself (`and`, `not`, `in`): how to write them."""

from __future__ import annotations

import ast
import json
from typing import Any

from infobip_rules.rulefiles.python.positions import Span

_OPPOSITE: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
}
_SIGN: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_PARTS = ast.BoolOp | ast.UnaryOp | ast.Compare


#: Methods of texts that people call on a field, each with the pattern that asks for the same; `{}` is what is looked for.
_BY_PATTERN = {
    **dict.fromkeys(("startswith", "startsWith", "starts_with"), "{}.*"),
    **dict.fromkeys(("endswith", "endsWith", "ends_with"), ".*{}"),
    **dict.fromkeys(("contains", "includes", "find", "index", "count", "search"), ".*{}.*"),
    **dict.fromkeys(("fullmatch", "match"), "{}"),
}
_WITHOUT_CASE = frozenset(
    {"lower", "upper", "casefold", "toLowerCase", "toUpperCase", "equalsIgnoreCase", "title", "capitalize"}
)


def as_condition(span: Span) -> str:
    """Returns how the expression at `span`, which Python would decide as true or false, is written as a condition; else empty."""
    node = span.node(ast.BoolOp, ast.UnaryOp, ast.Compare)
    return _written(node, span.file) if isinstance(node, _PARTS) else ""


def in_parentheses(span: Span) -> str:
    """Returns a comparison whose parts `&` or `|` tore apart (`m.a == 1 | m.b == 2`), with its parentheses; else empty."""
    node = span.node(ast.Compare)
    if not isinstance(node, ast.Compare):
        return ""
    sides = [node.left, *node.comparators]
    joint = next((side for side in sides if isinstance(side, ast.BinOp)), None)
    if joint is None or not isinstance(joint.op, ast.BitOr | ast.BitAnd):
        return ""
    sign = "|" if isinstance(joint.op, ast.BitOr) else "&"
    comparisons, left = [], _source(node.left, span.file)
    for operator, right in zip(node.ops, node.comparators, strict=True):
        if type(operator) not in _SIGN:
            return ""
        split = isinstance(right, ast.BinOp) and isinstance(right.op, ast.BitOr | ast.BitAnd)
        value = _source(right.left if split and isinstance(right, ast.BinOp) else right, span.file)
        comparisons.append(f"({left} {_SIGN[type(operator)]} {value})")
        left = _source(right.right, span.file) if split and isinstance(right, ast.BinOp) else value
    return f" {sign} ".join(comparisons) if len(comparisons) > 1 else ""


def instead_of_call(mine: str, word: str, arguments: tuple[Any, ...]) -> str:
    """Returns what to write for `m.text.startswith("A")` and the like."""
    given = arguments[0] if arguments and isinstance(arguments[0], str) else "A"
    if word in _BY_PATTERN:
        return f"Write {mine}.matches({quoted(_BY_PATTERN[word].format(given))})."
    if word in _WITHOUT_CASE:
        return f"Write {mine}.imatches({quoted(given.lower())}), which takes any case."
    if word == "equals":
        return f"Write {mine} == {quoted(arguments[0] if arguments else 'A')}."
    if word in ("strip", "trim", "isdigit", "isnumeric", "isalpha"):
        return f"Write a pattern: {mine}.matches({json.dumps('[0-9]+' if word.startswith('isdigit') else 'A')})."
    if word == "isin":
        return f'Write ({mine} == "A") | ({mine} == "B").'
    if word.startswith("get") and len(word) > 3:
        return f"Write {mine}.{word[3].lower()}{word[4:]}, and compare it."
    return f'Compare the field ({mine} == "A"), or ask it by a pattern: {mine}.matches("A.*").'


def quoted(value: object) -> str:
    """Returns a value as rule files write it: texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _written(node: ast.BoolOp | ast.UnaryOp | ast.Compare, file: str) -> str:
    match node:
        case ast.BoolOp(op=op, values=values) if all(isinstance(value, _PARTS | ast.Call) for value in values):
            sign = " & " if isinstance(op, ast.And) else " | "
            return sign.join(_in_brackets(value, file) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[operator], comparators=[right]) as inner):
            sign = _OPPOSITE.get(type(operator), "")
            return f"{_source(inner.left, file)} {sign} {_source(right, file)}" if sign else ""
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute() as inner):
            return f"{_source(inner, file)} == False"
        case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple() | ast.List() | ast.Set() as several]):
            return " | ".join(f"({_source(left, file)} == {_source(element, file)})" for element in several.elts)
        case ast.Compare(left=left, ops=[ast.NotIn()], comparators=[ast.Tuple() | ast.List() | ast.Set() as several]):
            return " & ".join(f"({_source(left, file)} != {_source(element, file)})" for element in several.elts)
        case ast.Compare(ops=operators) if len(operators) > 1:
            return _chained(node, file) if isinstance(node, ast.Compare) else ""
    return ""


def _chained(node: ast.Compare, file: str) -> str:
    written, left = [], node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        sign = _SIGN.get(type(operator))
        if sign is None:
            return ""
        if isinstance(left, ast.Constant):
            written.append(f"({_source(right, file)} {_TURNED[sign]} {_source(left, file)})")
        else:
            written.append(f"({_source(left, file)} {sign} {_source(right, file)})")
        left = right
    return " & ".join(written)


def _in_brackets(node: ast.expr, file: str) -> str:
    inner = _written(node, file) if isinstance(node, _PARTS) else ""
    return f"({inner or _source(node, file)})"


def _source(node: ast.expr, file: str) -> str:
    span = Span(file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    return " ".join(span.text().split()) or ast.unparse(node)
