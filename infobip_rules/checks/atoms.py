"""Constraints read back from their text: which of them exclude, and which imply each other."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, product
from typing import Any

from infobip_rules.engine.rules.model import Constraint
from infobip_rules.errors import RuleError
from infobip_rules.regex.patterns import Regex, SlowPatternError
from infobip_rules.rulefiles.python.regex import compile_pattern

#: Ways of holding that are looked through before a condition counts as too intricate.
_MOST_WAYS = 256
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIGNS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FLAGS = {"matches": re.NOFLAG, "imatches": re.IGNORECASE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Atom:
    """One comparison of a field with a literal; `matches` and `imatches` compare with a pattern."""

    path: str
    sign: str
    value: Any
    text: str

    def holds(self, value: Any) -> bool:
        """Returns whether it holds of a field with this value; True if that is not known."""
        try:
            if self.sign in _FLAGS:
                pattern = _pattern(self.value, _FLAGS[self.sign])
                return isinstance(value, str) and pattern.fullmatch(value)
            if self.sign not in ("==", "!=") and (value is None or self.value is None):
                return False
            return bool(_COMPARE[self.sign](value, self.value))
        except TypeError:
            return self.sign == "!="
        except (RuleError, SlowPatternError):
            return True


@cache
def _pattern(text: str, flags: re.RegexFlag) -> Regex:
    return compile_pattern(text, flags, "")


#: Atoms that hold together.
Way = tuple[Atom, ...]


def ways(constraint: Constraint) -> Sequence[Way]:
    """Returns the ways in which a constraint can hold, as far as its text can be read; one without atoms says nothing."""
    found = _read(constraint.text)
    if found == ((),) and constraint.equals is not None:
        path, value = constraint.equals
        return [(Atom(path=path, sign="==", value=value, text=constraint.text),)]
    return found


@cache
def _read(text: str) -> tuple[Way, ...]:
    try:
        found = tuple(islice(_ways(ast.parse(text, mode="eval").body), _MOST_WAYS + 1))
    except (SyntaxError, ValueError, RecursionError):
        return ((),)
    return found if len(found) <= _MOST_WAYS else ((),)


def exclusion(constraints: Iterable[Constraint]) -> tuple[str, str] | None:
    """Returns two conditions that exclude each other; None if all of them may hold together."""
    found: tuple[str, str] | None = None
    for number, together in enumerate(product(*map(ways, constraints))):
        pair = _excluding([atom for way in together for atom in way])
        if pair is None or number > _MOST_WAYS:
            return None
        found = found or pair
    return found


def implies(known: Sequence[Constraint], asked: Constraint) -> bool:
    """Returns whether `asked` holds wherever all of `known` do; False if that is not known."""
    if any(constraint.text == asked.text for constraint in known):
        return True
    fixed = {atom.path: atom.value for constraint in known for atom in _only(ways(constraint)) if atom.sign == "=="}
    return any(way and all(atom.path in fixed and atom.holds(fixed[atom.path]) for atom in way) for way in ways(asked))


def patterns_matched(constraints: Iterable[Constraint]) -> frozenset[tuple[str, str, str]]:
    """Returns the regular expressions that fields are matched with: field, `matches` or `imatches`, expression."""
    return frozenset(match for constraint in constraints for match in _matched(constraint.text))


@cache
def _matched(text: str) -> frozenset[tuple[str, str, str]]:
    atoms = [atom for way in _read(text) for atom in way]
    return frozenset((atom.path, atom.sign, atom.value) for atom in atoms if atom.sign in _FLAGS)


def _only(found: Sequence[Way]) -> Way:
    return found[0] if len(found) == 1 else ()


def _excluding(atoms: Sequence[Atom]) -> tuple[str, str] | None:
    for first, other in combinations(atoms, 2):
        if first.path == other.path and (_exclude(first, other) or _exclude(other, first)):
            return first.text, other.text
    return None


def _exclude(first: Atom, second: Atom) -> bool:
    if first.sign == "==":
        return not second.holds(first.value)
    if first.sign not in (">", ">=") or second.sign not in ("<", "<="):
        return False
    strict = (first.sign, second.sign) != (">=", "<=")
    try:
        return bool(first.value > second.value or (strict and first.value == second.value))
    except TypeError:
        return False


def _ways(node: ast.expr) -> Iterator[Way]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from _ways(left)
            yield from _ways(right)
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            for first, other in product(_ways(left), list(_ways(right))):
                yield first + other
        case _:
            atom = _atom(node)
            yield () if atom is None else (atom,)


def _atom(node: ast.expr) -> Atom | None:
    match node:
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _SIGNS:
            return _made(left, _SIGNS[type(sign)], right, node)
        case ast.Call(func=ast.Attribute(value=left, attr="matches" | "imatches" as sign), args=[right], keywords=[]):
            return _made(left, sign, right, node)
        case ast.UnaryOp(op=ast.UAdd(), operand=left):
            return _made(left, "!=", ast.Constant(None), node)
        case ast.UnaryOp(op=ast.USub(), operand=left):
            return _made(left, "==", ast.Constant(None), node)
    return None


def _made(left: ast.expr, sign: str, right: ast.expr, whole: ast.expr) -> Atom | None:
    path = _path(left)
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return None
    if not path or (sign in _FLAGS and not isinstance(value, str)):
        return None
    return Atom(path=path, sign=sign, value=value, text=ast.unparse(whole))


def _path(node: ast.expr) -> str:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    if node.id != "m" or not names:  # DRL names fields alone
        names.append(node.id)
    return ".".join(reversed(names))
