"""Text of a `.drl` file to its syntax tree, with all its mistakes in one go."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from lark import Lark, UnexpectedInput

from infobip_rules.rulefiles.drl.syntax.building import literals
from infobip_rules.rulefiles.drl.syntax.building.declarations import DeclarationBuilder
from infobip_rules.rulefiles.drl.syntax.building.source import UnsupportedError
from infobip_rules.rulefiles.drl.syntax.expectations import DECLARED_WINDOW, explained, semicolon_missing, shown
from infobip_rules.rulefiles.drl.syntax.file_mistakes import FileMistakes
from infobip_rules.rulefiles.drl.syntax.recovery import with_semicolon, without_statement
from infobip_rules.rulefiles.drl.syntax.segments import Segment, SourceText
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Attribute,
    CompilationUnit,
    DeclareNode,
    FunctionNode,
    GlobalNode,
    ImportNode,
    Place,
    QueryNode,
    RuleNode,
)

#: Characters of a file, and of one rule, type, query or function; brackets in each other, parts of an expression or statements
#: in each other: beyond it is refused.
MOST_CHARACTERS = 900_000
MOST_OF_ONE = 100_000
#: Rules, types, queries and functions of a file: types and queries take longest to make.
MOST_IN_FILE = {"rule": 5_000, "declare": 300, "query": 1_000, "function": 1_000}
DEEPEST_BRACKETS = 50
#: How often a body is read without one more of its mistakes; one that is long is not.
MOST_ATTEMPTS = 100
_LONG = 20_000
DEEPEST_TREE = 120
#: What can make a tree deeper; a piece with few of them needs no look.
_DEEPENING = re.compile(r"[^\w\s\"',;)\]}]|\b(?:not|exists|else)\b")

_STARTS = ("rule", "body", "query", "function", "declare", "file_attributes")
_NAME = r"[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*"
_PACKAGE = re.compile(rf"package\s+({_NAME})\s*")
_IMPORT = re.compile(rf"import\s+(?:(static|function|accumulate)\s+)?({_NAME}(?:\s*\.\s*\*)?)\s*(\w*)\s*")
_GLOBAL = re.compile(r"global\s+([\w.$]+(?:\s*<[^\n;]*>)?(?:\s*\[\s*\])*)\s+([A-Za-z_$][\w$]*)\s*")
_MVEL = re.compile(r"dialect\s+[\"']mvel[\"']")
_INSTEAD = {
    "enum": "Write it into a .py file of the same rules: class Stage(Enum): ...",
    "window": "Write over window:length(3), or over window:time(1m), behind the pattern.",
}
_NO_TYPE = re.compile(r"declare\s+(trait|enum|window|entry-point)\s+[\w\"'](?![\w$]*\s*:)")
#: The name of what could not be read.
_DECLARED = re.compile(
    r"(?:rule|query|declare(?:\s+(?:trait|enum))?|function\s+[\w.$]+(?:<[^\n(]*>)?(?:\s*\[\s*\])*|global\s+\S+)\s+"
    r"(?:[\"']([^\"'\n]*)[\"']|([\w$]+))"
)
_NAMED_THEN = re.compile(r"\bthen\s*\[\s*[\w$]+\s*\]")
_NAMED = "Named consequences (then[...]) are not supported."
_parsing = Lock()


@cache
def _grammar() -> tuple[Lark, DeclarationBuilder]:
    building = DeclarationBuilder()
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", start=list(_STARTS), transformer=building), building


def parse(text: str, mistakes: FileMistakes) -> CompilationUnit:
    """Returns the tree of a file; what is wrong with it goes to `mistakes`, and is not in the tree."""
    reading = _Reading(mistakes)
    if len(text) > MOST_CHARACTERS:
        mistakes.add(
            Place(line=1, column=1),
            f"The file has {len(text)} characters; at most {MOST_CHARACTERS} are read.",
            "Split it into several files.",
        )
    else:
        _check_comments(mistakes)
        endless = mistakes.source.endless
        if endless is not None:
            mistakes.add(mistakes.source.place(endless), "The comment has no end.", "Close it with */.")
        with _parsing:
            for segment in mistakes.source.segments():
                if endless is not None and segment.end > endless:  # what is wrong with it would follow from that
                    break
                reading.read(segment)
                if len(mistakes.problems) >= mistakes.most or reading.is_full:
                    break
    return reading.unit()


def _check_comments(mistakes: FileMistakes) -> None:
    source = mistakes.source
    if source.hashes:
        first, *others = [source.place(offset) for offset in source.hashes]
        lines = ", ".join(str(place.line) for place in others[:5])
        also = f" The same in line{'s' * (len(others) > 1)} {lines}{' and on' * (len(others) > 5)}." if others else ""
        mistakes.add(first, "A comment does not begin with # in Drools 8.", f"Write // in its place.{also}")


def parse_text(text: str, file: str = "rules.drl") -> tuple[CompilationUnit, FileMistakes]:
    """Returns the tree of a text, and what is wrong with it under the name `file`."""
    mistakes = FileMistakes(file, SourceText(text[: MOST_CHARACTERS + 1]))
    return parse(text, mistakes), mistakes


class _Reading:
    """One file on its way to a tree."""

    def __init__(self, mistakes: FileMistakes) -> None:
        self._mistakes = mistakes
        self._source: SourceText = mistakes.source
        self._package = ""
        self._found: dict[type, list[Any]] = {
            kind: [] for kind in (ImportNode, GlobalNode, DeclareNode, FunctionNode, QueryNode, RuleNode, Attribute)
        }
        self._mvel = False
        self._declares_window = False
        self._counted: dict[str, int] = {}
        #: Nothing more is read.
        self.is_full = False
        self._unreadable: set[str] = set()

    def unit(self) -> CompilationUnit:
        """Returns all that was found."""
        found = {kind: tuple(nodes) for kind, nodes in self._found.items()}
        return CompilationUnit(
            at=Place(line=1, column=1),
            package=self._package,
            imports=found[ImportNode],
            globals=found[GlobalNode],
            declares=found[DeclareNode],
            functions=found[FunctionNode],
            queries=found[QueryNode],
            rules=found[RuleNode],
            attributes=found[Attribute],
            unreadable=frozenset(self._unreadable),
        )

    def read(self, segment: Segment) -> None:
        """Takes in one piece, or complains of it."""
        before = len(self._mistakes.problems)
        if not self._count(segment):
            return
        reader = getattr(self, f"_read_{segment.kind or 'stray'}")
        node = reader(segment)
        whole = len(self._mistakes.problems) == before
        if node is not None and (whole or getattr(node, "lost", None) is not None):
            self._found[type(node)].append(node)
        elif found := _DECLARED.match(self._source.text, segment.start):
            self._unreadable.add(found[1] or found[2])

    def _count(self, segment: Segment) -> bool:
        """Returns whether the piece may be read; one that is too long, or one too many, is complained of."""
        self._counted[segment.kind] = number = self._counted.get(segment.kind, 0) + 1
        most, length = MOST_IN_FILE.get(segment.kind, number), segment.end - segment.start
        at = self._source.place(segment.start)
        if number > most:
            self.is_full = True
            fact = f"The file has more than {most} of what begins with `{segment.kind}`."
            self._mistakes.add(at, fact, "Split it into several files.")
        elif segment.kind and length > MOST_OF_ONE:
            fact = f"This {segment.kind} has {length} characters; at most {MOST_OF_ONE} are read."
            self._mistakes.add(at, fact, "Split it.")
        return number <= most and (not segment.kind or length <= MOST_OF_ONE)

    def _read_stray(self, segment: Segment) -> None:
        at = self._source.place(segment.start)
        rest = self._source.text[segment.start : segment.end]
        fact = f"{shown(rest)} begins nothing that a rule file holds."
        self._mistakes.add(at, fact, "There are package, import, global, declare, function, query and rule.")

    def _read_package(self, segment: Segment) -> None:
        if found := self._line(segment, _PACKAGE, "package com.example.orders"):
            self._package = "".join(found[1].split())

    def _read_import(self, segment: Segment) -> ImportNode | None:
        found = self._line(segment, _IMPORT, "import com.example.Order;")
        at = self._source.place(segment.start)
        if found is None:
            return None
        if found[1] == "accumulate":
            remedy = "Use count, sum, average, min, max, collectList or collectSet."
            self._mistakes.add(at, "import accumulate is not supported.", remedy)
            return None
        return ImportNode(at=at, name="".join(found[2].split()), static=bool(found[1]))

    def _read_global(self, segment: Segment) -> GlobalNode | None:
        found = self._line(segment, _GLOBAL, "global java.util.List results;")
        at = self._source.place(segment.start)
        try:
            return GlobalNode(at=at, type=literals.type_name(found[1], at), name=found[2]) if found else None
        except UnsupportedError as problem:
            self._mistakes.add(problem.at, problem.fact, problem.remedy)
            return None

    def _line(self, segment: Segment, pattern: re.Pattern[str], example: str) -> re.Match[str] | None:
        found = pattern.fullmatch(self._source.text, segment.start, segment.end)
        if found is None:
            at = self._source.place(segment.start)
            self._mistakes.add(at, f"This {segment.kind} is not understood.", f"Write {example}")
        return found

    def _read_unit(self, segment: Segment) -> None:
        at = self._source.place(segment.start)
        self._mistakes.add(
            at, "Rule units are not supported.", "Leave the line out: all files of a folder are one rulebook."
        )

    def _read_expander(self, segment: Segment) -> None:
        at = self._source.place(segment.start)
        self._mistakes.add(at, "Domain-specific languages (expander) are not supported.", "Write the rules in DRL.")

    def _read_attributes(self, segment: Segment) -> None:
        for attribute in self._piece("file_attributes", segment.start, segment.end) or ():
            self._found[Attribute].append(attribute)
            self._mvel = self._mvel or (attribute.name == "dialect" and attribute.value == "mvel")

    def _read_declare(self, segment: Segment) -> Any:
        if found := _NO_TYPE.match(self._source.text, segment.start):
            at = self._source.place(segment.start)
            self._declares_window = self._declares_window or found[1] == "window"
            fact = "Only types with fields can be declared (no enum, trait, window or entry-point)."
            return self._mistakes.add(at, fact, _INSTEAD.get(found[1], "Write declare Name field : Type end."))
        return self._ended(segment, "declare")

    def _read_query(self, segment: Segment) -> Any:
        return self._ended(segment, "query")

    def _ended(self, segment: Segment, start: str) -> Any:
        end = segment.end - len("end") if segment.complete else segment.end
        node = self._piece(start, segment.start, end)
        return node if node is None or self._complete(segment) else None

    def _read_function(self, segment: Segment) -> Any:
        node, lost = self._code("function", segment.start, segment.end, java=True)
        return node if lost is None else replace(node, lost=lost)

    def _read_rule(self, segment: Segment) -> RuleNode | None:
        head_end = segment.body[0] - len("then") if segment.body else segment.end
        if segment.body is None and segment.complete:
            head_end -= len("end")
        head: RuleNode | None = self._piece("rule", segment.start, head_end)
        if segment.body is None:
            if head is not None:
                self._mistakes.add(
                    self._source.place(segment.end - len("end") if segment.complete else segment.start),
                    f"The rule {head.name!r} has no `then`.",
                    "Write then, what it does, and end.",
                )
            return None
        written = self._source.text[segment.start : head_end]
        mvel = self._mvel or (_dialect(head) == "mvel" if head is not None else bool(_MVEL.search(written)))
        start, end = segment.body
        named = self._without_names(segment.start, start, end)
        body, lost = self._code("body", start, end, java=not mvel)
        if head is None or body is None or not self._complete(segment):
            return None
        return replace(head, body=body, lost=frozenset() if named and lost is None else lost)

    def _without_names(self, rule: int, start: int, end: int) -> bool:
        """Takes the names off consequences (`then[x]`), which is reported once for a rule; what they do is read all the same."""
        found = list(_NAMED_THEN.finditer(self._source.text, start - len("then"), end))
        for entry in found:
            self._source.blank(max(entry.start(), start), entry.end())
        if found and not self._mistakes.reported_since(self._source.place(rule), _NAMED):
            at = self._source.place(found[0].start())
            self._mistakes.add(at, _NAMED, "Write a rule of its own.")
        return bool(found)

    def _complete(self, segment: Segment) -> bool:
        if not segment.complete:
            at = self._source.place(segment.start)
            name = self._source.text[segment.start : segment.end].split("\n", 1)[0].strip()[:60]
            self._mistakes.add(at, f"`{name}` has no `end`.", "Write end below it, on a line of its own.")
        return segment.complete

    def _piece(self, start: str, begin: int, end: int) -> Any:
        """Returns what the grammar makes of a piece; None if it is wrong, which is complained of."""
        if self._is_too_deep(begin, end):
            return None
        try:
            return self._parsed(self._source.text[begin:end], start, begin, java=False)
        except UnsupportedError as problem:
            return self._mistakes.add(problem.at, problem.fact, problem.remedy)
        except UnexpectedInput as problem:
            offset, fact, remedy = explained(problem, self._source.text, start, begin, end)
            if self._declares_window and fact == DECLARED_WINDOW:
                return None  # reported at its declaration
            return self._mistakes.add(self._source.place(offset), fact, remedy)

    def _code(self, start: str, begin: int, end: int, *, java: bool) -> tuple[Any, frozenset[str] | None]:
        """Returns the same of a body or function, without the statements that are wrong; their names are the second.

        A semicolon that is missing is read all the same: MVEL needs none at the end of a line or block.
        """
        if self._is_too_deep(begin, end):
            return None, None
        text, lost, added = self._source.text[begin:end], set[str](), list[int]()
        reported = False
        for attempt in range(MOST_ATTEMPTS):
            try:
                return self._parsed(text, start, begin, java=java), frozenset(lost) if reported else None
            except UnsupportedError as problem:
                missing, at, fact, remedy = None, problem.at, problem.fact, problem.remedy
                offset = self._source.offset(at) - begin
                offset += sum(place <= offset for place in added)
            except UnexpectedInput as problem:
                missing = semicolon_missing(problem, text, start)
                offset, fact, remedy = explained(problem, text, start, 0, len(text))
                at = self._source.place(begin + offset - sum(place < offset for place in added))
            if java or missing is None or attempt == MOST_ATTEMPTS - 1:
                self._mistakes.add(at, fact, remedy)
                reported = True
            if missing is not None:
                longer = with_semicolon(text, missing)
                added += [missing] * (len(longer) - len(text))
                text = longer
                continue
            recovered = without_statement(text, offset) if end - begin < _LONG else None
            if recovered is None or (start == "function" and "{" not in text[:offset]):
                break
            text = recovered.text
            lost |= recovered.names
        return None, None

    def _is_too_deep(self, begin: int, end: int) -> bool:
        deep = self._source.nested_too_deeply(begin, end, DEEPEST_BRACKETS)
        if deep is not None:
            fact = f"More than {DEEPEST_BRACKETS} brackets stand in each other."
            self._mistakes.add(self._source.place(deep), fact, "Split it into several rules or functions.")
        return deep is not None

    def _parsed(self, text: str, start: str, begin: int, *, java: bool) -> Any:
        grammar, building = _grammar()
        at = self._source.place(begin)
        building.begin(lines=at.line - 1, columns=at.column - 1, java=java)
        node: Any = grammar.parse(text, start=start)
        if len(_DEEPENING.findall(text)) > DEEPEST_TREE and too_deep(node):
            return self._mistakes.add(at, f"Parts stand in each other more than {DEEPEST_TREE} times.", "Split it.")
        for place, fact in building.warnings:
            self._mistakes.warn(place, fact)
        return node


def _dialect(rule: RuleNode) -> str:
    return next((str(attribute.value) for attribute in rule.attributes if attribute.name == "dialect"), "java")


def too_deep(node: Any) -> bool:
    """Returns whether parts of the tree stand in each other too often for what reads it; without recursion."""
    waiting = [(node, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST_TREE:
            return True
        if isinstance(node, tuple):
            waiting += [(part, depth) for part in node if isinstance(part, tuple) or is_dataclass(part)]
        elif is_dataclass(node):
            waiting += [(getattr(node, field.name), depth + 1) for field in fields(node)]
    return False
