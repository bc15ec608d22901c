"""Patterns of `matches` and `imatches`: Python's, plus the `%` escapes of durable-rules, always against the whole text."""

from __future__ import annotations

import re
import warnings

from infobip_rules.errors import RuleError
from infobip_rules.regex.patterns import Regex

#: A pattern longer than this is a mistake (and slow).
LONGEST = 1_000
_CLASSES = {"a": "[^\\W\\d_]", "d": "\\d", "s": "\\s", "w": "\\w"}
#: A sign, with the `%` or backslash before it.
_SIGN = re.compile(r"[%\\].|.", re.DOTALL)
_PUNCTUATION = set(r".^$*+?()[]{}|\-%/")


def translate(pattern: str) -> str:
    """Translates `%d %s %w %a` and an escaped sign (`%.`) to Python's form; a `%` before anything else is itself."""
    out = []
    in_set = False
    for sign in _SIGN.findall(pattern):
        in_set = sign == "[" or (in_set and sign != "]")
        out.append(_translated(sign, in_set))
    return "".join(out)


def _translated(sign: str, in_set: bool) -> str:
    if len(sign) == 1 or sign[0] != "%":
        return sign
    following = sign[1]
    if following in _CLASSES:
        # A class inside [...] can't itself stand in brackets.
        return "a-zA-Z" if following == "a" and in_set else _CLASSES[following]
    return re.escape(following) if following in _PUNCTUATION else sign


def compile_pattern(pattern: str, flags: int, where: str) -> Regex:
    """Compiles the pattern; RuleError with the place if it is wrong."""
    if len(pattern) > LONGEST:
        raise RuleError(f"A pattern of {len(pattern)} characters is too long.", f"At most {LONGEST}.", where=where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return Regex(translate(pattern), flags | re.DOTALL, shown=pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        raise RuleError(f"The pattern {pattern!r} is wrong: {problem}.", "Mend the pattern.", where=where) from None
