"""Converter of a `.drl` file to a Python rule file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from infobip_rules.engine.network.expiry import lifetime_of
from infobip_rules.errors import RuleError, RuleFileError
from infobip_rules.rulefiles.drl.body.closures import Body
from infobip_rules.rulefiles.drl.body.expressions import compiler_of
from infobip_rules.rulefiles.drl.body.interpreter import compile_functions
from infobip_rules.rulefiles.drl.body.scope import BoundName, Scope
from infobip_rules.rulefiles.drl.compiling.compiler import compile_files
from infobip_rules.rulefiles.drl.compiling.types import OWN_TYPES
from infobip_rules.rulefiles.drl.conversion.bodies import BodyPrinter
from infobip_rules.rulefiles.drl.conversion.conditions import ConditionPrinter
from infobip_rules.rulefiles.drl.conversion.expressions import ExpressionPrinter
from infobip_rules.rulefiles.drl.conversion.python_names import (
    NoPythonError,
    annotation_text,
    function_name,
    function_word,
    quoted,
    variable_name,
)
from infobip_rules.rulefiles.drl.java.kinds import VOID, Kind, kind_of_field
from infobip_rules.rulefiles.drl.syntax.file_mistakes import FileMistakes
from infobip_rules.rulefiles.drl.syntax.parser import parse
from infobip_rules.rulefiles.drl.syntax.segments import SourceText
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Attribute,
    Call,
    CompilationUnit,
    DeclareNode,
    Expression,
    FunctionNode,
    Member,
    Name,
    RuleNode,
)
from infobip_rules.signals import Signal

_LANGUAGE = ("c", "exists", "fact", "item", "m", "no_loop", "none", "ruleset", "salience", "signal", "when_all")


def converted(path: Path, *, types: Mapping[str, type[BaseModel]] | None = None) -> str:
    """Returns the Python text of the rules in a `.drl` file; comments mark what has no counterpart.

    `types` are facts and signals known besides ours, by name. Raises RuleFileError if the file does not load.
    """
    known = dict(types or {})
    compiled = compile_files([path], types=known, values={}, first=0)
    if compiled.problems:
        raise RuleFileError(compiled.problems)
    text = path.read_text(encoding="utf-8")
    unit = parse(text, FileMistakes(str(path), SourceText(text)))
    made = {kind.__name__: kind for kind in (*compiled.facts, *compiled.signals)}
    return _FileConverter(path, unit, {**OWN_TYPES, **known, **made}).text()


class _FileConverter:
    """One file on its way to Python."""

    def __init__(self, path: Path, unit: CompilationUnit, types: Mapping[str, type[BaseModel]]) -> None:
        self.path = path
        self.unit = unit
        self.types = types
        #: The functions of the file, compiled; their names, and those of rules written so far.
        self.made = compile_functions(unit.functions, Scope(file=str(path), types=types))
        self.functions: list[str] = [function_word(name) for name in self.made]

    def text(self) -> str:
        """Writes the whole file."""
        rules = [line for rule in self.unit.rules for line in ("", *self._rule(rule))]
        others = [
            f"# not converted: {word} {node.name}, line {node.at.line}"
            for word, nodes in (("query", self.unit.queries), ("global", self.unit.globals))
            for node in nodes
        ]
        classes = [line for node in self.unit.declares for line in ("", "", *self._class(node))]
        classes += [line for node in self.unit.functions for line in ("", "", *self._function(node))]
        heading = f"with ruleset({quoted(self._ruleset())}):"
        parts = [
            *others,
            *classes,
            *(["", ""] if classes else [""]),
            heading,
            *[f"    {line}" if line else "" for line in rules],
        ]
        if not any("@when_all(" in line for line in rules):
            parts.append("    pass")
        text = "\n".join(parts)
        return "\n".join(
            [f'"""Converted from {self.path.name}."""', "", *self._imports(text), *self._gap(others), text, ""]
        )

    def _gap(self, others: Sequence[str]) -> list[str]:
        return [""] if others else []

    def _ruleset(self) -> str:
        return self.unit.package or self.path.stem

    def _imports(self, text: str) -> list[str]:
        def used(names: Sequence[str]) -> list[str]:
            return [name for name in names if _mentions(text, name)]

        standard = ["from decimal import Decimal"] if used(["Decimal"]) else []
        moments = used(["date", "datetime", "timedelta"])
        standard += [f"from datetime import {', '.join(moments)}"] if moments else []
        standard += ["import math"] if "math." in text else []
        declared = {node.name for node in self.unit.declares}
        ours = sorted({"InfobipAdapterAPI", *(name for name in OWN_TYPES if name not in declared)})
        own = [f"from infobip_rules import {', '.join(used(ours))}"] if used(ours) else []
        return [
            *sorted(standard, key=lambda line: not line.startswith("import")),
            "from typing import Any",
            "",
            *own,
            f"from infobip_rules.lang import {', '.join(used(_LANGUAGE))}",
        ]

    # --- declared types --------------------------------------------------------------------------------------------

    def _class(self, node: DeclareNode) -> list[str]:
        model = self.types[node.name]
        base = node.extends or ("Signal" if issubclass(model, Signal) else "Fact")
        lines = [f"class {node.name}({base}):", f'    """Declared in line {node.at.line}."""', ""]
        for field in node.fields:
            name = field.name if field.name in model.model_fields else variable_name(field.name)
            info = model.model_fields[name]
            lines.append(
                f"    {name}: {annotation_text(kind_of_field(info))} = {quoted(info.get_default(call_default_factory=True))}"
            )
        keyed = any(annotation.name == "key" for field in node.fields for annotation in field.annotations)
        if keyed:
            lines.append("    # not converted: @key; facts are the same only if they are one")
        if lifetime_of(model) is not None and not issubclass(model, Signal):
            lines.append("    # not converted: @expires; schedule a signal (c.schedule) whose rule deletes the fact")
        return lines

    def _function(self, node: FunctionNode) -> list[str]:
        made = self.made[node.name]
        body = Body(result=made.result)
        for parameter, kind in zip(node.parameters, made.parameters, strict=True):
            body.add(parameter.name, kind)
        scope = Scope(file=str(self.path), types=self.types, functions=self.made)
        lines = BodyPrinter(compiler_of(scope, body), {}, self.path.name).lines(node.body)
        parameters = [
            f"{variable_name(parameter.name)}: {annotation_text(kind)}"
            for parameter, kind in zip(node.parameters, made.parameters, strict=True)
        ]
        result = "None" if made.result == VOID else annotation_text(made.result)
        return [
            f"def {function_word(node.name)}({', '.join(parameters)}) -> {result}:",
            f'    """A function of line {node.at.line}."""',
            *[f"    {line}" for line in lines],
        ]

    # --- rules -----------------------------------------------------------------------------------------------------

    def _rule(self, node: RuleNode) -> list[str]:
        conditions = ConditionPrinter(Scope(file=str(self.path), types=self.types, functions=self.made))
        try:
            arguments = [*self._attributes(node), *(conditions.term(condition) for condition in node.conditions)]
        except NoPythonError as problem:
            return [f'# not converted: rule "{node.name}" ({problem.what}, line {problem.node.at.line})']
        if not node.conditions:
            return [f'# not converted: rule "{node.name}" (it has no pattern, line {node.at.line})']
        name = function_name(node.name, self.functions)
        self.functions.append(name)
        body = self._body(node, conditions)
        return [
            *_call("@when_all", arguments),
            f"def {name}(c: Any) -> None:",
            f'    """{_sentence(node.name)}"""',
            *[f"    {line}" for line in body],
        ]

    def _attributes(self, node: RuleNode) -> list[str]:
        out = []
        for attribute in (*self.unit.attributes, *node.attributes):
            text = _attribute(attribute, node)
            if text:
                out.append(text)
        if node.extends is not None:
            raise NoPythonError(node, f"`extends {node.extends}`")
        return out

    def _body(self, node: RuleNode, conditions: ConditionPrinter) -> list[str]:
        body = Body()
        compiler = compiler_of(conditions.scope, body)
        names = {name: f"c.{alias}" for name, alias in conditions.aliases.items()}
        bodies = BodyPrinter(compiler, names, self.path.name)
        first = []
        for name, (alias, expression) in conditions.values.items():
            try:
                names[name] = _value(self.types, conditions, alias, expression)
            except (NoPythonError, RuleError):
                first.append(f"# not converted: the binding {name}, line {expression.at.line}")
        return [*first, *bodies.lines(node.body)]


def _value(
    types: Mapping[str, type[BaseModel]], conditions: ConditionPrinter, alias: str, expression: Expression
) -> str:
    """Returns a bound expression, as the body reads it from its element."""
    (name,) = [bound_name for bound_name, other in conditions.aliases.items() if other == alias]
    bound = conditions.scope.bindings.get(name)
    kind = bound.kind if bound is not None else _kind_of_alias(conditions, alias)
    whole = _on(expression, name)
    scope = Scope(types=types, bindings={name: BoundName(position=0, kind=kind)})
    return ExpressionPrinter(compiler_of(scope, Body()), {name: f"c.{alias}"}).text(whole)


def _kind_of_alias(conditions: ConditionPrinter, alias: str) -> Kind:
    place = list(conditions.aliases.values()).index(alias)
    return next(bound_name.kind for bound_name in conditions.scope.bindings.values() if bound_name.position == place)


def _on(expression: Expression, name: str) -> Expression:
    target = Name(at=expression.at, name=name)
    if isinstance(expression, Name):
        return target if expression.name == "this" else Member(at=expression.at, target=target, name=expression.name)
    if isinstance(expression, Call | Member):
        inner = expression.target
        return replace(expression, target=target if inner is None else _on(inner, name))
    raise NoPythonError(expression, "a computed binding")


def _attribute(attribute: Attribute, node: RuleNode) -> str:
    name, value = attribute.name, attribute.value
    if name == "salience" and isinstance(value, int):
        return f"salience({value})"
    if name == "no-loop":
        return "no_loop()" if value is True else ""
    if name in ("dialect", "ruleflow-group") or (name, value) in (("enabled", True), ("lock-on-active", False)):
        return ""
    if name in ("timer", "duration"):
        raise NoPythonError(attribute, f"`{name}`: let c.schedule give the session a signal later")
    raise NoPythonError(attribute, f"`{name}`")


def _call(name: str, arguments: Sequence[str]) -> list[str]:
    """Returns one line, or a line for each argument if that would be long."""
    line = f"{name}({', '.join(arguments)})"
    return [line] if len(line) <= 100 else [f"{name}(", *[f"    {argument}," for argument in arguments], ")"]


def _sentence(title: str) -> str:
    plain = title.replace("\\", "/").replace('"', "'").strip() or "A rule"
    plain = plain[0].upper() + plain[1:]
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){name}\b", text) is not None
