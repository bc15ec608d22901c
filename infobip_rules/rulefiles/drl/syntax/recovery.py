"""Recovery from mistakes in a body: what is left out so that those after the first are reported too."""

from __future__ import annotations

import re
from typing import NamedTuple

_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_SIGNS = re.compile(rf"{_STRING.pattern}|[(\[{{;)\]}}]")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
#: A name that may be a variable's: no method, and no field of another.
_VARIABLE = re.compile(r"(?<![\w$.])[A-Za-z_$][\w$]*(?!\s*[\w$(])")
_CATCHING = re.compile(r"\bcatch\s*\([^()]*\)|\bfinally\b")
_LABEL = re.compile(r"[A-Za-z_$][\w$]*\s*:(?!:)")


class RecoveredText(NamedTuple):
    """A text of the same length without what could not be read, and the names that stood there."""

    text: str
    names: frozenset[str]


def without_statement(text: str, offset: int) -> RecoveredText | None:
    """Returns the text without the statement at `offset`: to its `;`, or to the end of its block. None if nothing is left out."""
    start = _start(text, offset)
    word = _NAME.match(text, start)
    if word and word[0] == "try":
        spans = [(start, word.end()), *(found.span() for found in _CATCHING.finditer(text, start))]
    elif (label := _LABEL.match(text, start)) and text[start:offset].strip() in ("", label[0].rstrip(": \t\n")):
        jump = re.compile(
            rf"(?<=break)\s+{re.escape(label[0].rstrip(': '))}|(?<=continue)\s+{re.escape(label[0].rstrip(': '))}"
        )
        spans = [label.span(), *(found.span() for found in jump.finditer(text, start))]
    else:
        spans = [(start, max(_end(text, start), min(offset + 1, len(text))))]
    return _blanked(text, spans)


def _start(text: str, offset: int) -> int:
    """Returns the start of the statement at `offset`: after the last `;` or brace before it that is not inside brackets."""
    opened: list[int] = []
    start = 0
    for found in _SIGNS.finditer(text, 0, offset):
        sign = found[0]
        if sign in "([":
            opened.append(found.start())
        elif sign in ")]":
            if opened:
                opened.pop()
        elif sign in "{};" and not opened:
            start = found.end()
    return start + len(text[start:]) - len(text[start:].lstrip())


def _end(text: str, start: int) -> int:
    """Returns the end of the statement that begins at `start`."""
    depth = 0
    for found in _SIGNS.finditer(text, start):
        sign = found[0]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth < 0:
                return found.start()
            if depth == 0 and sign == "}" and not re.match(r"\s*[;,.)]|\s*else\b", text[found.end() :]):
                return found.end()
        elif sign == ";" and depth == 0:
            return found.end()
    return len(text)


def _blanked(text: str, spans: list[tuple[int, int]]) -> RecoveredText | None:
    names, before = set[str](), text
    for start, end in spans:
        piece = text[start:end]
        names.update(_VARIABLE.findall(_STRING.sub("", piece)))
        text = text[:start] + re.sub(r"[^\n]", " ", piece) + text[end:]
    return RecoveredText(text, frozenset(names)) if text != before else None


def with_semicolon(text: str, offset: int) -> str:
    """Returns the text with a `;` at `offset`, in place of a blank if there is one."""
    if text[offset : offset + 1] == " ":
        return f"{text[:offset]};{text[offset + 1 :]}"
    return f"{text[:offset]};{text[offset:]}"
