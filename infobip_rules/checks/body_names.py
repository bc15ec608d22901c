"""RULE040 and RULE043: names of bodies that mean a condition, or nothing at all.

Read from the compiled code, which knows for certain what is a variable of the function and what is not.
"""

from __future__ import annotations

import ast
import builtins
import dis
import types
from collections.abc import Container, Iterable, Iterator, Mapping

from infobip_rules import lang
from infobip_rules.checks.mistakes import Findings
from infobip_rules.checks.typed_values import has_attribute
from infobip_rules.rulefiles.python.expressions import Condition, Expression
from infobip_rules.rulefiles.python.positions import Span
from infobip_rules.rulefiles.python.python_errors import unknown_name

#: Words of patterns, which mean nothing in a body; what there is in Python too is distinguished by being ours.
_WORDS: Mapping[int, str] = {id(getattr(lang, name)): name for name in lang.__all__ if name != "Context"}
_FORGIVING = {"NameError", "Exception", "BaseException"}
#: By the name under which the rule has an element, its types.
Elements = Mapping[str, tuple[type, ...]]


def is_of_patterns(value: object) -> bool:
    """Returns whether it is a word of patterns, or a condition."""
    return isinstance(value, Condition | Expression) or id(value) in _WORDS


class NameReader:
    """Reads the names in one function that are not its variables."""

    def __init__(
        self, definition: ast.FunctionDef, context: str, elements: Elements, *, bound_in_file: Container[str]
    ) -> None:
        self.definition = definition
        #: The name of the argument that the rule's `c` is given by.
        self.context = context
        self.elements = elements
        #: Names that the file binds anywhere, at whatever time.
        self.bound_in_file = bound_in_file

    def read(self, function: types.FunctionType, findings: Findings) -> None:
        """Finds those that mean a condition, a word of patterns, or nothing."""
        forgiven = list(_forgiven(self.definition))
        known = function.__globals__
        for name, span in _global_names(function.__code__):
            if any(first <= span.line <= last for first, last in forgiven):
                continue
            if name not in known and not hasattr(builtins, name):
                if name in self.bound_in_file:  # on another system, or by a function
                    continue
                findings.add_at("RULE043", span.where(), *self._nothing(name, known))
            elif (value := known.get(name)) is not None and (
                explained := self._explained(name, value, span)
            ) is not None:
                findings.add_at("RULE040", span.where(), *explained)

    def _nothing(self, name: str, known: Iterable[str]) -> tuple[str, str]:
        fact, remedy = unknown_name(name, known)
        if name in self.elements:
            return fact, f"An element is read on {self.context}: write {self.context}.{name}."
        return fact, remedy

    def _explained(self, name: str, value: object, span: Span) -> tuple[str, str] | None:
        if isinstance(value, Condition | Expression):
            return self._condition(name, span)
        word = _WORDS.get(id(value))
        if word is None:
            return None
        if word == "c":
            return (
                f"{name} names elements in patterns; the argument of this body is {self.context}.",
                f"Write {self.context}.<element>.",
            )
        if name in self.elements:
            return (
                f"{name} is here {word}(...) of patterns, not the element.",
                f"An element is read on {self.context}: write {self.context}.{name}.",
            )
        if hasattr(builtins, word):
            return (
                f"{name}(...) is here the {word}(...) of patterns, which is always true.",
                f"Import it by another name (from infobip_rules.lang import {word} as {word}_), or write builtins.{word}(...).",
            )
        return (
            f"{name} is a word of patterns; in a body it does nothing.",
            "Take it out, or put it into the patterns above.",
        )

    def _condition(self, name: str, span: Span) -> tuple[str, str]:
        path = _path(span, self.definition)
        field = path.split(".")[0]
        named = [
            element_name
            for element_name, kinds in self.elements.items()
            if field and any(has_attribute(kind, field) for kind in kinds)
        ]
        shown = f"{name}.{path}" if path else name
        meant = f"{self.context}.{named[0] if named else '<element>'}.{path or '<field>'}"
        what = "the text" if path.endswith(("text", "cleanText", "keyword")) else "a value"
        return f"{shown} is a condition, not {what}.", f"Write {meant}."


def _global_names(code: types.CodeType) -> Iterator[tuple[str, Span]]:
    for instruction in dis.get_instructions(code):
        place = instruction.positions
        if instruction.opname == "LOAD_GLOBAL" and place is not None and place.lineno is not None:
            span = Span(code.co_filename, place.lineno, place.col_offset, place.end_lineno, place.end_col_offset)
            yield str(instruction.argval), span
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _global_names(inner)


def _forgiven(definition: ast.FunctionDef) -> Iterator[tuple[int, int]]:
    """Yields the lines on which a name that is missing is expected."""
    for node in ast.walk(definition):
        if isinstance(node, ast.Try) and any(_forgives(handler) for handler in node.handlers):
            yield node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno


def _forgives(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or getattr(kind, "id", "") in _FORGIVING for kind in caught)


def _path(span: Span, definition: ast.FunctionDef) -> str:
    """Returns the fields that are read after a name: `status.groupName` of `m.status.groupName`."""
    longest = ""
    for node in ast.walk(definition):
        inner: ast.expr | None = node if isinstance(node, ast.Attribute) else None
        names: list[str] = []
        while isinstance(inner, ast.Attribute):
            names.insert(0, inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and (inner.lineno, inner.col_offset) == (span.line, span.column):
            longest = max(longest, ".".join(names), key=len)
    return longest
