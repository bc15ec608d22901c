"""The syntax tree of what is code in a `.drl` file: types, expressions, and the statements of bodies and functions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where something stands in its file; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SyntaxNode:
    """Anything that stands somewhere."""

    at: Place


# --- types and expressions, of constraints and bodies alike ------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeName(SyntaxNode):
    """`String`, `Map<String, Object>`, `int[]`, `com.example.Order`: the name as written, its arguments, its dimensions."""

    name: str
    arguments: tuple[TypeName, ...] = ()
    dimensions: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal(SyntaxNode):
    """A value as written; `kind` is Java's type: int, long, float, double, BigDecimal, String, char, boolean or null."""

    value: str | int | float | Decimal | bool | None
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Name(SyntaxNode):
    """A variable, binding, field, global or class, distinguished by who reads it. `this` is one too."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Member(SyntaxNode):
    """`target.name`, or null-safe `target!.name`."""

    target: Expression
    name: str
    null_safe: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Call(SyntaxNode):
    """`name(arguments)` or `target.name(arguments)`; null-safe with `!.`."""

    name: str
    arguments: tuple[Expression, ...]
    target: Expression | None = None
    null_safe: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Index(SyntaxNode):
    """`target[index]`."""

    target: Expression
    index: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Unary(SyntaxNode):
    """`!x`, `-x`, `+x`, `~x`; as a statement also `++x`, `--x`, `x++`, `x--` (operators `++`, `--`, `x++`, `x--`)."""

    operator: str
    operand: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Binary(SyntaxNode):
    """Arithmetic, comparison and logic: `+ - * / % == != < <= > >= && || & | ^ << >> >>>`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation(SyntaxNode):
    """An operator of Drools between two values: matches, contains, memberOf, in, str, soundslike, before, after, ...

    `parameters` is what stands in brackets after it, as written: `before[1h, 2h]` has ("1h", "2h"), `str[startsWith]`
    has ("startsWith",). `in` has a ListLiteral on its right. `negated` for `not matches`, `not in` and the like.
    """

    operator: str
    left: Expression
    right: Expression
    negated: bool = False
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ternary(SyntaxNode):
    """`test ? yes : no`."""

    test: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class New(SyntaxNode):
    """`new Type(arguments)`."""

    type: TypeName
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast(SyntaxNode):
    """`(Type) operand`."""

    type: TypeName
    operand: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceOf(SyntaxNode):
    """`operand instanceof Type`."""

    operand: Expression
    type: TypeName


@dataclass(frozen=True, kw_only=True, slots=True)
class ListLiteral(SyntaxNode):
    """`[a, b]` of MVEL, `{a, b}` after `new T[]`, and `(a, b)` after `in`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MapLiteral(SyntaxNode):
    """`["a": 1, "b": 2]` of MVEL."""

    entries: tuple[tuple[Expression, Expression], ...]


Expression: TypeAlias = (
    Literal
    | Name
    | Member
    | Call
    | Index
    | Unary
    | Binary
    | Relation
    | Ternary
    | New
    | Cast
    | InstanceOf
    | ListLiteral
    | MapLiteral
)


# --- statements of bodies and functions --------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Local(SyntaxNode):
    """`String text = "...";`, `int n;`, `var x = ...;`, `final ...` (one variable each; several become several)."""

    type: TypeName
    name: str
    value: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assign(SyntaxNode):
    """`target = value;` and `+= -= *= /= %=`; the target is a Name, Member or Index."""

    target: Expression
    operator: str
    value: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluate(SyntaxNode):
    """An expression as a statement: mostly a Call (`insert(...)`, `delete(...)`, `InfobipAdapterAPI....`), or `n++`."""

    expression: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Modify(SyntaxNode):
    """`modify(target) { setA(1), setB(2) }`: calls and assignments on the target."""

    target: Expression
    changes: tuple[Expression | Assign, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block(SyntaxNode):
    """`{ ... }`, with variables of its own."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class If(SyntaxNode):
    """`if (test) then else otherwise`."""

    test: Expression
    then: Statement
    otherwise: Statement | None


@dataclass(frozen=True, kw_only=True, slots=True)
class For(SyntaxNode):
    """`for (start; test; step) body`."""

    start: tuple[Statement, ...]
    test: Expression | None
    step: tuple[Statement, ...]
    body: Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class ForEach(SyntaxNode):
    """`for (Type name : items) body`."""

    type: TypeName
    name: str
    items: Expression
    body: Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class While(SyntaxNode):
    """`while (test) body`."""

    test: Expression
    body: Statement


@dataclass(frozen=True, kw_only=True, slots=True)
class Return(SyntaxNode):
    """`return;` or `return value;`."""

    value: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Jump(SyntaxNode):
    """`break;` or `continue;`."""

    word: str


Statement: TypeAlias = Local | Assign | Evaluate | Modify | Block | If | For | ForEach | While | Return | Jump
