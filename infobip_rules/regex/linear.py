"""Patterns of Python's `re` written for RE2, whose time grows with the text and no faster; only if both mean the same.

Python's own parser reads the pattern. RE2 is given every set of characters as ranges, so that its own idea of letters,
digits and cases does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from re import _constants as sre  # private, and the only reader of patterns there is
from re import _parser as sre_parser
from typing import Any

from infobip_rules.regex.characters import LAST, SURROGATES, Ranges, category, complement, in_any_case, merged, without

try:
    import re2
except ImportError:  # no wheel for musl: Python's own matching is safe there too, within its limit of time
    re2 = None

__all__ = [
    "SINGLE",
    "Linear",
    "NotLinearError",
    "characters",
    "for_finding",
    "for_whole_texts",
    "inner_flags",
    "parsed",
    "sre",
]

_CATEGORIES = {
    sre.CATEGORY_DIGIT: ("\\d", False),
    sre.CATEGORY_NOT_DIGIT: ("\\d", True),
    sre.CATEGORY_SPACE: ("\\s", False),
    sre.CATEGORY_NOT_SPACE: ("\\s", True),
    sre.CATEGORY_WORD: ("\\w", False),
    sre.CATEGORY_NOT_WORD: ("\\w", True),
}
_KINDS_OF_TEXT = re.ASCII | re.LOCALE | re.UNICODE
_NEWLINE: Ranges = ((10, 10),)
SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)


class NotLinearError(Exception):
    """RE2 can't say this, would mean something else by it, or is not installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """A pattern as RE2 runs it, and of which texts it means the same as Python's."""

    regexp: Any
    #: `\\b` knows ASCII letters only.
    ascii_only: bool
    #: `$` stands for the very end only.
    no_last_newline: bool

    def takes(self, text: str) -> bool:
        """Returns whether it means the same of this text."""
        return not (self.ascii_only and not text.isascii()) and not (self.no_last_newline and text.endswith("\n"))


def parsed(pattern: str, flags: int) -> Any:
    """Returns the tree that Python reads in a pattern."""
    return sre_parser.parse(pattern, flags)


def inner_flags(flags: int, added: int, taken: int) -> int:
    """Returns the flags inside of a group that sets some of its own."""
    if added & _KINDS_OF_TEXT:
        flags &= ~_KINDS_OF_TEXT
    return (flags | added) & ~taken


def characters(op: Any, argument: Any, flags: int) -> Ranges:
    """Returns the characters that a part for a single one matches."""
    if op is sre.ANY:
        return ((0, LAST),) if flags & re.DOTALL else complement(_NEWLINE)
    if op is sre.LITERAL:
        return _set_of([(sre.LITERAL, argument)], flags)
    if op is sre.NOT_LITERAL:
        return complement(_set_of([(sre.LITERAL, argument)], flags))
    negated = bool(argument) and argument[0][0] is sre.NEGATE
    found = _set_of(argument[1:] if negated else argument, flags)
    return complement(found) if negated else found


def one_character(nodes: Any, flags: int) -> Ranges | None:
    """Returns the characters that parts match if that is a single one, such as any letter: a `\\w` that is no digit."""
    (op, argument), *rest = nodes or [(None, None)]
    if not rest and op in SINGLE:
        return characters(op, argument, flags)
    if not rest and op is sre.SUBPATTERN and argument[0] is None:
        return one_character(argument[3], inner_flags(flags, argument[1], argument[2]))
    if len(rest) == 1 and op in (sre.ASSERT, sre.ASSERT_NOT) and argument[0] == 1:
        asked, found = one_character(argument[1], flags), one_character(rest, flags)
        if asked is not None and found is not None:
            return without(found, asked if op is sre.ASSERT_NOT else complement(asked))
    return None


def for_whole_texts(tree: Any) -> Linear:
    """Returns RE2's form for asking whether a text is of the pattern from end to end. Raises NotLinearError."""
    return _compiled(_LinearWriter(tree, groups=False), tree)


def for_finding(tree: Any) -> Linear:
    """Returns RE2's form for finding places in a text, and the groups in them. Raises NotLinearError."""
    # What may be empty is found by other rules; and groups in rounds that may be empty hold something else.
    if tree.getwidth()[0] == 0 or _has_empty_rounds(tree):
        raise NotLinearError
    linear = _compiled(_LinearWriter(tree, groups=True), tree)
    if linear.regexp.groups != tree.state.groups - 1:
        raise NotLinearError
    return linear


