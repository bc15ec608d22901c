"""Bodies written in Python, read from their syntax tree; functions of the same files that they call are followed."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from infobip_rules.channels.adapter_api import SENDING_BY_NAME, SendingAction
from infobip_rules.checks.bodies import OPAQUE, UNKNOWN, BodyEffects, GrownField
from infobip_rules.checks.body_values import (
    BodyRecord,
    ElementValue,
    NewValue,
    TextValue,
    added,
    joined,
    literal,
    subtracted,
)
from infobip_rules.checks.source import SourceFiles
from infobip_rules.engine.session.context import Context

_DEEPEST = 6
_CHANGING: Mapping[str, Literal["insert", "modify", "delete"]] = {
    "insert": "insert",
    "assert_fact": "insert",
    "modify": "modify",
    "delete": "delete",
    "retract_fact": "delete",
}
#: What `c` has besides the rule's elements.
_OWN = frozenset(name for name in dir(Context) if not name.startswith("_"))
_BRANCHING = ast.If | ast.For | ast.While | ast.Try | ast.Match
_LEAVING = (ast.Return, ast.Raise, ast.Break, ast.Continue)


@dataclass(frozen=True)
class _Context:
    """The rule's `c`."""


def read_python_body(action: Callable[..., Any], sources: SourceFiles) -> BodyEffects:
    """Returns what the function does as a rule's body; OPAQUE if its source is not available."""
    definition = sources.function(action)
    if definition is None or not definition.args.args or not isinstance(action, types.FunctionType):
        return OPAQUE
    record = BodyRecord()
    reader = _PythonReader(action=action, sources=sources, record=record, depth=0)
    reader.names[definition.args.args[0].arg] = _Context()
    reader.block(definition.body, conditional=False)
    return record.effects()


