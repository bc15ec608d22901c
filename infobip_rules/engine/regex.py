"""Patterns of `matches` and `imatches`: Python's, plus the `%` escapes of durable-rules, always against the whole text."""

from __future__ import annotations

import re
import warnings

from infobip_rules.errors import RuleError

#: A pattern longer than this is a mistake (and slow).
LONGEST = 1_000
_CLASSES = {"a": "[^\\W\\d_]", "d": "\\d", "s": "\\s", "w": "\\w"}
_PUNCTUATION = set(r".^$*+?()[]{}|\-%/")


def translate(pattern: str) -> str:
    """`%d %s %w %a` and an escaped sign (`%.`) as Python writes them; a `%` before anything else is itself."""
    out, position = [], 0
    while position < len(pattern):
        sign, following = pattern[position], pattern[position + 1 : position + 2]
        if sign == "%" and following in _CLASSES:
            out.append(_inside(pattern, position, following))
            position += 2
        elif sign == "%" and following in _PUNCTUATION and following:
            out.append(re.escape(following))
            position += 2
        else:
            out.append(sign)
            position += 1
    return "".join(out)


def _inside(pattern: str, position: int, following: str) -> str:
    # A class inside [...] can't itself stand in brackets.
    in_set = pattern.rfind("[", 0, position) > pattern.rfind("]", 0, position)
    return "a-zA-Z" if following == "a" and in_set else _CLASSES[following]


def compile_pattern(pattern: str, flags: int, where: str) -> re.Pattern[str]:
    """The compiled pattern; RuleError with the place where it is wrong."""
    if len(pattern) > LONGEST:
        raise RuleError(f"A pattern of {len(pattern)} characters is too long.", f"At most {LONGEST}.", where=where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(translate(pattern), flags | re.DOTALL)
    except (re.error, OverflowError, RecursionError) as problem:
        raise RuleError(f"The pattern {pattern!r} is wrong: {problem}.", "Mend the pattern.", where=where) from None
