"""The syntax tree of a `.drl` file: what the parser gives, what the compiler and the interpreter of rule bodies read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from infobip_rules.rulefiles.drl.syntax.code_nodes import (
    Assign,
    Binary,
    Block,
    Call,
    Cast,
    Evaluate,
    Expression,
    For,
    ForEach,
    If,
    Index,
    InstanceOf,
    Jump,
    ListLiteral,
    Literal,
    Local,
    MapLiteral,
    Member,
    Modify,
    Name,
    New,
    Place,
    Relation,
    Return,
    Statement,
    SyntaxNode,
    Ternary,
    TypeName,
    Unary,
    While,
)

__all__ = [
    "AccumulateCondition",
    "Annotation",
    "Assign",
    "Attribute",
    "Binary",
    "BindingNode",
    "Block",
    "Call",
    "Cast",
    "CompilationUnit",
    "ConditionNode",
    "DeclareNode",
    "EntryPoint",
    "Eval",
    "Evaluate",
    "Expression",
    "FieldNode",
    "FoldNode",
    "For",
    "ForEach",
    "FromAccumulate",
    "FromCollect",
    "FromExpression",
    "FunctionNode",
    "GlobalNode",
    "GroupNode",
    "If",
    "ImportNode",
    "Index",
    "InstanceOf",
    "Jump",
    "ListLiteral",
    "Literal",
    "Local",
    "MapLiteral",
    "Member",
    "Modify",
    "Name",
    "New",
    "Parameter",
    "PatternNode",
    "Place",
    "QueryCall",
    "QueryNode",
    "Relation",
    "Return",
    "RuleNode",
    "Statement",
    "SyntaxNode",
    "Ternary",
    "TypeName",
    "Unary",
    "While",
    "WindowNode",
]


# --- the left side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class BindingNode(SyntaxNode):
    """`name: expression` (or `name := expression`) inside a pattern, beside what the expression is compared with."""

    name: str
    expression: Expression
    #: The whole comparison if there is one: `n: total > 5` binds `total` and asks for `total > 5`.
    test: Expression | None
    #: Written `:=`: if the name is bound already, the two must be equal.
    unifies: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class WindowNode(SyntaxNode):
    """`over window:time(1m)` or `over window:length(3)`."""

    kind: str
    size: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryPoint(SyntaxNode):
    """`from entry-point "signals"`."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FromExpression(SyntaxNode):
    """`from expression`."""

    expression: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldNode(SyntaxNode):
    """One function of an accumulate: `$sum: sum($total)`."""

    binding: str | None
    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FromAccumulate(SyntaxNode):
    """`from accumulate(source, function(...))`: the result is what the pattern examines."""

    source: ConditionNode
    fold: FoldNode


@dataclass(frozen=True, kw_only=True, slots=True)
class FromCollect(SyntaxNode):
    """`from collect(Pattern(...))`."""

    source: ConditionNode


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternNode(SyntaxNode):
    """`binding: Type(constraints) over window from source`."""

    type: TypeName
    binding: str | None
    #: Joined by `,`: bindings and tests in the order written.
    constraints: tuple[BindingNode | Expression, ...]
    window: WindowNode | None = None
    source: EntryPoint | FromExpression | FromAccumulate | FromCollect | None = None
    #: What stands before a `;`: compared with the fields in the order of their declaration.
    positional: tuple[Expression, ...] = ()
    #: `@watch(...)` after the parentheses.
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupNode(SyntaxNode):
    """Several conditions under `and`, `or`, `not`, `exists` or `forall`; `word` says which. `not` and `exists` hold one."""

    word: str
    items: tuple[ConditionNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Eval(SyntaxNode):
    """`eval(expression)`."""

    expression: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class AccumulateCondition(SyntaxNode):
    """`accumulate(source; $a: sum(...), $b: count(); $a > 5)` as a condition of its own."""

    source: ConditionNode
    folds: tuple[FoldNode, ...]
    constraints: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryCall(SyntaxNode):
    """`?name(argument, $unbound;)` or `name(argument;)`: a query asked on the left side."""

    name: str
    arguments: tuple[Expression, ...]


ConditionNode: TypeAlias = PatternNode | GroupNode | Eval | AccumulateCondition | QueryCall


# --- declarations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation(SyntaxNode):
    """`@role(event)`, `@expires(1h)`: the name, and what stands in the parentheses, as written."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute(SyntaxNode):
    """`salience 10`, `no-loop`, `timer(int: 30s 5s)`: the name, and its value as written (a bare word is True)."""

    name: str
    value: str | int | bool | Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleNode(SyntaxNode):
    """`rule "name" extends "parent" attributes when ... then ... end`."""

    name: str
    extends: str | None
    attributes: tuple[Attribute, ...]
    annotations: tuple[Annotation, ...]
    #: Joined by an implied `and`.
    conditions: tuple[ConditionNode, ...]
    body: tuple[Statement, ...]
    #: Names in what could not be read of its body, for which the file is refused; None if all was read.
    lost: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter(SyntaxNode):
    """One parameter of a query or function."""

    type: TypeName
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryNode(SyntaxNode):
    """`query "name"(Type $parameter) ... end`."""

    name: str
    parameters: tuple[Parameter, ...]
    conditions: tuple[ConditionNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionNode(SyntaxNode):
    """`function Type name(parameters) { ... }`."""

    type: TypeName
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    #: As of a rule.
    lost: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldNode(SyntaxNode):
    """One field of a declared type: `total : double = 0.0 @key`."""

    name: str
    type: TypeName
    default: Expression | None
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclareNode(SyntaxNode):
    """`declare Order extends Base @role(event) ... end`."""

    name: str
    extends: str | None
    annotations: tuple[Annotation, ...]
    fields: tuple[FieldNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportNode(SyntaxNode):
    """`import com.example.Order;` (also `import static`, `import function`, and with `.*`)."""

    name: str
    #: Whether it names a member of a class: `import static java.lang.Math.max;`, or with `function`.
    static: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalNode(SyntaxNode):
    """`global java.util.List results;`."""

    type: TypeName
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CompilationUnit(SyntaxNode):
    """A whole file."""

    #: Empty if the file names none.
    package: str
    imports: tuple[ImportNode, ...]
    globals: tuple[GlobalNode, ...]
    declares: tuple[DeclareNode, ...]
    functions: tuple[FunctionNode, ...]
    queries: tuple[QueryNode, ...]
    rules: tuple[RuleNode, ...]
    #: Attributes before any rule count for all rules of the file.
    attributes: tuple[Attribute, ...]
    #: Names of what could not be read; what uses them is no mistake of its own.
    unreadable: frozenset[str] = frozenset()
