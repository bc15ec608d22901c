"""RULE005 and RULE006: files and rulesets without rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding, split_place
from infobip_rules.checks.source import SourceFile


def empty_files(case: Case) -> Iterator[Finding]:
    """Yields files that declare nothing: no rule, no type, no role, and nothing that another file imports."""
    with_rules = {split_place(rule.where)[0] for rule in case.rulebook.rules}
    imported = {name for source in case.sources for name in _imports(source)}
    for source in case.sources:
        if source.file in with_rules or Path(source.file).stem in imported:
            continue
        if _is_empty(source):
            yield Finding(
                id="RULE005",
                where=source.at(1),
                reason="The file declares no rule.",
                remedy="Declare rules in it, or let its name begin with _ if it is no rule file.",
            )


def empty_rulesets(case: Case) -> Iterator[Finding]:
    """Rulesets in which no rule is declared."""
    filled = {rule.ruleset for rule in case.rulebook.rules}
    for source in case.sources:
        for name, line in _rulesets(source):
            if name not in filled:
                yield Finding(
                    id="RULE006",
                    where=source.at(line),
                    reason=f"The ruleset {name!r} has no rule.",
                    remedy="Indent its rules under it, or take it out.",
                )


def _is_empty(source: SourceFile) -> bool:
    if (unit := source.unit) is not None:
        return not (unit.rules or unit.declares or unit.functions or unit.queries or unit.globals)
    if source.tree is None:
        return False
    declared = any(isinstance(node, ast.ClassDef | ast.FunctionDef) for node in source.tree.body)
    return not (declared or _rulesets(source))


def _rulesets(source: SourceFile) -> list[tuple[str, int]]:
    found = []
    for node in source.tree.body if source.tree else ():
        for item in node.items if isinstance(node, ast.With) else ():
            match item.context_expr:
                case ast.Call(func=ast.Name(id="ruleset"), args=[ast.Constant(value=str() as name)]):
                    found.append((name, node.lineno))
    return found


def _imports(source: SourceFile) -> Iterator[str]:
    for node in ast.walk(source.tree) if source.tree else ():
        if isinstance(node, ast.Import):
            yield from (alias.name.rpartition(".")[2] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.rpartition(".")[2]
