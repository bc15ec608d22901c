"""Places in rule files written in Python: where the code stands that runs just now, and how it is shown with a caret."""

from __future__ import annotations

import ast
import linecache
import re
import sys
from collections.abc import Collection, Sequence
from functools import lru_cache
from types import CodeType, FrameType
from typing import NamedTuple

_WIDEST = 110


class Span(NamedTuple):
    """From where to where an expression stands; lines from 1, columns from 0 in bytes, None if they are not known."""

    file: str
    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def where(self, word: str = "") -> str:
        """Returns `file:line:column` of its beginning, or of `word` in it; `file:line` if columns are not known."""
        if self.column is None:
            return f"{self.file}:{self.line}"
        begin = characters(self.file, self.line, self.column)
        if word and (found := re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.text())):
            before = self.text()[: found.start()]
            line = self.line + before.count("\n")
            column = found.start() if line == self.line else len(before.rpartition("\n")[2])
            return f"{self.file}:{line}:{(begin if line == self.line else 0) + column + 1}"
        return f"{self.file}:{self.line}:{begin + 1}"

    def text(self) -> str:
        """Returns what is written there; empty if that is not known."""
        if self.column is None or self.end_line is None or self.end_column is None:
            return ""
        lines = [linecache.getline(self.file, number) for number in range(self.line, self.end_line + 1)]
        if not all(lines):
            return ""
        lines[-1] = _cut(lines[-1], self.end_column)
        return lines[0][characters(self.file, self.line, self.column) :] + "".join(lines[1:])

    def node(self, *kinds: type[ast.expr]) -> ast.expr | None:
        """Returns the smallest expression of these kinds that it lies in, itself included."""
        if self.column is None or self.end_line is None or self.end_column is None:
            return None
        begin, end = (self.line, self.column), (self.end_line, self.end_column)
        found = None
        for node in ast.walk(_tree("".join(linecache.getlines(self.file)))):
            if not isinstance(node, kinds) or _begin(node) > begin or end > _end(node):
                continue
            if found is None or (_begin(found) <= _begin(node) and _end(node) <= _end(found)):
                found = node
        return found


class CodePosition(NamedTuple):
    """An instruction of a rule file. Where it stands is only looked up where that is asked: it takes reading the code."""

    code: CodeType
    instruction: int

    def span(self) -> Span:
        """Returns the span of the instruction."""
        number, positions = max(self.instruction, 0) // 2, _positions(self.code)
        line, end_line, column, end_column = positions[number] if number < len(positions) else (None,) * 4
        linecache.checkcache(self.code.co_filename)
        return Span(self.code.co_filename, line or self.code.co_firstlineno, column, end_line, end_column)


def position_outside(modules: Collection[str]) -> CodePosition:
    """Returns what is being evaluated in the innermost frame that belongs to none of `modules`."""
    frame: FrameType = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in modules:
        frame = frame.f_back
    return CodePosition(frame.f_code, frame.f_lasti)


def span_of_node(file: str, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> Span:
    """Returns the span of a node of a file's syntax tree."""
    return Span(file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def characters(file: str, line: int, column: int) -> int:
    """Returns the column in characters for one in bytes, as Python counts them."""
    return len(_cut(linecache.getline(file, line), column)) if linecache.getline(file, line) else column


def excerpt(file: str, line: int, column: int) -> str:
    """Returns the line with a caret below the column (from 1); empty if the line can't be had."""
    text = linecache.getline(file, line).rstrip("\r\n")
    if not text:
        return ""
    before = max(0, column - 1 - _WIDEST // 2) if len(text) > _WIDEST else 0
    shown = "".join(sign if sign.isprintable() else " " for sign in text[before : before + _WIDEST])
    return f"    {shown}\n    {' ' * (column - 1 - before)}^"


def _cut(line: str, column: int) -> str:
    return line.encode()[:column].decode(errors="ignore")


def _begin(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


@lru_cache(maxsize=4)
def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


@lru_cache(maxsize=4)
def _positions(code: CodeType) -> Sequence[tuple[int | None, int | None, int | None, int | None]]:
    # Read through from its beginning whenever one is asked for, which a file of a thousand mistakes would feel.
    return list(code.co_positions())
