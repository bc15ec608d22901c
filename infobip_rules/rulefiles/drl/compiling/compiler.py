"""Files of Drools' rule language to rules of the model, all mistakes in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.rules.model import Rule
from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.drl.body.interpreter import compile_functions
from infobip_rules.rulefiles.drl.body.scope import Function, Global
from infobip_rules.rulefiles.drl.compiling.attributes import IGNORED
from infobip_rules.rulefiles.drl.compiling.declared_types import TypeDeclaration, make_types
from infobip_rules.rulefiles.drl.compiling.imports import imported_members
from infobip_rules.rulefiles.drl.compiling.names import RuleScope
from infobip_rules.rulefiles.drl.compiling.rules import Package, check_query, compile_rule
from infobip_rules.rulefiles.drl.compiling.syntax_trees import names_in, nodes_in
from infobip_rules.rulefiles.drl.compiling.types import OWN_TYPES, Types
from infobip_rules.rulefiles.drl.java.kinds import kind_named
from infobip_rules.rulefiles.drl.syntax.file_mistakes import FileMistakes
from infobip_rules.rulefiles.drl.syntax.mistakes import Mistakes
from infobip_rules.rulefiles.drl.syntax.parser import MOST_CHARACTERS, parse
from infobip_rules.rulefiles.drl.syntax.segments import SourceText
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Call,
    CompilationUnit,
    ConditionNode,
    EntryPoint,
    FunctionNode,
    GlobalNode,
    Literal,
    PatternNode,
    QueryNode,
    RuleNode,
)
from infobip_rules.signals import Signal

_Named = TypeVar("_Named", RuleNode, QueryNode, FunctionNode)
_OURS = "infobip_rules"


@dataclass(kw_only=True, slots=True)
class Compiled:
    """The result of compiling some files, of no use if there are problems."""

    rules: list[Rule] = field(default_factory=list)
    facts: list[type[Fact]] = field(default_factory=list)
    signals: list[type[Signal]] = field(default_factory=list)
    problems: list[InfobipRulesError] = field(default_factory=list)
    #: What is understood and ignored, each with file, line and column.
    warnings: list[str] = field(default_factory=list)


def compile_files(
    files: Sequence[Path], *, types: Mapping[str, type[BaseModel]], values: Mapping[str, Any], first: int
) -> Compiled:
    """Compiles the rules of `.drl` files, numbered from `first`, with the types that they declare.

    `types` are the facts and signals known besides ours, by name; `values` what their globals may stand for.
    """
    compiling = _Compiling(types, values, first)
    for file in files:
        compiling.read(file)
    compiling.compile()
    return compiling.compiled


class _FileCompiler:
    """One file, parsed."""

    def __init__(self, path: Path, unit: CompilationUnit, file_mistakes: FileMistakes) -> None:
        self.name = str(path)
        self.unit = unit
        self.file_mistakes = file_mistakes
        self.package = unit.package or path.stem


class _Compiling:
    """Several files that know each other's types, and those of one package each other's rules, queries and functions."""

    def __init__(self, types: Mapping[str, type[BaseModel]], values: Mapping[str, Any], first: int) -> None:
        self.compiled = Compiled()
        self._known: dict[str, type[BaseModel]] = {**OWN_TYPES, **types}
        self._values = values
        self._first = first
        self._files: list[_FileCompiler] = []
        #: Entry points that bodies insert into.
        self._points: frozenset[str] = frozenset()
        #: Names of what could not be read or made.
        self._unreadable: set[str] = set()

    def read(self, path: Path) -> None:
        """Parses a file."""
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            fact = f"The file is not UTF-8 (at byte {problem.start})."
            self.compiled.problems.append(RuleError(fact, "Save it as UTF-8.", where=f"{path}:1:1"))
            return
        except OSError as problem:
            fact, remedy = f"The file can't be read: {problem.strerror}.", "See that it is a file, and may be read."
            self.compiled.problems.append(RuleError(fact, remedy, where=str(path)))
            return
        file_mistakes = FileMistakes(str(path), SourceText(text[: MOST_CHARACTERS + 1]))
        file = _FileCompiler(path, parse(text, file_mistakes), file_mistakes)
        self._files.append(file)
        self._unreadable |= file.unit.unreadable

    def compile(self) -> None:
        """Compiles types first, then what uses them."""
        self._make_types()
        self._points = frozenset(
            node.arguments[0].value
            for node in nodes_in(tuple(file.unit for file in self._files))
            if isinstance(node, Call) and node.name == "getEntryPoint" and node.arguments
            if isinstance(node.arguments[0], Literal) and isinstance(node.arguments[0].value, str)
        )
        packages: dict[str, list[_FileCompiler]] = {}
        for file in self._files:
            packages.setdefault(file.package, []).append(file)
            self._check_imports(file)
        shared = {name: self._package(name, files) for name, files in packages.items()}
        for file in self._files:
            package, functions = shared[file.package]
            self._rules(file, package, functions)
        for file in self._files:
            self.compiled.problems += file.file_mistakes.in_order()
            self.compiled.warnings += file.file_mistakes.warnings

    def _make_types(self) -> None:
        points = self._entry_points()
        declared = [
            TypeDeclaration(node, file.name, points.get(node.name))
            for file in self._files
            for node in file.unit.declares
        ]
        made, mistakes = make_types(declared, self._known, self._unreadable)
        for problem in mistakes.found:
            self._complain(problem)
        self._unreadable |= mistakes.unreadable
        self._known.update(made)
        self.compiled.facts += [kind for kind in made.values() if issubclass(kind, Fact)]
        self.compiled.signals += [kind for kind in made.values() if issubclass(kind, Signal)]

    def _entry_points(self) -> dict[str, str]:
        """Returns the entry point of each type that is looked for there."""
        found: dict[str, str] = {}
        for file in self._files:
            for node in nodes_in(_all_conditions(file.unit)):
                if isinstance(node, PatternNode) and isinstance(node.source, EntryPoint):
                    found.setdefault(node.type.name.rpartition(".")[2], node.source.name)
        return found

    def _complain(self, problem: InfobipRulesError) -> None:
        where = getattr(problem, "where", "")
        for file in self._files:
            if where.startswith(f"{file.name}:"):
                file.file_mistakes.take(problem)
                return
        self.compiled.problems.append(problem)

    def _check_imports(self, file: _FileCompiler) -> None:
        for import_node in file.unit.imports:
            package, _, name = import_node.name.rpartition(".")
            if package.partition(".")[0] == _OURS and name != "*" and name not in (*self._known, "InfobipAdapterAPI"):
                remedy = closest(name, [*OWN_TYPES, "InfobipAdapterAPI"])
                file.file_mistakes.add(import_node.at, f"infobip_rules has no {name}.", remedy)

    def _package(self, name: str, files: Sequence[_FileCompiler]) -> tuple[Package, dict[str, Function]]:
        package = Package(
            name=name,
            rules=self._by_name("rule", files, [file.unit.rules for file in files]),
            queries=self._by_name("query", files, [file.unit.queries for file in files]),
        )
        functions: dict[str, Function] = {}
        self._by_name("function", files, [file.unit.functions for file in files])
        for file in files:
            around = self._around(file, functions)
            functions.update(compile_functions(file.unit.functions, around.scope({})))
            self._unreadable |= {function.name for function in file.unit.functions} - set(functions)
            for problem in around.mistakes.found:
                file.file_mistakes.take(problem)
        for file in files:
            self._check_queries(file, package, self._around(file, functions))
        return package, functions

    def _check_queries(self, file: _FileCompiler, package: Package, around: RuleScope) -> None:
        wrong = set()
        for node in file.unit.queries:
            inner = replace(around, mistakes=around.mistakes.inner())
            with suppress(RuleError):  # more mistakes than are reported
                check_query(node, package, inner)
            for problem in inner.mistakes.found:
                file.file_mistakes.take(problem)
                wrong.add(node.name)
        self._unreadable |= wrong

    def _by_name(
        self, word: str, files: Sequence[_FileCompiler], nodes: Sequence[Sequence[_Named]]
    ) -> dict[str, _Named]:
        found: dict[str, _Named] = {}
        for file, some in zip(files, nodes, strict=True):
            for node in some:
                before = found.setdefault(node.name, node)
                if before is not node:
                    fact = (
                        f"The {word} {node.name!r} is declared twice in the package (before at line {before.at.line})."
                    )
                    file.file_mistakes.add(node.at, fact, "Give one of them another name.")
        return found

    def _around(self, file: _FileCompiler, functions: Mapping[str, Function]) -> RuleScope:
        known = self._globals(file)
        lost = self._unreadable | {
            global_node.name for global_node in file.unit.globals if global_node.name not in known
        }
        return RuleScope(
            file=file.name,
            types=Types(self._known),
            globals=known,
            functions=functions,
            imported=imported_members(file.unit.imports, self._known, file.file_mistakes),
            enums={
                name: value
                for name, value in self._values.items()
                if isinstance(value, type) and issubclass(value, Enum)
            },
            points=self._points,
            mistakes=Mistakes(lost),
        )

    def _globals(self, file: _FileCompiler) -> dict[str, Global]:
        found = {}
        for global_node in file.unit.globals:
            if global_node.name in self._values:
                kind = kind_named(global_node.type, self._known)
                found[global_node.name] = Global(kind=kind, value=partial(self._values.__getitem__, global_node.name))
        return found

    def _rules(self, file: _FileCompiler, package: Package, functions: Mapping[str, Function]) -> None:
        around = self._around(file, functions)
        self._check_globals(file, file.unit.globals)
        for node in file.unit.rules:
            if package.rules[node.name] is not node:
                continue
            if len(file.file_mistakes.problems) >= file.file_mistakes.most:
                break
            self._warn(file, node)
            inner = replace(around, mistakes=around.mistakes.inner())
            inner.mistakes.unreadable |= node.lost or frozenset()
            order = self._first + len(self.compiled.rules)
            try:
                with inner.mistakes:
                    self.compiled.rules.append(compile_rule(node, package, inner, file.unit.attributes, order=order))
            except RecursionError:
                file.file_mistakes.add(node.at, f"The rule {node.name!r} is too deep.", "Split it.")
            except RuleError:  # more mistakes than are reported
                pass
            for problem in inner.mistakes.found:
                file.file_mistakes.take(problem)
        for at, fact in dict.fromkeys(around.mistakes.warnings):
            file.file_mistakes.warn(at, fact)

    def _check_globals(self, file: _FileCompiler, nodes: Sequence[GlobalNode]) -> None:
        used = names_in((*file.unit.rules, *file.unit.queries, *file.unit.functions)) if nodes else ()
        for node in nodes:
            if node.name in used and node.name not in self._values:
                fact = f"Nothing gives the global {node.name} a value."
                file.file_mistakes.add(node.at, fact, f"Write {node.name} = ... into a .py file of the same rules.")

    def _warn(self, file: _FileCompiler, node: RuleNode) -> None:
        for attribute in node.attributes:
            if attribute.name in IGNORED:
                file.file_mistakes.warn(attribute.at, IGNORED[attribute.name])


def _all_conditions(unit: CompilationUnit) -> tuple[ConditionNode, ...]:
    queries = (condition for query in unit.queries for condition in query.conditions)
    return (*queries, *(condition for rule in unit.rules for condition in rule.conditions))
