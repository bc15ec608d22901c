"""Compilers of expressions: for each type of node of the syntax tree the function that makes its closure."""

from __future__ import annotations

from infobip_rules.rulefiles.drl.body import (
    actions,
    arithmetic,
    assignment,
    comparison,
    conversions,
    creation,
    names,
    relations,
)
from infobip_rules.rulefiles.drl.body.closures import Body, Compiler, Table
from infobip_rules.rulefiles.drl.body.scope import Scope
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Binary,
    Call,
    Cast,
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
    Unary,
)

_UNARY = {
    "!": comparison.negation,
    **dict.fromkeys(("-", "+", "~"), arithmetic.signed),
    **dict.fromkeys(("++", "--", "x++", "x--"), assignment.stepped),
}

_TABLE: Table = {
    Literal: creation.literal,
    Name: names.named,
    Member: names.member,
    Index: names.indexed,
    Call: actions.call,
    Unary: lambda compiler, node: _UNARY[node.operator](compiler, node),
    Binary: comparison.operation,
    Relation: relations.related,
    Ternary: creation.ternary,
    New: creation.new,
    Cast: conversions.cast,
    InstanceOf: conversions.instance_of,
    ListLiteral: creation.list_literal,
    MapLiteral: creation.map_literal,
}


def compiler_of(scope: Scope, body: Body | None = None) -> Compiler:
    """Returns the compiler of a constraint's scope, or with `body` of a rule's body or a function."""
    return Compiler(_TABLE, scope, body)
