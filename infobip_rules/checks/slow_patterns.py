"""RULE018: patterns that a person's text can make take exponential time."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.source import SourceFile
from infobip_rules.errors import RuleError
from infobip_rules.regex import ambiguity
from infobip_rules.regex.patterns import Regex
from infobip_rules.rulefiles.drl.compiling.syntax_trees import nodes_in
from infobip_rules.rulefiles.drl.java import regex as java
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.syntax.syntax import Call, CompilationUnit, Literal, Relation
from infobip_rules.rulefiles.python import regex

_CONDITIONS = {"matches": re.NOFLAG, "imatches": re.IGNORECASE}
#: Functions of Python's `re` that look for a pattern: one that ends with the slow part finds something at once.
_SEARCHING = ("compile", "match", "search", "sub", "subn", "split", "findall", "finditer")
_JAVA = {"matches": True, "replaceAll": False, "replaceFirst": False, "split": False}
#: A repeated group that holds nothing but one repetition.
_TWICE = re.compile(r"\((?:\?:)?(\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\()\[\]|*+?{}])([*+])\)([*+])", re.DOTALL)

_BY_RULES = (
    "and lookaround or the like keeps it from being matched in linear time: it is given up after a limit of time"
)
_BY_PYTHON = "and Python's re tries them all: one text of forty letters can take longer than an evaluation may"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Use:
    """A pattern in a file: how it is parsed, whether all of it has to match, and what follows from its being slow."""

    source: str
    where: str
    whole: bool
    tree_of: Callable[[str], Any]
    consequence: str


def slow_patterns(case: Case) -> Iterator[Finding]:
    """Yields patterns of conditions and bodies with a part that reads a text in many ways, which a backtracking engine tries."""
    for source in case.sources:
        for use in _uses(source):
            part = ambiguity.slow_part(use.source, use.tree_of)
            if part is None or not _can_fail_behind(part, use):
                continue
            yield Finding(
                id="RULE018",
                where=use.where,
                reason=f"The part {part} of the pattern {use.source!r} can read one text in many ways, {use.consequence}.",
                remedy=_remedy(part),
            )


def _can_fail_behind(part: str, use: _Use) -> bool:
    return use.whole or bool(use.source.partition(part)[2].strip(")"))


def _remedy(part: str) -> str:
    if twice := _TWICE.fullmatch(part):
        sign, inner, outer = twice.groups()
        return f"Write {sign}{'+' if inner == outer == '+' else '*'} in its place."
    return "Let each round of it begin or end with a sign that it has nowhere else, as in [a-z]+(,[a-z]+)*."


def _uses(source: SourceFile) -> Iterator[_Use]:
    if source.tree is not None:
        modules = _names_of_re(source.tree)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call):
                yield from _python_use(node, source, modules)
    if source.unit is not None:
        yield from _java_uses(source.unit, source)


def _names_of_re(tree: ast.Module) -> set[str]:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return {alias.asname or alias.name for node in imports for alias in node.names if alias.name == "re"}


def _python_use(node: ast.Call, source: SourceFile, modules: set[str]) -> Iterator[_Use]:
    match node:
        case ast.Call(func=ast.Attribute(attr=word), args=[ast.Constant(value=str(pattern))]) if word in _CONDITIONS:
            yield from _condition(pattern, _CONDITIONS[word], f"{source.at(node.lineno)}:{node.col_offset + 1}")
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=module), attr=word),
            args=[ast.Constant(value=str(pattern)), *_],
        ) if module in modules and word in ("fullmatch", *_SEARCHING):
            flags = _flags(node)
            yield _Use(
                source=pattern,
                where=f"{source.at(node.lineno)}:{node.col_offset + 1}",
                whole=word == "fullmatch",
                tree_of=lambda part: ambiguity.tree_of(part, flags),
                consequence=_BY_PYTHON,
            )


def _condition(pattern: str, flags: int, where: str) -> Iterator[_Use]:
    try:
        compiled = regex.compile_pattern(pattern, flags, where)
    except RuleError:
        return
    if not compiled.is_linear:
        yield _Use(
            source=pattern,
            where=where,
            whole=True,
            tree_of=lambda part: ambiguity.tree_of(regex.translate(part), compiled.flags),
            consequence=_BY_RULES,
        )


def _flags(node: ast.Call) -> int:
    """Returns the flags that a call of `re` names."""
    given = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "flags")]
    names = {part.attr for value in given for part in ast.walk(value) if isinstance(part, ast.Attribute)}
    return int(sum({flag for name, flag in re.RegexFlag.__members__.items() if name in names}))


def _java_uses(unit: CompilationUnit, source: SourceFile) -> Iterator[_Use]:
    for node in nodes_in(unit):
        match node:
            case Relation(operator="matches", right=Literal(value=str(pattern))):
                whole = True
            case Call(name=word, arguments=(Literal(value=str(pattern)), *_)) if word in _JAVA:
                whole = _JAVA[word]
            case _:
                continue
        yield from _java_use(pattern, f"{source.at(node.at.line)}:{node.at.column}", whole=whole)


def _java_use(pattern: str, where: str, *, whole: bool) -> Iterator[_Use]:
    try:
        compiled: Regex = java.compiled(pattern)
    except JavaFailure:
        return
    if not (compiled.is_linear if whole else compiled.finds_linearly):
        yield _Use(
            source=pattern,
            where=where,
            whole=whole,
            tree_of=lambda part: java.tree_of(part, compiled.flags),
            consequence=_BY_RULES,
        )
