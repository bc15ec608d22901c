"""Expressions as text again: for messages, and as the identity of constraints."""

from __future__ import annotations

import json
from typing import assert_never

from infobip_rules.rulefiles.drl.syntax.syntax import (
    Binary,
    Call,
    Cast,
    Expression,
    Index,
    InstanceOf,
    ListLiteral,
    Literal,
    MapLiteral,
    Member,
    Name,
    New,
    Relation,
    Ternary,
    TypeName,
    Unary,
)

_SUFFIX = {"long": "L", "float": "f", "BigDecimal": "B"}


def expression_text(node: Expression) -> str:
    """Returns the expression as Java has it, with brackets around operators inside operators; equal trees give equal texts."""
    match node:
        case Literal():
            return _literal(node)
        case Name():
            return node.name
        case Member():
            return f"{_tight(node.target)}{'!' if node.null_safe else ''}.{node.name}"
        case Call():
            called = f"{node.name}({_list(node.arguments)})"
            return called if node.target is None else f"{_tight(node.target)}{'!' if node.null_safe else ''}.{called}"
        case Index():
            return f"{_tight(node.target)}[{expression_text(node.index)}]"
        case Unary():
            sign = node.operator
            return f"{_tight(node.operand)}{sign[1:]}" if sign.startswith("x") else f"{sign}{_tight(node.operand)}"
        case Binary():
            return f"{_tight(node.left)} {node.operator} {_tight(node.right)}"
        case Relation():
            parameters = f"[{', '.join(node.parameters)}]" if node.parameters else ""
            word = f"{'not ' if node.negated else ''}{node.operator}{parameters}"
            return f"{_tight(node.left)} {word} {_tight(node.right)}"
        case Ternary():
            return f"{_tight(node.test)} ? {_tight(node.yes)} : {_tight(node.no)}"
        case New():
            return f"new {type_text(node.type)}({_list(node.arguments)})"
        case Cast():
            return f"({type_text(node.type)}) {_tight(node.operand)}"
        case InstanceOf():
            return f"{_tight(node.operand)} instanceof {type_text(node.type)}"
        case ListLiteral():
            return f"[{_list(node.items)}]"
        case MapLiteral():
            return f"[{', '.join(f'{expression_text(key)} : {expression_text(value)}' for key, value in node.entries)}]"
    assert_never(node)


def type_text(node: TypeName) -> str:
    """Returns a type's name with its arguments."""
    inside = ", ".join(map(type_text, node.arguments))
    return node.name + (f"<{inside}>" if inside else "") + "[]" * node.dimensions


def _literal(node: Literal) -> str:
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    if node.kind == "char":
        return f"'{node.value}'"
    if node.kind == "String":
        return json.dumps(node.value, ensure_ascii=False)
    return f"{node.value}{_SUFFIX.get(node.kind, '')}"


def _list(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(map(expression_text, nodes))


def _tight(node: Expression) -> str:
    loose = isinstance(node, Binary | Relation | Ternary | Cast | InstanceOf | New) or (
        isinstance(node, Unary) and not node.operator.startswith("x")
    )
    return f"({expression_text(node)})" if loose else expression_text(node)
