"""Expressions, of constraints and bodies alike."""

from __future__ import annotations

from typing import TypeAlias

from lark import Token, v_args

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.operations import HalfConstraints, hole, operation
from infobip_rules.rulefiles.drl.syntax.building.source import Building, PlacedBuilder
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Call,
    Cast,
    Expression,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Member,
    Name,
    New,
    Ternary,
    Unary,
)

_Arguments: TypeAlias = "tuple[Expression, ...]"
_WORDS = {"true": (True, "boolean"), "false": (False, "boolean"), "null": (None, "null")}


@v_args(inline=True)
class ExpressionBuilder(PlacedBuilder, Building):
    """Builder of the grammar's section of expressions."""

    def name(self, name: Token) -> Expression:
        """Builds a name, or one of the words that are values."""
        at = self.at(name)
        if name in _WORDS:
            value, kind = _WORDS[name]
            return Literal(at=at, value=value, kind=kind)
        return Name(at=at, name=str(name))

    def string(self, token: Token) -> Literal:
        """Builds a text or character."""
        return literals.quoted(str(token), self.at(token), java=self.java)

    def number(self, token: Token) -> Literal:
        """Builds a number."""
        return literals.number(str(token), self.at(token))

    def bracketed(self, expression: Expression) -> Expression:
        """Builds an expression in brackets, and remembers them."""
        self.in_brackets[id(expression)] = expression
        return expression

    def arguments(self, *items: Expression) -> _Arguments:
        """Builds what stands between parentheses."""
        return items

    def call(self, name: Token, arguments: _Arguments | None) -> Call:
        """Builds a function, or a method of `this`."""
        return Call(at=self.at(name), name=str(name), arguments=arguments or ())

    def member(self, target: Expression, dot: Token, name: Token) -> Member:
        """Builds a field."""
        return Member(at=self.at(name), target=target, name=str(name), null_safe=dot == "!.")

    def call_on(self, target: Expression, dot: Token, name: Token, arguments: _Arguments | None) -> Call:
        """Builds a method."""
        arguments = arguments or ()
        return Call(at=self.at(name), target=target, name=str(name), arguments=arguments, null_safe=dot == "!.")

    def index(self, target: Expression, _bracket: Token, index: Expression) -> Index:
        """Builds an entry of a list or map."""
        return Index(at=target.at, target=target, index=index)

    def new(self, token: Token, arguments: _Arguments | None) -> New:
        """Builds `new Type(...)`."""
        at = self.at(token)
        return New(at=at, type=literals.type_name(token[3:].strip(), at), arguments=arguments or ())

    def array(self, token: Token, _open: Token, items: _Arguments | None, _close: Token) -> ListLiteral:
        """Builds `new T[] {...}`."""
        return ListLiteral(at=self.at(token), items=items or ())

    def list(self, bracket: Token, items: _Arguments | None) -> ListLiteral:
        """Builds MVEL's list."""
        return ListLiteral(at=self.at(bracket), items=items or ())

    def map(self, bracket: Token, *entries: tuple[Expression, Expression]) -> MapLiteral:
        """Builds MVEL's map."""
        return MapLiteral(at=self.at(bracket), entries=entries)

    def map_entry(self, key: Expression, _colon: Token, value: Expression) -> tuple[Expression, Expression]:
        """Builds an entry of a map."""
        return key, value

    def unary(self, sign: Token, operand: Expression) -> Expression:
        """Builds a sign before a value; a minus belongs to the number after it."""
        if sign == "-" and isinstance(operand, Literal) and isinstance(operand.value, int | float):
            return Literal(at=self.at(sign), value=-operand.value, kind=operand.kind)
        return Unary(at=self.at(sign), operator=str(sign), operand=operand)

    def cast(self, token: Token, operand: Expression) -> Cast:
        """Builds `(Type) value`."""
        at = self.at(token)
        return Cast(at=at, type=literals.type_name(token[1:-1].strip(), at), operand=operand)

    def operation(self, *parts: object) -> Expression:
        """Builds values and the operators between them."""
        return operation(parts, self.at)

    def half_group(self, bracket: Token, *parts: object) -> HalfConstraints:
        """Builds `(> 30 && < 40)`."""
        return HalfConstraints(operation((hole(self.at(bracket)), *parts), self.at))

    def ternary(self, test: Expression, _question: Token, yes: Expression, _colon: Token, no: Expression) -> Ternary:
        """Builds `test ? yes : no`."""
        return Ternary(at=test.at, test=test, yes=yes, no=no)