class _PythonReader:
    """Reads one function, noting what it does."""

    def __init__(self, *, action: types.FunctionType, sources: SourceFiles, record: BodyRecord, depth: int) -> None:
        self.file = action.__code__.co_filename
        self.globals = action.__globals__
        self.sources = sources
        self.record = record
        self.depth = depth
        self.names: dict[str, object] = {}
        self.returned: object = UNKNOWN
        self.conditional = False

    def block(self, statements: Sequence[ast.stmt], *, conditional: bool) -> None:
        """Reads statements; what stands after one that may leave is conditional too."""
        before, self.conditional = self.conditional, self.conditional or conditional
        for statement in statements:
            self._statement(statement)
            if isinstance(statement, _BRANCHING) and any(isinstance(node, _LEAVING) for node in ast.walk(statement)):
                self.conditional = True
        self.conditional = before

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                self.names[name] = self.value(value)
            case ast.AugAssign(target=ast.Name(id=name)):
                self.value(node.value)
                self.names[name] = UNKNOWN
            case ast.Return(value=ast.expr() as value):
                self.returned = UNKNOWN if self.conditional else self.value(value)
            case ast.With(items=items, body=body):
                for item in items:
                    self.value(item.context_expr)
                self.block(body, conditional=True)
            case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
                self._nested(node)
            case ast.If() | ast.For() | ast.While() | ast.Try() | ast.Match():
                self._branching(node)
            case _:
                self._children(node)

    def _branching(self, node: ast.If | ast.For | ast.While | ast.Try | ast.Match) -> None:
        assigned = {
            part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }
        if isinstance(node, ast.For | ast.While):
            self.names.update(dict.fromkeys(assigned, UNKNOWN))
        for value in ast.iter_child_nodes(node):
            if isinstance(value, ast.expr):
                self.value(value)
        for body in _bodies(node):
            self.block(body, conditional=True)
        self.names.update(dict.fromkeys(assigned, UNKNOWN))

    def _nested(self, node: ast.AST) -> None:
        # When it is called is not known: what it could do with the context is neither.
        held = {name for name, value in self.names.items() if isinstance(value, _Context)}
        if any(isinstance(part, ast.Name) and part.id in held for part in ast.walk(node)):
            self.record.opaque = True

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.taken(child)
            elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
                self._children(child)

    def taken(self, node: ast.expr) -> object:
        """Returns the value of an expression whose use is not followed: a context that goes there may do anything."""
        value = self.value(node)
        if isinstance(value, _Context):
            self.record.opaque = True
        return value

    def value(self, node: ast.expr) -> object:
        """Returns what an expression is known to be; what it does is noted."""
        match node:
            case ast.Constant(value=str() as text):
                return TextValue((text,), True)
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr(values=values):
                return joined([self._piece(value) for value in values])
            case ast.BinOp(left=left, op=op, right=right):
                return _computed(self.taken(left), op, self.taken(right))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._sometimes(node)
            case ast.IfExp() | ast.BoolOp():
                return self._sometimes(node)
        self._children(node)
        return UNKNOWN

    def _sometimes(self, node: ast.expr) -> object:
        before, self.conditional = self.conditional, True
        if isinstance(node, ast.Lambda):
            self._nested(node)
        else:
            self._children(node)
        self.conditional = before
        return UNKNOWN

    def _named(self, name: str) -> object:
        if name in self.names:
            return self.names[name]
        value = self.globals.get(name, UNKNOWN)
        if isinstance(value, str):
            return TextValue((value,), True)
        return value if isinstance(value, int | float | type | types.FunctionType) else UNKNOWN

    def _attribute(self, node: ast.Attribute) -> object:
        target = self.value(node.value)
        if isinstance(target, _Context):
            if node.attr in _OWN:
                return UNKNOWN
            return ElementValue(node.attr)
        if isinstance(target, ElementValue):
            return GrownField(alias=target.alias, field=node.attr)
        return UNKNOWN

    def _piece(self, node: ast.expr) -> object:
        if isinstance(node, ast.FormattedValue):
            value = self.taken(node.value)
            return value if node.format_spec is None and node.conversion == -1 else UNKNOWN
        return self.value(node)

    def _call(self, node: ast.Call) -> object:
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in SENDING_BY_NAME:
                return self._send(node, SENDING_BY_NAME[node.func.attr])
            if node.func.attr in _CHANGING and isinstance(self.value(node.func.value), _Context):
                return self._change(node, _CHANGING[node.func.attr])
        called = self.value(node.func)
        if isinstance(called, type) and issubclass(called, BaseModel):
            return NewValue(called.__name__, self._keywords(node.keywords))
        if isinstance(called, types.FunctionType):
            return self._follow(called, node)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.taken(argument)
        return UNKNOWN

    def _send(self, node: ast.Call, action: SendingAction) -> object:
        self.value(node.func.value) if isinstance(node.func, ast.Attribute) else None
        arguments = [self.taken(argument) for argument in node.args]
        given = action.given(arguments, self._keywords(node.keywords, plain=False))
        text, shorten = given.get("text"), given.get("shorten_url", False)
        self.record.send(text, shorten, where=self._at(node), conditional=self.conditional)
        return UNKNOWN

    def _change(self, node: ast.Call, kind: Literal["insert", "modify", "delete"]) -> object:
        target = self.taken(node.args[0]) if node.args else UNKNOWN
        values = self._keywords(node.keywords)
        self.record.change(kind, target, values, where=self._at(node), conditional=self.conditional)
        return target

    def _keywords(self, keywords: Iterable[ast.keyword], *, plain: bool = True) -> dict[str, object]:
        values = {keyword.arg or "**": self.taken(keyword.value) for keyword in keywords}
        return {name: literal(value) for name, value in values.items()} if plain else values

    def _follow(self, called: types.FunctionType, node: ast.Call) -> object:
        """Reads a function of the rule files as part of the body that calls it."""
        arguments = [self.value(argument) for argument in node.args]
        keywords = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        definition = self.sources.function(called)
        if definition is None or self.depth >= _DEEPEST:
            if any(isinstance(value, _Context) for value in (*arguments, *keywords.values())):
                self.record.opaque = True
            return UNKNOWN
        inner = _PythonReader(action=called, sources=self.sources, record=self.record, depth=self.depth + 1)
        parameters = [argument.arg for argument in (*definition.args.posonlyargs, *definition.args.args)]
        inner.names = dict.fromkeys([*parameters, *(argument.arg for argument in definition.args.kwonlyargs)], UNKNOWN)
        inner.names |= dict(zip(parameters, arguments, strict=False))
        inner.names |= {name: value for name, value in keywords.items() if name}
        inner.block(definition.body, conditional=self.conditional)
        return inner.returned

    def _at(self, node: ast.expr) -> str:
        return f"{self.file}:{node.lineno}"


def _bodies(node: ast.If | ast.For | ast.While | ast.Try | ast.Match) -> Iterable[list[ast.stmt]]:
    if isinstance(node, ast.Match):
        return [case.body for case in node.cases]
    if isinstance(node, ast.Try):
        return [node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody]
    return [node.body, node.orelse]


def _computed(left: object, op: ast.operator, right: object) -> object:
    match op:
        case ast.Add():
            return added(left, right)
        case ast.Sub():
            return subtracted(left, right)
    return UNKNOWN
