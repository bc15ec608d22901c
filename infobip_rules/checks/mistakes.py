"""Findings in the bodies of rules: places with a caret, each reported once though several rules call one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Protocol

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.typed_values import TypedValue
from infobip_rules.rulefiles.python.positions import excerpt, span_of_node

_Node = ast.expr | ast.stmt | ast.arg | ast.keyword


class Reader(Protocol):
    """The reader of a body, as the searches for mistakes use it."""

    file: str
    #: The name of the argument that the rule's `c` is given by.
    context: str

    @property
    def elements(self) -> Mapping[str, tuple[type, ...]]:
        """The rule's elements, by name."""
        ...

    @property
    def rule_id(self) -> str:
        """The rule that is read."""
        ...

    def value(self, node: ast.expr) -> object:
        """Returns what an expression is known to be."""
        ...

    def add(
        self, id_: str, node: ast.expr | ast.stmt | ast.keyword, reason: str, remedy: str, *, word: str = ""
    ) -> None:
        """Adds a finding at `node`, or at `word` in it."""
        ...

    def may_be_absent(self, value: TypedValue) -> bool:
        """Returns whether a value is an element that some way of matching does not give, and that no condition asked for."""
        ...

    def is_asked(self, text: str) -> bool:
        """Returns whether the function asks for a type or an attribute by this text."""
        ...

    def is_given_back(self, alias: str) -> bool:
        """Returns whether the function notifies the rules of a change to an element."""
        ...


class Findings:
    """The findings in bodies, by the rule that is being read."""

    def __init__(self) -> None:
        self.rule = ""
        self._found: dict[tuple[str, str], Finding] = {}

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found.values())

    def add(self, id_: str, file: str, node: _Node, reason: str, remedy: str, *, word: str = "") -> None:
        """Adds a finding at `node`, or at `word` in it."""
        self.add_at(id_, span_of_node(file, node).where(word), reason, remedy)

    def add_at(self, id_: str, where: str, reason: str, remedy: str) -> None:
        """Adds a finding at `file:line:column`."""
        file, line, column = [*where.rsplit(":", 2), "", ""][:3]
        shown = excerpt(file, int(line), int(column)) if column else ""
        finding = Finding(id=id_, where=where, reason=reason, remedy=remedy, rule=self.rule, excerpt=shown)
        self._found.setdefault((id_, where), finding)
