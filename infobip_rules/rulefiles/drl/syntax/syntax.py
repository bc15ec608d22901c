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
    Node,
    Place,
    Relation,
    Return,
    Statement,
    Ternary,
    TypeName,
    Unary,
    While,
)

__all__ = [
    "Accumulate",
    "Annotation",
    "Assign",
    "Attribute",
    "Binary",
    "Binding",
    "Block",
    "Call",
    "Cast",
    "Condition",
    "DeclareNode",
    "EntryPoint",
    "Eval",
    "Evaluate",
    "Expression",
    "FieldNode",
    "Fold",
    "For",
    "ForEach",
    "From",
    "FromAccumulate",
    "FromCollect",
    "FunctionNode",
    "GlobalNode",
    "Group",
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
    "Node",
    "Parameter",
    "PatternNode",
    "Place",
    "QueryCall",
    "QueryNode",
    "Relation",
    "Return",
    "RuleNode",
    "Statement",
    "Ternary",
    "TypeName",
    "Unary",
    "Unit",
    "While",
    "Window",
]


# --- the left side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding(Node):
    """`name: expression` (or `name := expression`) inside a pattern, beside what the expression is compared with."""

    name: str
    expression: Expression
    #: The whole comparison where there is one: `n: total > 5` binds `total` and asks for `total > 5`.
    test: Expression | None
    #: Written `:=`: where the name is bound already, the two must be equal.
    unifies: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Window(Node):
    """`over window:time(1m)` or `over window:length(3)`."""

    kind: str
    size: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryPoint(Node):
    """`from entry-point "signals"`."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class From(Node):
    """`from expression`."""

    expression: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold(Node):
    """One function of an accumulate: `$sum: sum($total)`."""

    binding: str | None
    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FromAccumulate(Node):
    """`from accumulate(source, function(...))`: the result is what the pattern looks at."""

    source: Condition
    fold: Fold


@dataclass(frozen=True, kw_only=True, slots=True)
class FromCollect(Node):
    """`from collect(Pattern(...))`."""

    source: Condition


@dataclass(frozen=True, kw_only=True, slots=True)
class PatternNode(Node):
    """`binding: Type(constraints) over window from source`."""

    type: TypeName
    binding: str | None
    #: Joined by `,`: bindings and tests in the order written.
    constraints: tuple[Binding | Expression, ...]
    window: Window | None = None
    source: EntryPoint | From | FromAccumulate | FromCollect | None = None
    #: What stands before a `;`: compared with the fields in the order of their declaration.
    positional: tuple[Expression, ...] = ()
    #: `@watch(...)` behind the parentheses.
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Group(Node):
    """Several conditions under `and`, `or`, `not`, `exists` or `forall`; `word` says which. `not` and `exists` hold one."""

    word: str
    items: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Eval(Node):
    """`eval(expression)`."""

    expression: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Accumulate(Node):
    """`accumulate(source; $a: sum(...), $b: count(); $a > 5)` as a condition of its own."""

    source: Condition
    folds: tuple[Fold, ...]
    constraints: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryCall(Node):
    """`?name(argument, $unbound;)` or `name(argument;)`: a query asked on the left side."""

    name: str
    arguments: tuple[Expression, ...]


Condition: TypeAlias = PatternNode | Group | Eval | Accumulate | QueryCall


# --- declarations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation(Node):
    """`@role(event)`, `@expires(1h)`: the name, and what stands in the parentheses, as written."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute(Node):
    """`salience 10`, `no-loop`, `timer(int: 30s 5s)`: the name, and its value as written (a bare word is True)."""

    name: str
    value: str | int | bool | Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleNode(Node):
    """`rule "name" extends "parent" attributes when ... then ... end`."""

    name: str
    extends: str | None
    attributes: tuple[Attribute, ...]
    annotations: tuple[Annotation, ...]
    #: Joined by an implied `and`.
    conditions: tuple[Condition, ...]
    body: tuple[Statement, ...]
    #: Names in what could not be read of its body, for which the file is refused; None where all was read.
    lost: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter(Node):
    """One parameter of a query or function."""

    type: TypeName
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryNode(Node):
    """`query "name"(Type $parameter) ... end`."""

    name: str
    parameters: tuple[Parameter, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionNode(Node):
    """`function Type name(parameters) { ... }`."""

    type: TypeName
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    #: As of a rule.
    lost: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldNode(Node):
    """One field of a declared type: `total : double = 0.0 @key`."""

    name: str
    type: TypeName
    default: Expression | None
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclareNode(Node):
    """`declare Order extends Base @role(event) ... end`."""

    name: str
    extends: str | None
    annotations: tuple[Annotation, ...]
    fields: tuple[FieldNode, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportNode(Node):
    """`import com.example.Order;` (also `import static`, `import function`, and with `.*`)."""

    name: str
    #: Whether it names a member of a class: `import static java.lang.Math.max;`, or with `function`.
    static: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class GlobalNode(Node):
    """`global java.util.List results;`."""

    type: TypeName
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit(Node):
    """A whole file."""

    #: Empty where the file names none.
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
