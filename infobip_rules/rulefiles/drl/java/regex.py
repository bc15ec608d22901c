"""Java's regular expressions as Python's: `matches` of constraints, and String's matches, replaceAll and split."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

from infobip_rules.regex import ambiguity
from infobip_rules.regex.characters import LAST, merged
from infobip_rules.regex.patterns import Regex, RegexMatch, SlowPatternError
from infobip_rules.rulefiles.drl.java.failures import JavaFailure

#: A pattern longer than this is a mistake (and slow).
LONGEST = 1_000
#: Classes that Java knows by name; ASCII only, as there.
_POSIX = {
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Upper": "A-Z",
    "Lower": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0b\f\r",
    "Blank": r" \t",
    "XDigit": "0-9a-fA-F",
    "ASCII": r"\x00-\x7f",
}
#: Java's other names for Unicode's categories.
_CATEGORIES = {
    "IsAlphabetic": ("L", "Nl"),
    "IsLetter": ("L",),
    "IsUppercase": ("Lu",),
    "IsLowercase": ("Ll",),
    "IsDigit": ("Nd",),
    "IsPunctuation": ("P",),
}
_CATEGORY = re.compile("[LMNPSZC]|L[ultmo]|M[nce]|N[dlo]|P[cdseifo]|S[mcko]|Z[slp]")
_TOKEN = re.compile(r"\\[pP]\{\w+\}|\\Q.*?(?:\\E|$)|\\x\{[0-9a-fA-F]+\}|\\.|\(\?<(?![=!])|\[\^?|.", re.DOTALL)
_DOT = r"[^\n\r\x85\u2028\u2029]"
_ESCAPES = {
    r"\z": r"\Z",
    r"\Z": r"(?=\n?\Z)",
    r"\h": r"[ \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000]",
    r"\e": r"\x1b",
}
_FLAGS_IN_FRONT = re.compile(r"\(\?[a-zA-Z]+\)")
#: The flag for which letters of all alphabets have two cases; digits, spaces and the like are ASCII's all the same.
_ALL_ALPHABETS = re.compile(r"\(\?[a-zA-Z]*u[a-zA-Z]*\)")
_ASCII = {r"\w": "a-zA-Z0-9_", r"\d": "0-9", r"\s": r" \t\n\x0b\f\r"}


@lru_cache(maxsize=1_000)
def compiled(pattern: str) -> Regex:
    """Returns the pattern, compiled; JavaFailure if it is wrong, or has what Python has not."""
    if len(pattern) > LONGEST:
        raise JavaFailure(
            "PatternSyntaxException", f"A pattern of {len(pattern)} characters is too long.", f"At most {LONGEST}."
        )
    dotall = bool(re.match(r"\(\?[a-zA-Z]*s[a-zA-Z]*\)", pattern))
    wide = bool(_ALL_ALPHABETS.match(pattern))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            flags = re.NOFLAG if wide else re.ASCII
            return Regex(_translated(pattern, dotall=dotall, wide=wide), flags, shown=pattern)
    except (re.error, ValueError, OverflowError, RecursionError, FutureWarning) as problem:
        raise JavaFailure(
            "PatternSyntaxException", f"The pattern {pattern!r} is wrong: {problem}.", "Mend the pattern."
        ) from None


def translated(pattern: str) -> str:
    """Returns the pattern as Python's `re` takes it, without flags; JavaFailure if it is wrong, or has what Python has not."""
    # The flag that makes \\w and the like ASCII goes with the pattern; flags at its start stay there.
    flags = _FLAGS_IN_FRONT.match(compiled(pattern).pattern)
    front = flags.group() if flags else ""
    if not compiled(pattern).flags & re.ASCII:
        return compiled(pattern).pattern
    return f"{front}(?a:{compiled(pattern).pattern[len(front) :]})"


def _translated(pattern: str, *, dotall: bool, wide: bool = False) -> str:
    out: list[str] = []
    depth = 0
    flags = _ALL_ALPHABETS.match(pattern) if wide else None
    if flags is not None:
        without = flags.group().replace("u", "")
        out.append("" if without == "(?)" else without)
    for piece in _TOKEN.findall(pattern, flags.end() if flags is not None else 0):
        out.append(_as_ascii(piece, depth) if wide else "")
        if not out[-1]:
            out.append(_one(piece, depth, dotall=dotall))
        if piece.startswith("[") and depth:
            raise JavaFailure(
                "PatternSyntaxException", f"The pattern {pattern!r} has a class inside a class.", "Write one class."
            )
        if depth and piece == "]":
            depth = 0
        elif piece.startswith("["):
            depth = 1
    if "&&" in pattern and re.search(r"\[[^\]]*&&", pattern):
        raise JavaFailure(
            "PatternSyntaxException", f"The pattern {pattern!r} intersects classes.", "Use a lookahead, (?=...)."
        )
    return "".join(out)


