"""Rules, queries, functions and declared types as wholes."""

from __future__ import annotations

import re

from lark import Token, v_args

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.conditions import ConditionBuilder
from infobip_rules.rulefiles.drl.syntax.building.statements import StatementBuilder
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Annotation,
    Attribute,
    Block,
    ConditionNode,
    DeclareNode,
    Expression,
    FieldNode,
    FunctionNode,
    Literal,
    Parameter,
    QueryNode,
    RuleNode,
    TypeName,
)

_FUNCTION = re.compile(r"function\s+(?:(.+?)\s+)?([\w$]+)", re.DOTALL)
_TIMER = re.compile(r"(timer|duration)\s*\(?(.*?)\)?", re.DOTALL)


@v_args(inline=True)
class DeclarationBuilder(ConditionBuilder, StatementBuilder):
    """Builder of all that the grammar finds."""

    def rule(
        self,
        word: Token,
        name: Token,
        extends: Token | None,
        annotations: tuple[Annotation, ...],
        attributes: tuple[Attribute, ...],
        *conditions: Token | tuple[ConditionNode, ...],
    ) -> RuleNode:
        """Builds a rule without its body, which is parsed by itself."""
        return RuleNode(
            at=self.at(word),
            name=self._named(name),
            extends=self._named(extends) if extends else None,
            attributes=attributes,
            annotations=annotations,
            conditions=next((part for part in conditions if isinstance(part, tuple)), ()),
            body=(),
        )

    def extends(self, *name: Token) -> Token | None:
        """Builds the rule whose conditions come first."""
        return name[0] if name else None

    parent = extends

    def _named(self, name: Token) -> str:
        return literals.text(str(name), self.at(name)) if name.type == "STRING" else str(name)

    # --- attributes

    def attributes(self, *attributes: Attribute) -> tuple[Attribute, ...]:
        """Builds the attributes before `when`."""
        return attributes

    def file_attributes(self, attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
        """Builds the attributes before any rule."""
        return attributes

    def salience(self, word: Token, value: Expression) -> Attribute:
        """Builds the salience: a number, or computed of what was matched."""
        whole = isinstance(value, Literal) and value.kind == "int"
        return Attribute(at=self.at(word), name=str(word), value=value.value if whole else value)  # type: ignore[union-attr, arg-type]  # as checked above

    def switch(self, word: Token, *on: Token) -> Attribute:
        """Builds an attribute that is on, unless it says `false`."""
        return Attribute(at=self.at(word), name=str(word), value=not on or on[0] == "true")

    def switch_expression(self, word: Token, value: Expression) -> Attribute:
        """Builds `enabled ( ... )`."""
        plain = isinstance(value, Literal) and isinstance(value.value, bool)
        return Attribute(at=self.at(word), name=str(word), value=value.value if plain else value)  # type: ignore[union-attr, arg-type]  # as checked above

    def labelled(self, word: Token, value: Token) -> Attribute:
        """Builds a name or a moment."""
        return Attribute(at=self.at(word), name=str(word), value=self._named(value))

    def timer(self, token: Token) -> Attribute:
        """Builds `timer(...)` and `duration`, as written."""
        found = _TIMER.fullmatch(token)
        assert found  # noqa: S101 - the grammar's own pattern is narrower
        return Attribute(at=self.at(token), name=found[1], value=found[2].strip())

    # --- queries, functions and types

    def query(self, word: Token, name: Token, *rest: tuple[ConditionNode | Parameter, ...] | None) -> QueryNode:
        """Builds a query."""
        *parameters, conditions = rest
        given = parameters[0] if parameters and parameters[0] else ()
        return QueryNode(at=self.at(word), name=self._named(name), parameters=given, conditions=conditions or ())  # type: ignore[arg-type]  # by the grammar

    def parameters(self, *parameters: Parameter) -> tuple[Parameter, ...]:
        """Builds the parameters of a query or function."""
        return parameters

    def parameter(self, kind: Token, name: Token) -> Parameter:
        """Builds a parameter."""
        at = self.at(kind)
        return Parameter(at=at, type=literals.type_name(str(kind), at), name=str(name))

    def untyped_parameter(self, name: Token) -> Parameter:
        """Builds a parameter of any type."""
        at = self.at(name)
        return Parameter(at=at, type=TypeName(at=at, name="Object"), name=str(name))

    def function(self, head: Token, parameters: tuple[Parameter, ...] | None, block: Block) -> FunctionNode:
        """Builds a function."""
        found = _FUNCTION.fullmatch(head)
        assert found  # noqa: S101 - the grammar's own pattern is narrower
        at = self.at(head)
        return FunctionNode(
            at=at,
            type=literals.type_name(found[1] or "Object", at),
            name=found[2],
            parameters=parameters or (),
            body=block.statements,
        )

    def declare(
        self, word: Token, name: Token, parent: Token | None, annotations: tuple[Annotation, ...], *fields: FieldNode
    ) -> DeclareNode:
        """Builds a type."""
        return DeclareNode(
            at=self.at(word),
            name=str(name),
            extends=str(parent) if parent else None,
            annotations=annotations,
            fields=fields,
        )

    def field(self, label: Token, kind: Token, *rest: Token | Expression | tuple[Annotation, ...]) -> FieldNode:
        """Builds a field of a type."""
        default = next((part for part in rest if not isinstance(part, Token | tuple)), None)
        at = self.at(label)
        return FieldNode(
            at=at,
            name=label.removesuffix(":").rstrip(),
            type=literals.type_name(str(kind), self.at(kind)),
            default=default,
            annotations=next(part for part in rest if isinstance(part, tuple)),
        )
