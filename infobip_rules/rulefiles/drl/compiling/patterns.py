"""Compiler of patterns of the left side to terms of the model."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel

from infobip_rules.engine.rules.entry_points import check_entry_point
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.rules.model import ANY_FIELD, Constraint, Pattern, Window, every_field
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.body.interpreter import compile_expression
from infobip_rules.rulefiles.drl.body.scope import BoundName, Scope
from infobip_rules.rulefiles.drl.compiling.constraints import compile_test, tests_of
from infobip_rules.rulefiles.drl.compiling.names import BoundNames, RuleScope
from infobip_rules.rulefiles.drl.compiling.reactivity import mentioned, seen_in_binding, seen_in_test
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.models import field_of, fieldless
from infobip_rules.rulefiles.drl.syntax.durations import seconds
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Annotation,
    Binary,
    BindingNode,
    EntryPoint,
    Expression,
    Name,
    PatternNode,
    WindowNode,
)
from infobip_rules.rulefiles.python.compiler import RESERVED
from infobip_rules.signals import Signal


@dataclass(kw_only=True, slots=True)
class PatternCompiler:
    """The compiler of one pattern's parentheses, piece by piece."""

    names: BoundNames
    around: RuleScope
    #: Of the values that are examined.
    kind: Kind
    #: Where the element is the tuple of an accumulate's results: which of them is examined.
    result: int | None = None
    constraints: list[Constraint] = field(default_factory=list)
    bindings: dict[str, BoundName] = field(default_factory=dict)
    #: The name of the element itself.
    name: str | None = None
    #: Fields of the element that its constraints are seen to read, and those that its names are seen to stand for.
    read: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    @property
    def alone(self) -> tuple[Constraint, ...]:
        """The constraints on the element alone."""
        return tuple(constraint for constraint in self.constraints if not constraint.joins)

    @property
    def joined(self) -> tuple[Constraint, ...]:
        """Those that read values matched before."""
        return tuple(constraint for constraint in self.constraints if constraint.joins)

    def take(self, node: PatternNode) -> PatternCompiler:
        """Compiles all of a pattern."""
        if node.binding is not None:
            if node.binding in self.names.bindings:
                fact = f"The name {node.binding} is bound a second time."
                raise self.around.error(node, fact, "Bind another name.")
            self.name = node.binding
            self.bindings[node.binding] = BoundName(position=None, kind=self.kind)
        by_place: list[BindingNode | Expression] = []
        with self.around.mistakes:
            by_place = _by_place(node, self.names, self.around, self.kind.model)
        for part in (*by_place, *node.constraints):
            if isinstance(part, BindingNode):
                with self.around.mistakes:
                    self._bind(part)
                if part.name not in self.bindings and part.name not in self.names.bindings:
                    self.around.mistakes.unreadable.add(part.name)
            else:
                self._test(part)
        return self

    def _bind(self, node: BindingNode) -> None:
        known = self._known()
        if node.name in known and not node.unifies:
            raise self.around.error(
                node,
                f"The name {node.name} is bound a second time.",
                f"Write {expression_text(node.expression)} == {node.name} to compare, or bind another name.",
            )
        if node.name in known:
            named = Name(at=node.at, name=node.name)
            self._test(Binary(at=node.at, operator="==", left=node.expression, right=named))
        else:
            self._bind_new(node, self.around.scope(known, self.kind))
        if node.test is not None:
            self._test(node.test)

    def _bind_new(self, node: BindingNode, scope: Scope) -> None:
        compile_expression(node.expression, scope)
        if scope.joins:
            fact = f"{node.name} stands for a value of another element."
            raise self.around.error(node, fact, "Name fields of this element only.")
        if self.kind.model is not None:
            self.named |= seen_in_binding(node.expression, self.kind.model, self.name, self._known())
        self.bindings[node.name] = BoundName(position=None, kind=self.kind, expression=node.expression)

    def _test(self, expression: Expression) -> None:
        if self.kind.model is not None:
            self.read |= seen_in_test(expression, self.kind.model, self.name, self._known())
        for part in tests_of(expression):
            with self.around.mistakes:
                self._part(part)

    def _part(self, part: Expression) -> None:
        scope = self.around.scope(self._known(), self.kind)
        constraint = compile_test(part, scope, result=self.result)
        self.constraints.append(constraint)

    def _known(self) -> dict[str, BoundName]:
        return {**self.names.bindings, **self.bindings}