def _compiled(writer: _LinearWriter, tree: Any) -> Linear:
    if re2 is None:
        raise NotLinearError
    text = writer.sequence(tree, tree.state.flags, last=not writer.groups)
    options = re2.Options()
    options.log_errors = False
    try:
        # Of bytes for whole texts: no places are needed, which would have to be counted in characters.
        regexp = re2.compile(text if writer.groups else text.encode(), options)
    except re2.error:
        raise NotLinearError from None
    return Linear(regexp=regexp, ascii_only=writer.ascii_only, no_last_newline=writer.no_last_newline)


def _set_of(members: Sequence[tuple[Any, Any]], flags: int) -> Ranges:
    ranges: list[tuple[int, int]] = []
    shown = []
    for op, argument in members:
        if op is sre.LITERAL:
            ranges.append((argument, argument))
            shown.append(f"\\U{argument:08x}")
        elif op is sre.RANGE:
            ranges.append(argument)
            shown.append(f"\\U{argument[0]:08x}-\\U{argument[1]:08x}")
        elif op is sre.CATEGORY:
            sign, negated = _CATEGORIES[argument]
            ranges += complement(category(sign, flags)) if negated else category(sign, flags)
            shown.append(sign.upper() if negated else sign)
        else:
            raise NotLinearError
    found = merged(ranges)
    return in_any_case(found, "".join(shown), flags) if flags & re.IGNORECASE else found


def _has_empty_rounds(nodes: Iterable[tuple[Any, Any]]) -> bool:
    for op, argument in nodes:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            body = argument[2]
            if body.getwidth()[0] == 0 or _has_empty_rounds(body):
                return True
        inside = [argument[3]] if op is sre.SUBPATTERN else argument[1] if op is sre.BRANCH else ()
        if any(map(_has_empty_rounds, inside)):
            return True
    return False


class _LinearWriter:
    """Writes a tree for RE2, noting for which texts that means the same."""

    def __init__(self, tree: Any, *, groups: bool) -> None:
        self.groups = groups
        self.names = {number: name for name, number in tree.state.groupdict.items()}
        self.ascii_only = False
        self.no_last_newline = False

    def sequence(self, nodes: Any, flags: int, *, last: bool) -> str:
        """Writes parts in their order; `last` says that the text has to end after them."""
        if len(nodes) == 2 and (found := one_character(nodes, flags)) is not None:
            return _shown(found)
        final = len(nodes) - 1
        return "".join(
            self._part(op, argument, flags, last=last and place == final) for place, (op, argument) in enumerate(nodes)
        )

    def _part(self, op: Any, argument: Any, flags: int, *, last: bool) -> str:
        if op in SINGLE:
            return _shown(characters(op, argument, flags))
        if op is sre.SUBPATTERN:
            number, added, taken, body = argument
            inner = self.sequence(body, inner_flags(flags, added, taken), last=last)
            return f"{self._opening(number)}{inner})"
        if op is sre.BRANCH:
            return f"(?:{'|'.join(self.sequence(way, flags, last=last) for way in argument[1])})"
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, body = argument
            times = f"{{{least},{'' if most is sre.MAXREPEAT else most}}}"
            # Rounds are followed by others, which is as if something stood after each.
            inner = self.sequence(body, flags, last=False)
            return f"(?:{inner}){times}{'?' if op is sre.MIN_REPEAT else ''}"
        if op is sre.AT:
            return self._place(argument, flags, last=last)
        if op is sre.FAILURE:
            return _shown(())
        raise NotLinearError

    def _opening(self, number: int | None) -> str:
        if number is None or not self.groups:
            return "(?:"
        return f"(?P<{self.names[number]}>" if number in self.names else "("

    def _place(self, place: Any, flags: int, *, last: bool) -> str:
        lines = flags & re.MULTILINE
        if place is sre.AT_BEGINNING:
            return "(?m:^)" if lines else "\\A"
        if place is sre.AT_END:
            # Before a last newline too: of no account if the text has to end here, or has no such newline.
            self.no_last_newline = self.no_last_newline or not (lines or last)
            return "(?m:$)" if lines else "\\z"
        if place in (sre.AT_BEGINNING_STRING, sre.AT_END_STRING):
            return "\\A" if place is sre.AT_BEGINNING_STRING else "\\z"
        if place is not sre.AT_BOUNDARY:
            raise NotLinearError  # `\B` matches an empty text or not, depending on Python's version
        self.ascii_only = self.ascii_only or not flags & re.ASCII
        return "\\b"


def _shown(ranges: Ranges) -> str:
    ranges = without(ranges, SURROGATES)
    if not ranges:
        return f"[^\\x{{0}}-\\x{{{LAST:x}}}]"
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return f"\\x{{{ranges[0][0]:x}}}"
    parts = [f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges]
    return f"[{''.join(parts)}]"
