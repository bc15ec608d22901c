"""The files of a rulebook: their text, and for Python their syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infobip_rules.checks.finding import split_place
from infobip_rules.rulefiles.drl.syntax.syntax import CompilationUnit

_DRL_PARSER = "infobip_rules.rulefiles.drl.syntax.parser"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFile:
    """One rule file; `tree` is None if it is not Python, `unit` if it is not DRL."""

    file: str
    lines: Sequence[str]
    tree: ast.Module | None = field(default=None, repr=False)
    unit: CompilationUnit | None = field(default=None, repr=False)
    #: Every function of the file, by its name and the line on which it, or its first decorator, begins.
    functions: Mapping[tuple[str, int], ast.FunctionDef] = field(default_factory=dict, repr=False)

    def at(self, line: int) -> str:
        """Returns `file:line`."""
        return f"{self.file}:{line}"

    def types(self) -> Iterator[tuple[str, int]]:
        """Yields the types that it declares, each with its line."""
        if self.tree is not None:
            yield from ((node.name, node.lineno) for node in self.tree.body if isinstance(node, ast.ClassDef))
        if self.unit is not None:
            yield from ((node.name, node.at.line) for node in self.unit.declares)


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFiles:
    """All files of a rulebook, by name."""

    files: dict[str, SourceFile]

    def __iter__(self) -> Iterator[SourceFile]:
        """Yields the files in the order in which they were loaded."""
        return iter(self.files.values())

    def holding(self, where: str) -> SourceFile | None:
        """Returns the file of a place, if it is one of them."""
        return self.files.get(split_place(where)[0])

    def function(self, action: Callable[..., Any]) -> ast.FunctionDef | None:
        """Returns the definition of a function that one of the files holds; None if it is not there, or not plain."""
        code = getattr(action, "__code__", None)
        source = self.files.get(code.co_filename) if code is not None else None
        return source.functions.get((code.co_name, code.co_firstlineno)) if code is not None and source else None


def read_sources(files: Sequence[str]) -> SourceFiles:
    """Returns the files, read again; one that has changed or gone since it was loaded counts as empty."""
    return SourceFiles(files={file: _read(file) for file in files})


def _read(file: str) -> SourceFile:
    try:
        content = Path(file).read_bytes()
        text = content.decode("utf-8", "replace")
        tree = ast.parse(content, file) if file.endswith(".py") else None
        unit = _read_drl(text, file) if file.endswith(".drl") else None
    except (OSError, SyntaxError, ValueError):
        return SourceFile(file=file, lines=())
    return SourceFile(file=file, lines=text.splitlines(), tree=tree, unit=unit, functions=_functions(tree))


def _functions(tree: ast.Module | None) -> Mapping[tuple[str, int], ast.FunctionDef]:
    found = [node for node in (ast.walk(tree) if tree else ()) if isinstance(node, ast.FunctionDef)]
    return {
        (node.name, min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])): node
        for node in found
    }


def _read_drl(text: str, file: str) -> CompilationUnit | None:
    # By name, as the parser is loaded only if there is something to parse.
    if find_spec(_DRL_PARSER) is None:
        return None
    unit: CompilationUnit = import_module(_DRL_PARSER).parse_text(text, file)[0]
    return unit
