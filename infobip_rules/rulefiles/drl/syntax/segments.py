"""Cuts a `.drl` file into its rules, queries, types and statements, so that a mistake in one leaves the others readable."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from infobip_rules.rulefiles.drl.syntax.syntax import Place

_STRINGS = r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
_COMMENT = re.compile(rf"{_STRINGS}|//[^\n]*|/\*.*?(?:\*/|\Z)|(?<!\S)#(?!#)[^\n]*", re.DOTALL)
_ATTRIBUTE = (
    r"(?:salience|no-loop|enabled|agenda-group|auto-focus|activation-group|lock-on-active|date-effective|date-expires|"
    r"ruleflow-group|timer|duration|dialect|calendars|attributes)"
)
_LINE = r"(?:package|unit|import|global|expander)"
_TOP = rf"(?:rule|query|declare|function|{_LINE}|{_ATTRIBUTE})(?![\w$-])"
_NEXT = re.compile(rf"[\s;]*({_TOP})?")
#: Of a rule, query or type: where it could end, and where the next one begins without that it did.
_PART = re.compile(
    rf"{_STRINGS}|(?<![\w$.-])(?:then|end)(?![\w$-])|^[ \t]*(?:rule|query)\s+(?:\"[^\"\n]*\"|'[^'\n]*'|[\w$]+)",
    re.MULTILINE,
)
_AFTER_END = re.compile(rf"[ \t]*;?[ \t]*(?:\n|\Z|{_TOP}|@)|\s*;?\s*(?:\Z|(?:rule|query|declare|function)(?![\w$-]))")
_BRACE = re.compile(rf"{_STRINGS}|[{{}}]")
_REST = re.compile(r"[^\n;]*")
_RESUME = re.compile(rf"^[ \t]*(?={_TOP})", re.MULTILINE)
_BRACKET = re.compile(rf"{_STRINGS}|[(\[{{]|[)\]}}]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A part of a file that is parsed by itself; `start` and `end` count characters, the word that begins it included."""

    #: rule, query, declare, function, package, unit, import, global, expander, attributes; empty for what is none of them.
    kind: str
    start: int
    end: int
    #: Of a rule: what stands between `then` and `end`.
    body: tuple[int, int] | None = None
    #: Whether its `end` (or closing brace) is there.
    complete: bool = True


class SourceText:
    """A file's text without its comments, and the places in it."""

    def __init__(self, text: str) -> None:
        self.written = text
        self.text = _COMMENT.sub(_blank, text)
        #: Where a comment begins that nothing ends: it swallows what comes after it.
        #: Where comments begin with `#`, which are read over, and which Drools 8 does not know.
        self.hashes = [comment.start() for comment in _COMMENT.finditer(text) if comment[0][0] == "#"]
        self.endless = next((comment.start() for comment in _COMMENT.finditer(text) if _is_endless(comment[0])), None)
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def blank(self, start: int, end: int) -> None:
        """Takes something out that has been read."""
        self.text = self.text[:start] + _blanked(self.text[start:end]) + self.text[end:]

    def place(self, offset: int) -> Place:
        """Returns line and column of a character."""
        line = bisect_right(self._lines, offset)
        return Place(line=line, column=offset - self._lines[line - 1] + 1)

    def offset(self, place: Place) -> int:
        """Returns the character at a place."""
        return self._lines[min(place.line, len(self._lines)) - 1] + place.column - 1

    def segments(self) -> Iterator[Segment]:
        """Yields the segments in their order, without the comments and semicolons between them."""
        at = 0
        while (found := _NEXT.match(self.text, at)) and (found[1] or found.end() < len(self.text)):
            start = found.start(1) if found[1] else found.end()
            segment = self._segment(found[1] or "", start)
            yield segment
            at = max(segment.end, start + 1)

    def _segment(self, word: str, start: int) -> Segment:
        if word in ("rule", "query", "declare"):
            return self._ended(word, start)
        if word == "function":
            return self._braced(start)
        if not word:
            resumed = _RESUME.search(self.text, start + 1)
            return Segment(kind="", start=start, end=resumed.start() if resumed else len(self.text))
        rest = _REST.match(self.text, start)
        kind = word if re.fullmatch(_LINE, word) else "attributes"
        return Segment(kind=kind, start=start, end=rest.end() if rest else len(self.text))

    def _ended(self, kind: str, start: int) -> Segment:
        """Returns the end of a segment: its `end`, or the next rule if that is missing."""
        body = None
        for found in _PART.finditer(self.text, start + len(kind)):
            word = found[0]
            if word == "then" and kind == "rule" and body is None:
                body = found.end()
            elif word == "end" and _AFTER_END.match(self.text, found.end()):
                inner = (body, found.start()) if body is not None else None
                return Segment(kind=kind, start=start, end=found.end(), body=inner)
            elif word.lstrip().startswith(("rule", "query")):
                return self._open(kind, start, found.start(), body)
        return self._open(kind, start, len(self.text), body)

    def _open(self, kind: str, start: int, end: int, body: int | None) -> Segment:
        inner = (body, end) if body is not None else None
        return Segment(kind=kind, start=start, end=end, body=inner, complete=False)

    def _braced(self, start: int) -> Segment:
        depth = 0
        for found in _BRACE.finditer(self.text, start):
            if found[0] in "{}":
                depth += 1 if found[0] == "{" else -1
                if depth <= 0:
                    return Segment(kind="function", start=start, end=found.end())
        resumed = _RESUME.search(self.text, start + 1)
        end = resumed.start() if resumed else len(self.text)
        return Segment(kind="function", start=start, end=end, complete=False)

    def nested_too_deeply(self, start: int, end: int, most: int) -> int | None:
        """Returns the place at which brackets are nested more than `most` times; None if they are not."""
        depth = 0
        for found in _BRACKET.finditer(self.text, start, end):
            if found[0] in "([{":
                depth += 1
                if depth > most:
                    return found.start()
            elif found[0] in ")]}":
                depth -= 1
        return None


def _is_endless(part: str) -> bool:
    return part.startswith("/*") and (len(part) < 4 or not part.endswith("*/"))


def _blank(found: re.Match[str]) -> str:
    part = found[0]
    return part if part[0] in "\"'" else _blanked(part)


def _blanked(part: str) -> str:
    return re.sub(r"[^\n]", " ", part)
