"""The reader of bodies in Python: statement by statement, with what is known of each value."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from infobip_rules.checks.bodies import UNKNOWN
from infobip_rules.checks.body_names import Elements, NameReader, is_of_patterns
from infobip_rules.checks.call_mistakes import CHANGING_IN_PLACE, CONTEXT_METHODS, CallReader
from infobip_rules.checks.field_mistakes import FieldReader
from infobip_rules.checks.mistakes import Findings
from infobip_rules.checks.scopes import Bindings, asked_about, bound_inside, dotted, names_of_module
from infobip_rules.checks.source import SourceFiles
from infobip_rules.checks.typed_values import ContextValue, KnownValue, TypedValue, returned_by, typed

_DEEPEST = 6
_MODULE_VALUES = (str, int, float, type, types.FunctionType, types.ModuleType)
_BRANCHING = ast.If | ast.For | ast.While | ast.Try | ast.Match | ast.TryStar
_LEAVING = ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Assert


class Around:
    """What the bodies of one rule are read with: its elements, the files, and what is found."""

    def __init__(
        self, id_: str, sources: SourceFiles, findings: Findings, elements: tuple[Elements, frozenset[str]]
    ) -> None:
        self.id = id_
        self.sources = sources
        self.findings = findings
        self.elements, self.sometimes = elements
        #: Functions that were read, with what they were given.
        self.followed: set[tuple[object, ...]] = set()

    def bound_in(self, file: str) -> frozenset[str]:
        """Returns the names that a file binds outside of its functions, or as a global in one, whether or not that was run."""
        source = self.sources.files.get(file)
        return names_of_module(source.tree) if source is not None and source.tree is not None else frozenset()


class BodyReader:
    """Reads one function, with what it is given."""

    def __init__(
        self,
        function: types.FunctionType,
        definition: ast.FunctionDef,
        given: Mapping[str, object],
        rule: Around,
        depth: int,
        *,
        conditional: bool,
    ) -> None:
        self.file = function.__code__.co_filename
        self.function = function
        self.definition = definition
        self.given = given
        self.rule = rule
        self.depth = depth
        self.conditional = conditional
        #: Inside a `try` that catches something, or a `with suppress(...)`: what fails there is expected.
        self.forgiven = 0
        arguments = definition.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        self.bindings = Bindings(definition.body, [argument.arg for argument in every if argument is not None])
        self.asked = asked_about(definition.body)
        self.context = next((name for name, value in given.items() if isinstance(value, ContextValue)), "c")
        #: Names that functions and comprehensions inside bind for themselves, from the outermost in.
        self.shadows: list[set[str]] = []
        self._under_way: set[str] = set()
        self._values: dict[int, object] = {}
        self.calls = CallReader(self)
        self.fields = FieldReader(self)

    def read(self) -> None:
        """Finds what is wrong in the function."""
        bound = self.rule.bound_in(self.file)
        names = NameReader(self.definition, self.context, self.rule.elements, bound_in_file=bound)
        names.read(self.function, self.rule.findings)
        self._block(self.definition.body, conditional=self.conditional)

    def add(
        self, id_: str, node: ast.expr | ast.stmt | ast.keyword, reason: str, remedy: str, *, word: str = ""
    ) -> None:
        """Adds a finding."""
        if not self.forgiven:
            self.rule.findings.add(id_, self.file, node, reason, remedy, word=word)

    @property
    def elements(self) -> Elements:
        """The rule's elements, by name."""
        return self.rule.elements

    @property
    def rule_id(self) -> str:
        """The rule that is read."""
        return self.rule.id

    def may_be_absent(self, value: TypedValue) -> bool:
        """Returns whether a value is an element that some way of matching does not give, and that no condition asked for."""
        return not self.conditional and not value.field and value.alias in self.rule.sometimes

    def is_asked(self, text: str) -> bool:
        """Returns whether the function asks for a type or an attribute by this text."""
        return text in self.asked

    def is_given_back(self, alias: str) -> bool:
        """Returns whether the function notifies the rules of a change to an element, by modify or update."""
        return any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("modify", "update", "amend")
            and any(dotted(argument).endswith(f".{alias}") or isinstance(argument, ast.Name) for argument in node.args)
            for node in ast.walk(self.definition)
        )

    # Statements

    def _block(self, statements: Iterable[ast.stmt], *, conditional: bool) -> None:
        before, self.conditional = self.conditional, self.conditional or conditional
        for statement in statements:
            self._statement(statement)
            leaves = isinstance(statement, _BRANCHING) and any(
                isinstance(node, _LEAVING) for node in ast.walk(statement)
            )
            self.conditional = self.conditional or leaves or isinstance(statement, _LEAVING)
        self.conditional = before

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case (
                ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final)
                | ast.TryStar(body=body, handlers=handlers, orelse=orelse, finalbody=final)
            ):
                self.forgiven += bool(handlers)
                self._block(body, conditional=True)
                self.forgiven -= bool(handlers)
                for block in (*(handler.body for handler in handlers), orelse, final):
                    self._block(block, conditional=True)
            case ast.With(items=items, body=body):
                for item in items:
                    self.value(item.context_expr)
                forgiving = any("suppress" in ast.unparse(item.context_expr) for item in items)
                self.forgiven += forgiving
                self._block(body, conditional=forgiving)
                self.forgiven -= forgiving
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                with_defaults = [
                    *node.args.defaults,
                    *(default for default in node.args.kw_defaults if default is not None),
                ]
                for value in (*node.decorator_list, *with_defaults):
                    self.value(value)
                self._inside(node, node.body)
            case ast.ClassDef():
                return
            case ast.Match(subject=subject, cases=cases):
                self.value(subject)
                for match_case in cases:
                    if match_case.guard is not None:
                        self._sometimes([match_case.guard])
                    self._block(match_case.body, conditional=True)
            case ast.If(test=test, body=body, orelse=orelse) | ast.While(test=test, body=body, orelse=orelse):
                self.value(test)
                self._block(body, conditional=True)
                self._block(orelse, conditional=True)
            case ast.For(target=target, iter=value, body=body, orelse=orelse):
                self.value(value)
                self.fields.assigned(target)
                self._block(body, conditional=True)
                self._block(orelse, conditional=True)
            case ast.Assign(targets=targets, value=value):
                self.value(value)
                for target in targets:
                    self.fields.assigned(target, value)
            case ast.AugAssign(target=target, op=operator, value=value):
                self.value(value)
                self.fields.assigned(target, value, operator)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self.value(value)
                    self.fields.assigned(target, value)
            case ast.Delete(targets=targets):
                for target in targets:
                    self.fields.assigned(target)
            case ast.Expr(value=value):
                self._alone(value)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def _alone(self, node: ast.expr) -> None:
        """Reads a statement that is only an expression."""
        self.value(node)
        if not isinstance(node, ast.Attribute) or node.attr not in CONTEXT_METHODS:
            return
        if isinstance(self.value(node.value), ContextValue):
            text = dotted(node)
            self.add("RULE042", node, f"{text} is not called.", f"Write {text}(...).", word=node.attr)

    def _inside(self, node: ast.AST, statements: Iterable[ast.stmt] = (), values: Iterable[ast.expr] = ()) -> None:
        """Reads a function or comprehension of its own, of which it is not known when it runs."""
        before, self.conditional = self.conditional, True
        self.shadows.append(set(bound_inside(node)))
        self._block(statements, conditional=True)
        for value in values:
            self.value(value)
        self.shadows.pop()
        self.conditional = before

    def _sometimes(self, values: Iterable[ast.expr]) -> None:
        before, self.conditional = self.conditional, True
        for value in values:
            self.value(value)
        self.conditional = before

    # Values

    def value(self, node: ast.expr) -> object:
        """Returns what an expression is known to be; what is wrong in it is noted, once."""
        if id(node) not in self._values:
            self._values[id(node)] = UNKNOWN
            self._values[id(node)] = UNKNOWN if dotted(node) in self.asked else self._value(node)
        return self._values[id(node)]

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=value):
                return KnownValue(value)
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.JoinedStr(values=values):
                for item in values:
                    self.value(item.value if isinstance(item, ast.FormattedValue) else item)
                return TypedValue((str,))
            case ast.NamedExpr(value=value):
                return self.value(value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return KnownValue(-number)
            case ast.BinOp(left=left, op=operator, right=right):
                return self.fields.computed(node, self.value(left), operator, self.value(right))
            case ast.BoolOp(values=[first, *rest]):
                self.value(first)
                self._sometimes(rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                self._sometimes([body, orelse])
            case ast.Lambda(body=body):
                self._inside(node, values=[body])
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node)
            case ast.Subscript(value=target, slice=key):
                self.value(key)
                return self.fields.subscripted(node, self.value(target))
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)
                kinds = {ast.List: list, ast.Dict: dict, ast.Set: set, ast.Tuple: tuple}
                kind = kinds.get(type(node))
                return TypedValue((kind,)) if kind else UNKNOWN
        return UNKNOWN

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        values += [value for generator in node.generators for value in (generator.iter, *generator.ifs)]
        self._inside(node, values=values)

    def _named(self, name: str) -> object:
        if any(name in shadow for shadow in self.shadows):
            return UNKNOWN
        if name in self.bindings:
            return self._bound(name)
        if name in self.function.__code__.co_freevars:
            return UNKNOWN
        known = self.function.__globals__
        value = known[name] if name in known else getattr(builtins, name, UNKNOWN)
        if is_of_patterns(value):  # which is a mistake of its own
            return UNKNOWN
        return KnownValue(value) if isinstance(value, _MODULE_VALUES) and not isinstance(value, bool) else UNKNOWN

    def _bound(self, name: str) -> object:
        if name in self.bindings.untouched:
            return self.given.get(name, UNKNOWN)
        value = self.bindings.values[name]
        if value is None or name in self._under_way:
            return UNKNOWN
        self._under_way.add(name)
        found = self.value(value)
        self._under_way.discard(name)
        return found

    def _attribute(self, node: ast.Attribute) -> object:
        target = self.value(node.value)
        if isinstance(target, ContextValue):
            return self.fields.element(node)
        if isinstance(target, TypedValue):
            return self.fields.read(node, target)
        if isinstance(target, KnownValue):
            return self.fields.of_object(node, target.value)
        return UNKNOWN

    def _call(self, node: ast.Call) -> object:
        called = self.value(node.func)
        given = [self.value(argument) for argument in node.args]
        named = {keyword.arg: self.value(keyword.value) for keyword in node.keywords}
        if isinstance(node.func, ast.Attribute) and isinstance(self.value(node.func.value), ContextValue):
            return self.calls.on_context(node, given, named)
        if isinstance(called, TypedValue):
            self.calls.not_callable(node, called)
            return UNKNOWN
        if isinstance(node.func, ast.Attribute) and isinstance(target := self.value(node.func.value), TypedValue):
            if node.func.attr in CHANGING_IN_PLACE:
                self.fields.changed_in_place(node, target)
            kinds = {returned_by(kind, node.func.attr) for kind in target.kinds}
            return (typed(kinds.pop()) if len(kinds) == 1 else None) or UNKNOWN
        if isinstance(called, KnownValue):
            return self._called(node, called.value, given, named)
        return UNKNOWN

    def _called(
        self, node: ast.Call, called: object, given: list[object], named: Mapping[str | None, object]
    ) -> object:
        if isinstance(called, type) and issubclass(called, BaseModel):
            self.calls.made(node, called, named)
            return TypedValue((called,))
        if isinstance(called, type) and called in (str, int, float, bool, list, dict, set, tuple):
            return TypedValue((called,))
        if isinstance(called, types.FunctionType):
            self.calls.function(node, called, given, named)
            self._follow(called, node, given, named)
        return UNKNOWN

    def _follow(
        self, called: types.FunctionType, node: ast.Call, given: list[object], named: Mapping[str | None, object]
    ) -> None:
        """Reads a function of the rule files with what it is given."""
        definition = self.rule.sources.function(called)
        if definition is None or self.depth >= _DEEPEST or definition.decorator_list:
            return
        parameters = [argument.arg for argument in (*definition.args.posonlyargs, *definition.args.args)]
        plain = not any(isinstance(argument, ast.Starred) for argument in node.args)
        values: dict[str, object] = dict(zip(parameters, given, strict=False)) if plain else {}
        values |= {name: value for name, value in named.items() if name}
        values = {name: value for name, value in values.items() if isinstance(value, ContextValue | TypedValue)}
        key = (called, *sorted((name, repr(value)) for name, value in values.items()))
        if key in self.rule.followed:
            return
        self.rule.followed.add(key)
        BodyReader(called, definition, values, self.rule, self.depth + 1, conditional=True).read()