def _as_ascii(piece: str, depth: int) -> str:
    """Returns a class such as `\\w` if the pattern's flags are not ASCII's; empty for all else."""
    if piece.lower() not in (*_ASCII, r"\b"):
        return ""
    if not depth:
        return f"(?a:{piece})"
    if piece in _ASCII:
        return _ASCII[piece]
    raise JavaFailure(
        "PatternSyntaxException",
        f"{piece} stands in brackets behind the flag u.",
        f"Write it outside: (?:[...]|{piece}).",
    )


def _one(piece: str, depth: int, *, dotall: bool) -> str:
    if piece == "." and not depth:
        return "." if dotall else _DOT
    if piece == "(?<":
        return "(?P<"
    if piece.startswith(r"\Q"):
        return re.escape(piece[2:].removesuffix(r"\E"))
    if piece.startswith((r"\p", r"\P")):
        return _named_class(piece[3:-1], depth, negated=piece[1] == "P")
    if piece.startswith(r"\x{"):
        return re.escape(chr(int(piece[3:-1], 16)))
    if len(piece) == 2 and piece[0] == "\\":
        if piece in _ESCAPES and not depth:
            return _ESCAPES[piece]
        # What needs no escape in Python must not have one if it is a letter; Java refuses those too.
        return piece
    return piece


def _named_class(name: str, depth: int, *, negated: bool) -> str:
    inside = _POSIX.get(name) or _of_category(name)
    if inside and not (negated and depth):
        return inside if depth else f"[{'^' if negated else ''}{inside}]"
    if inside:
        raise JavaFailure(
            "PatternSyntaxException",
            rf"\P{{{name}}} stands in brackets.",
            rf"Write it outside: (?:[...]|\P{{{name}}}).",
        )
    raise JavaFailure(
        "PatternSyntaxException",
        rf"The class \p{{{name}}} is not supported here.",
        rf"There are: {', '.join(_POSIX)}, and Unicode's categories: L, Lu, Ll, N, P, S, Z ....",
    )


@cache
def _of_category(name: str) -> str:
    """Returns the characters of Unicode's categories that a name stands for, as they are written in brackets.

    Empty for others.
    """
    name = name.removeprefix("Is") if _CATEGORY.fullmatch(name.removeprefix("Is")) else name
    wanted = _CATEGORIES.get(name) or ((name,) if _CATEGORY.fullmatch(name) else ())
    if not wanted:
        return ""
    found = merged((low, high) for low, high, category in _categories() if category.startswith(wanted))
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in found)


@cache
def _categories() -> Sequence[tuple[int, int, str]]:
    """Ranges of characters, each with the category that all in it have."""
    found = []
    for category, codes in groupby(range(LAST + 1), key=lambda code: unicodedata.category(chr(code))):
        several = list(codes)
        found.append((several[0], several[-1], category))
    return found


def tree_of(pattern: str, flags: int) -> Any:
    """Returns a part of a pattern as it is parsed; None if that alone is no pattern."""
    try:
        return ambiguity.tree_of(_translated(pattern, dotall=bool(flags & re.DOTALL)), flags)
    except JavaFailure:
        return None


def matches(text: str, pattern: str) -> bool:
    """Returns whether the whole text is of the pattern."""
    try:
        return compiled(pattern).fullmatch(text)
    except SlowPatternError as problem:
        raise _too_slow(problem) from None


def find(text: str, pattern: str, most: int | None = None) -> Sequence[RegexMatch]:
    """Returns the places in the text that match, from left to right: all of them, or the first `most`."""
    try:
        return compiled(pattern).find(text, most)
    except SlowPatternError as problem:
        raise _too_slow(problem) from None


def replaced(text: str, pattern: str, new: str, most: int | None = None) -> str:
    """Returns the text with `new` in the place of all that matches, or of the first `most`."""
    parts = []
    end = 0
    for found in find(text, pattern, most):
        parts += [text[end : found.start()], _replacement(new, found)]
        end = found.end()
    return "".join((*parts, text[end:]))


def _too_slow(problem: SlowPatternError) -> JavaFailure:
    return JavaFailure("TimeoutException", problem.fact, problem.remedy)


def _replacement(text: str, found: RegexMatch) -> str:
    """Returns what `$1`, `${name}` and escaped signs of a replacement stand for."""
    return re.sub(r"\\(.)|\$(\d)|\$\{(\w+)\}", lambda part: _part(part, found), text, flags=re.DOTALL)


def _part(part: re.Match[str], found: RegexMatch) -> str:
    literal, number, name = part.groups()
    if literal is not None:
        return str(literal)
    try:
        return found.group(int(number) if number is not None else name) or ""
    except IndexError:
        raise JavaFailure(
            "IndexOutOfBoundsException", f"The pattern has no group {number or name}.", "Mend the replacement."
        ) from None
