r"""Texts of conversation files: what can't be seen in an editor is written as `\t`, `\u00a0` and the like."""

from __future__ import annotations

import re

_BY_CHARACTER = {"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_BY_ESCAPE = {escape: character for character, escape in _BY_CHARACTER.items()}
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.|$)", re.DOTALL)


def escape(text: str, *, also: str = "") -> str:
    r"""`text` on one line: with escapes for backslashes, what is not printable, and spaces at both ends.

    `also` are further characters to escape. Line breaks become `\n`.
    """
    escaped = "".join(_hex(one) if one in also else _escaped(one) for one in text)
    inner = escaped.strip(" ")
    before = len(escaped) - len(escaped.lstrip(" "))
    after = len(escaped) - len(inner) - before
    return _hex(" ") * before + inner + _hex(" ") * after


def unescape(written: str) -> str:
    """What `escape` was given; ValueError, naming it, for an escape that is none."""
    return _ESCAPE.sub(_character, written)


def _escaped(character: str) -> str:
    if character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    return character if character.isprintable() else _hex(character)


def _hex(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _character(found: re.Match[str]) -> str:
    written = found.group()
    if written in _BY_ESCAPE:
        return _BY_ESCAPE[written]
    if len(written) > 2 and int(written[2:], 16) <= 0x10FFFF:
        return chr(int(written[2:], 16))
    raise ValueError(f"{written}, which is no escape")