def _by_place(
    node: PatternNode, names: BoundNames, around: RuleScope, model: type[BaseModel] | None
) -> list[BindingNode | Expression]:
    """Returns the positional arguments before a `;` as constraints on named fields."""
    fields = list(model.model_fields) if model is not None else []
    nothing = fieldless(model) if model is not None and node.positional else None
    if nothing is not None:
        raise nothing
    if len(node.positional) > len(fields):
        raise around.error(
            node.positional[len(fields)],
            f"{node.type.name} has {len(fields)} fields to compare by place.",
            "Name the fields: Type(name == value).",
        )
    made: list[BindingNode | Expression] = []
    for name, value in zip(fields, node.positional, strict=False):
        own = Name(at=value.at, name=name)
        if isinstance(value, Name) and value.name not in names.bindings and value.name not in around.globals:
            made.append(BindingNode(at=value.at, name=value.name, expression=own, test=None))
        else:
            made.append(Binary(at=value.at, operator="==", left=own, right=value))
    return made


def compile_pattern(node: PatternNode, names: BoundNames, around: RuleScope) -> Pattern:
    """Compiles a pattern on elements of working memory or of an entry point; takes a position of `names`."""
    where = around.where(node)
    model = around.element(node.type)
    point = _entry_point(node, model, around)
    compiled = PatternCompiler(names=names, around=around, kind=Kind(model.__name__, model=model)).take(node)
    watched = frozenset(compiled.named | mentioned(model, names.mentions.get(node.binding or "", ())))
    listens = watched | compiled.read
    for annotation in node.annotations:
        watched = _watched(annotation, model, watched, around)
        listens = _watched(annotation, model, listens, around)
    pattern = Pattern(
        alias=alias_of(node.binding, names.positions),
        type=model,
        entry_point=point,
        constraints=compiled.alone,
        joins=compiled.joined,
        listens=listens,
        watched=watched,
        queried=node.binding is not None and node.binding.startswith("?"),
        where=where,
        window=_window(node.window, around),
    )
    names.take_position(compiled.bindings)
    return pattern


def alias_of(binding: str | None, position: int) -> str:
    """Returns the name of an element in a rule's context, which has methods too."""
    return binding if binding is not None and binding not in RESERVED and binding[0] != "_" else f"m_{position}"


def _entry_point(node: PatternNode, model: type[BaseModel], around: RuleScope) -> str | None:
    where = around.where(node)
    if isinstance(node.source, EntryPoint):
        if not issubclass(model, Signal):
            raise RuleError(
                f"{model.__name__} is a fact; only signals come through entry points.",
                f"Leave out `from entry-point`: {node.type.name}(...).",
                where=where,
            )
        if node.source.name not in around.points:
            check_entry_point(model, node.source.name, around.types.models.values(), around.where(node.source))
        return node.source.name
    if issubclass(model, Signal):
        raise RuleError(
            f"{model.__name__} is a signal, which comes through an entry point.",
            f'Write {node.type.name}(...) from entry-point "{model.entry_point}".',
            where=where,
        )
    return None


def _watched(
    annotation: Annotation, model: type[BaseModel], listens: frozenset[str], around: RuleScope
) -> frozenset[str]:
    if annotation.name.lower() != "watch":
        raise around.error(annotation, f"@{annotation.name} is not supported on a pattern.", "There is @watch(field).")
    for word in (part.strip() for part in annotation.text.split(",")):
        name = word.removeprefix("!").strip()
        if name == ANY_FIELD:
            found = every_field(model)
        else:
            field_ = field_of(model, name)
            if field_ is None:
                raise around.error(
                    annotation, f"{model.__name__} has no field {name!r}.", closest(name, sorted(model.model_fields))
                )
            found = frozenset({field_[0]})
        listens = listens - found - {ANY_FIELD} if word.startswith("!") else listens | found
    return listens


def _window(node: WindowNode | None, around: RuleScope) -> Window | None:
    if node is None:
        return None
    if node.kind == "length" and node.size.isdigit() and int(node.size) > 0:
        return Window(kind="length", size=float(node.size))
    span = seconds(node.size) if node.kind == "time" else None
    if not span or span < 0:
        raise around.error(
            node, f"window:{node.kind}({node.size}) is not understood.", "Write window:time(1m30s) or window:length(3)."
        )
    return Window(kind="time", size=span)
