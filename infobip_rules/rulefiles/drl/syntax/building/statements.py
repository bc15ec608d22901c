"""Statements of rule bodies and functions."""

from __future__ import annotations

from typing import TypeAlias

from lark import Token, v_args

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.expressions import ExpressionBuilder
from infobip_rules.rulefiles.drl.syntax.building.source import UnsupportedError
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Assign,
    Binary,
    Block,
    Call,
    Evaluate,
    Expression,
    For,
    ForEach,
    If,
    Index,
    Jump,
    Local,
    Member,
    Modify,
    Name,
    New,
    Place,
    Return,
    Statement,
    Unary,
    While,
)

#: A statement, or the several variables that one statement declares.
_Made: TypeAlias = "Statement | tuple[Statement, ...]"


def statements_of(made: tuple[_Made, ...]) -> tuple[Statement, ...]:
    """Returns the statements in their order; several that are declared together are separated."""
    return tuple(statement for some in made for statement in (some if isinstance(some, tuple) else (some,)))


@v_args(inline=True)
class StatementBuilder(ExpressionBuilder):
    """Builder of the grammar's section of statements."""

    def body(self, *made: _Made) -> tuple[Statement, ...]:
        """Builds all of a rule's `then`."""
        return statements_of(made)

    def nothing(self) -> _Made:
        """Builds a semicolon alone."""
        return ()

    def block(self, brace: Token, *made: _Made | Token) -> Block:
        """Builds `{ ... }`."""
        inner = tuple(statement for statement in made if not isinstance(statement, Token))
        return Block(at=self.at(brace), statements=statements_of(inner))

    def local(self, *parts: Token | tuple[Token, Expression | None]) -> _Made:
        """Builds a variable, or several of one type."""
        kind = next(part for part in parts if isinstance(part, Token) and part.type == "LOCAL")
        written = literals.type_name(str(kind), self.at(kind))
        declared = (part for part in parts if isinstance(part, tuple))
        return tuple(Local(at=self.at(name), type=written, name=str(name), value=value) for name, value in declared)

    def declarator(self, name: Token, *value: Token | Expression) -> tuple[Token, Expression | None]:
        """Builds one variable of a declaration."""
        found = value[1] if value else None
        return name, None if isinstance(found, Token) else found

    def assign(self, target: Expression, sign: Token, value: Expression) -> Assign:
        """Builds `target = value`."""
        if not isinstance(target, Name | Member | Index):
            raise UnsupportedError(self.at(sign), "Nothing can be assigned to this.", "Name a variable or field.")
        return Assign(at=target.at, target=target, operator=str(sign), value=value)

    def evaluate(self, expression: Expression) -> Evaluate:
        """Builds a call; anything else would do nothing."""
        if not isinstance(expression, Call | New):
            remedy = "Write == only inside a condition, = to set a variable."
            if not (isinstance(expression, Binary) and expression.operator == "=="):
                remedy = "Call a method, or set a variable."
            raise UnsupportedError(expression.at, "This is no statement: it would do nothing.", remedy)
        return Evaluate(at=expression.at, expression=expression)

    def post_increment(self, operand: Expression, sign: Token) -> Evaluate:
        """Builds `n++`."""
        return Evaluate(at=operand.at, expression=Unary(at=operand.at, operator=f"x{sign}", operand=operand))

    def pre_increment(self, sign: Token, operand: Expression) -> Evaluate:
        """Builds `++n`."""
        at = self.at(sign)
        return Evaluate(at=at, expression=Unary(at=at, operator=str(sign), operand=operand))

    def modify(self, word: Token, target: Expression, *rest: Token | tuple[Expression | Assign, ...] | None) -> Modify:
        """Builds `modify(x) { ... }`."""
        changes = next((part for part in rest if isinstance(part, tuple)), ())
        return Modify(at=self.at(word), target=target, changes=changes)

    def changes(self, *changes: Expression | Assign) -> tuple[Expression | Assign, ...]:
        """Builds the changes of a `modify`."""
        return changes

    def if_then(self, word: Token, test: Expression, then: _Made) -> If:
        """Builds `if` without `else`."""
        return If(at=self.at(word), test=test, then=_one(then, self.at(word)), otherwise=None)

    def if_else(self, word: Token, test: Expression, then: _Made, otherwise: _Made) -> If:
        """Builds `if` with `else`."""
        at = self.at(word)
        return If(at=at, test=test, then=_one(then, at), otherwise=_one(otherwise, at))

    def while_do(self, word: Token, test: Expression, body: _Made) -> While:
        """Builds `while`."""
        return While(at=self.at(word), test=test, body=_one(body, self.at(word)))

    def for_each(self, word: Token, *parts: Token | Expression | _Made) -> ForEach:
        """Builds `for (Type name : items)`."""
        *head, items, body = parts
        kind, name = (part for part in head if isinstance(part, Token) and part.type in ("LOCAL", "NAME"))
        at = self.at(word)
        written = literals.type_name(str(kind), self.at(kind))
        return ForEach(at=at, type=written, name=str(name), items=items, body=_one(body, at))  # type: ignore[arg-type]  # by the grammar

    def for_start(self, *made: _Made) -> tuple[Statement, ...]:
        """Builds what runs before the first turn of a loop."""
        return statements_of(made)

    def for_test(self, *test: Expression) -> tuple[Expression, ...]:
        """Builds the test before each turn of a loop."""
        return test

    def for_step(self, *made: _Made) -> tuple[Statement, ...]:
        """Builds what runs after each turn of a loop."""
        return statements_of(made)

    def for_do(
        self,
        word: Token,
        start: tuple[Statement, ...],
        test: tuple[Expression, ...],
        step: tuple[Statement, ...],
        body: _Made,
    ) -> For:
        """Builds `for (start; test; step)`."""
        at = self.at(word)
        return For(at=at, start=start, test=test[0] if test else None, step=step, body=_one(body, at))

    def return_value(self, word: Token, *value: Expression) -> Return:
        """Builds `return`."""
        return Return(at=self.at(word), value=value[0] if value else None)

    def jump(self, word: Token) -> Jump:
        """Builds `break` and `continue`."""
        return Jump(at=self.at(word), word=str(word))


def _one(made: _Made, at: Place) -> Statement:
    return Block(at=at, statements=made) if isinstance(made, tuple) else made
