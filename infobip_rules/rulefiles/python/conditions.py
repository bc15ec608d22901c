"""Conditions of `durable.lang`, compiled to predicates on typed objects.

`durable.lang` defines an expression as a JSON-like tree, e.g. `{"$and": [{"keyword": "STOP"}, {"$gt": {"smsCount":
1}}]}`. Meaning follows Drools as far as Drools defines it: a comparison with a null is false but for `==` and `!=`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import BaseModel

from infobip_rules.engine.rules import fields
from infobip_rules.engine.rules.model import Constraint
from infobip_rules.errors import EvaluationError, RuleError
from infobip_rules.regex.patterns import SlowPatternError
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError
from infobip_rules.rulefiles.python import regex

#: Reads a value from the current object and those matched before.
Value: TypeAlias = Callable[[Any, tuple[Any, ...]], Any]
Tree: TypeAlias = Mapping[str, Any]

_ARITHMETIC: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "$add": ("+", operator.add),
    "$sub": ("-", operator.sub),
    "$mul": ("*", operator.mul),
    "$div": ("/", operator.truediv),
}
_ORDER: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "$lt": ("<", operator.lt),
    "$lte": ("<=", operator.le),
    "$gt": (">", operator.gt),
    "$gte": (">=", operator.ge),
}
_MATCHES = {"$mt": ("matches", 0), "$imt": ("imatches", re.IGNORECASE)}
_STATE = "The state `s` of durable-rules is not supported."
_ITEM_ALONE = "`item` stands outside anyItem and allItems."
_LISTS = (list, tuple, set, frozenset)
#: What can be multiplied; text and lists would only grow.
_FACTORS = (int, float, Decimal, timedelta)
_ITEMS = {"$iany": ("anyItem", any), "$iall": ("allItems", all)}


@dataclass(kw_only=True)
class ConditionScope:
    """Where a condition stands: the type it is about, the elements named before it, and what it was found to read."""

    kind: type[BaseModel]
    #: Position and type of each element named before.
    earlier: Mapping[str, tuple[int, type[BaseModel]]]
    where: str
    #: Names of elements whose own patterns are wrong: what refers to them is not reported.
    unreadable: Collection[str] = ()
    read: set[str] = field(default_factory=set)
    joined: dict[int, set[str]] = field(default_factory=dict)

    def own(self, path: str) -> tuple[Callable[[Any], Any], Any]:
        """Returns reader and type of a field of the element itself."""
        if path.split(".", 1)[0] == "$i":
            raise RuleError(_ITEM_ALONE, "Write m.list.anyItem(item == ...).", where=self.where)
        attribute, kind = fields.resolve(self.kind, path, self.where)
        self.read.add(attribute.split(".", 1)[0])
        return fields.reader(attribute), kind

    def other(self, alias: str, path: str) -> tuple[int, Callable[[Any], Any], Any]:
        """Returns position, reader and type of a field of an element named before."""
        if alias not in self.earlier and alias in self.unreadable:
            raise FollowUpError(f"c.{alias} is left out.", where=self.where)
        if alias not in self.earlier:
            known = fields.closest(alias, list(self.earlier)) if self.earlier else "No element is named before it."
            fact = f"c.{alias}.{path} refers to no earlier element."
            raise RuleError(fact, known, where=self.where, word=alias)
        position, kind = self.earlier[alias]
        attribute, kind_there = fields.resolve(kind, path, self.where)
        self.joined.setdefault(position, set()).add(attribute.split(".", 1)[0])
        return position, fields.reader(attribute), kind_there


def compile_condition(tree: Tree, scope: ConditionScope) -> list[Constraint]:
    """Compiles the constraints that `tree` is made of: one for each part joined by `&`."""
    if not isinstance(tree, Mapping):
        raise RuleError(f"{tree!r} is not a condition.", "Compare a field: m.keyword == ...", where=scope.where)
    if "$and" in tree:
        return [constraint for part in tree["$and"] for constraint in compile_condition(part, scope)]
    scope.read, scope.joined = set(), {}
    text, predicate, equals = _compile(tree, scope)
    return [
        Constraint(
            text=text,
            predicate=predicate,
            fields=frozenset(scope.read),
            joins={position: frozenset(names) for position, names in scope.joined.items()},
            equals=equals,
        )
    ]


_Compiled: TypeAlias = tuple[str, Callable[[Any, tuple[Any, ...]], bool], "tuple[str, Any] | None"]


def _compile(tree: Tree, scope: ConditionScope) -> _Compiled:
    (name, body), *rest = tree.items()
    if rest:
        raise RuleError(
            f"The condition {tree!r} is not understood.", "Join conditions with & and |.", where=scope.where
        )
    if name in ("$and", "$or"):
        return _joined(name, body, scope)
    if name in ("$ex", "$nex"):
        return _presence(name, next(iter(body)), scope)
    if name in _ORDER:
        return _ordered(name, *_only(body), scope)
    if name == "$neq":
        return _unequal(*_only(body), scope)
    if name in _MATCHES:
        return _matched(name, *_only(body), scope)
    if name in _ITEMS:
        return _items(name, *_only(body), scope)
    if name == "$m":
        raise _alone(body, scope)
    if name == "$s":
        raise RuleError(_STATE, "Keep it as a fact.", where=scope.where)
    if name.startswith("$") and not name.startswith("$i"):
        raise RuleError(f"{name} is not supported here.", "See the table of conditions in the docs.", where=scope.where)
    return _equal(name, body, scope)


def _alone(path: str, scope: ConditionScope) -> RuleError:
    if not path:
        return RuleError("m alone is not a condition.", "Name a field of it: m.keyword == ...", where=scope.where)
    kind = scope.own(path)[1]
    if kind is bool:
        remedy = f"Write m.{path} == True (+m.{path} asks whether it is there)."
    else:
        remedy = f"Write +m.{path} for 'is present', or compare it."
    return RuleError(f"m.{path} alone is not a condition.", remedy, where=scope.where)


def _only(body: Tree) -> tuple[str, Any]:
    return next(iter(body.items()))


def _joined(name: str, parts: list[Tree], scope: ConditionScope) -> _Compiled:
    compiled = [_compile(part, scope) for part in parts]
    predicates = tuple(predicate for _, predicate, _ in compiled)
    text = f" {'&' if name == '$and' else '|'} ".join(f"({text})" for text, _, _ in compiled)
    fold = all if name == "$and" else any
    return text, lambda obj, before: fold(predicate(obj, before) for predicate in predicates), None


def _presence(name: str, path: str, scope: ConditionScope) -> _Compiled:
    read, _ = scope.own(path)
    if name == "$ex":
        return f"+m.{path}", lambda obj, _: read(obj) is not None, None
    return f"-m.{path}", lambda obj, _: read(obj) is None, None


def _equal(path: str, right: Any, scope: ConditionScope) -> _Compiled:
    read, kind = scope.own(path)
    text, value, literal = _right(path, kind, right, scope)
    if value is None:
        # An index finds values only if equal ones have equal hashes.
        indexed = "." not in path and kind in (str, bool, int, float) and isinstance(literal, str | int)
        index = (fields.resolve(scope.kind, path, scope.where)[0], literal) if indexed else None
        return f"m.{path} == {text}", lambda obj, _: read(obj) == literal, index
    return f"m.{path} == {text}", lambda obj, before: read(obj) == value(obj, before), None


def _unequal(path: str, right: Any, scope: ConditionScope) -> _Compiled:
    read, kind = scope.own(path)
    text, value, literal = _right(path, kind, right, scope)
    if value is None:
        return f"m.{path} != {text}", lambda obj, _: read(obj) != literal, None
    return f"m.{path} != {text}", lambda obj, before: read(obj) != value(obj, before), None


def _ordered(name: str, path: str, right: Any, scope: ConditionScope) -> _Compiled:
    sign, compare = _ORDER[name]
    read, kind = scope.own(path)
    text, value, literal = _right(path, kind, right, scope)
    if value is None and literal is None:
        raise RuleError(f"m.{path} {sign} None is never true.", "Write +m.x or -m.x to ask whether it is there.",
                        where=scope.where)  # fmt: skip

    def ordered(obj: Any, before: tuple[Any, ...]) -> bool:
        mine, other = read(obj), literal if value is None else value(obj, before)
        try:
            return mine is not None and other is not None and bool(compare(mine, other))
        except TypeError:  # in a field of any type: what can't be ordered is neither less nor greater
            return False

    return f"m.{path} {sign} {text}", ordered, None


def _matched(name: str, path: str, pattern: Any, scope: ConditionScope) -> _Compiled:
    word, flags = _MATCHES[name]
    read, kind = scope.own(path)
    if kind not in (str, Any):
        raise RuleError(f"m.{path}.{word}() needs text, {path!r} is {_named(kind)}.", "Compare it.", where=scope.where)
    if not isinstance(pattern, str):
        raise RuleError(f"m.{path}.{word}() takes a pattern in quotes, not {pattern!r}.", "", where=scope.where)
    full, where = regex.compile_pattern(pattern, flags, scope.where).fullmatch, scope.where

    def matched(obj: Any, _: tuple[Any, ...]) -> bool:
        text = read(obj)
        try:
            return isinstance(text, str) and full(text)
        except SlowPatternError as problem:
            # Which rule it is of is found by its place: patterns are compiled before their rule has a name.
            raise EvaluationError(problem.fact, problem.remedy, where=where) from None

    return f"m.{path}.{word}({pattern!r})", matched, None


def _items(name: str, path: str, tree: Any, scope: ConditionScope) -> _Compiled:
    word, fold = _ITEMS[name]
    read, kind = scope.own(path)
    if kind is not Any and fields.origin(kind) not in _LISTS:
        raise RuleError(
            f"m.{path}.{word}() needs a list, {path!r} is {_named(kind)}.", "Compare it.", where=scope.where
        )
    if not isinstance(tree, Mapping):
        raise RuleError(f"m.{path}.{word}() takes a condition on item.", "Write item == ... or item.x == ...",
                        where=scope.where)  # fmt: skip
    text, holds = _item_condition(tree, scope)

    def any_or_all(obj: Any, before: tuple[Any, ...]) -> bool:
        entries = read(obj)
        # As in durable-rules, an empty list matches neither.
        return isinstance(entries, _LISTS) and bool(entries) and fold(holds(entry, before) for entry in entries)

    return f"m.{path}.{word}({text})", any_or_all, None


def _item_condition(tree: Tree, scope: ConditionScope) -> tuple[str, Callable[[Any, tuple[Any, ...]], bool]]:
    entry = _ItemScope(
        kind=scope.kind,
        earlier=scope.earlier,
        where=scope.where,
        unreadable=scope.unreadable,
        joined=scope.joined,
    )
    text, predicate, _ = _compile(tree, entry)
    return text.replace("m.$i", "item"), predicate


class _ItemScope(ConditionScope):
    """Inside `anyItem` and `allItems`: `$i` is the entry, `$i.name` a field or key of it, of any type."""

    def own(self, path: str) -> tuple[Callable[[Any], Any], Any]:
        first, _, rest = path.partition(".")
        if first != "$i":
            raise RuleError(
                f"m.{path} stands inside anyItem or allItems.",
                "Only item, and elements named before, can be read there.",
                where=self.where,
            )
        if not rest:
            return (lambda entry: entry), Any
        names = rest.split(".")

        def read(entry: Any) -> Any:
            for name in names:
                entry = entry.get(name) if isinstance(entry, Mapping) else getattr(entry, name, None)
            return entry

        return read, Any


def _named(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


def _right(path: str, kind: Any, right: Any, scope: ConditionScope) -> tuple[str, Value | None, Any]:
    """Returns the right side's text and either how to compute it or the literal it is."""
    if isinstance(right, Mapping):
        text, value, other = _expression(right, scope)
        fields.check_kinds(path, kind, text, other, scope.where)
        return text, value, None
    fields.check_literal(path, kind, right, scope.where)
    return repr(right), None, right


def _expression(tree: Any, scope: ConditionScope) -> tuple[str, Value, Any]:
    """Compiles a right side: returns its text, how to compute it, and its type."""
    if not isinstance(tree, Mapping):
        return repr(tree), lambda _obj, _before: tree, type(tree)
    ((name, body),) = tree.items()
    if name in _ARITHMETIC:
        return _arithmetic(name, body, scope)
    if name == "$s" or not isinstance(body, str):
        raise RuleError(_STATE, "Keep it as a fact.", where=scope.where)
    if not body:
        shown = "m" if name == "$m" else f"c.{name}"
        raise RuleError(f"{shown} alone is not a value.", f"Name a field of it: {shown}.x.", where=scope.where)
    if name in ("$m", "$i"):
        own, kind = scope.own(body)
        return f"m.{body}", lambda obj, _: own(obj), kind
    position, read, kind = scope.other(name, body)
    return f"c.{name}.{body}", lambda _, before: read(before[position]), kind


def _arithmetic(name: str, body: Tree, scope: ConditionScope) -> tuple[str, Value, Any]:
    sign, compute = _ARITHMETIC[name]
    left_text, left, left_kind = _expression(body["$l"], scope)
    right_text, right, right_kind = _expression(body["$r"], scope)
    text = f"({left_text} {sign} {right_text})"
    fields.check_computable(text, sign, (left_kind, right_kind), scope.where)

    def value(obj: Any, before: tuple[Any, ...]) -> Any:
        first, two = left(obj, before), right(obj, before)
        if (
            first is None
            or two is None
            or (name == "$mul" and not (isinstance(first, _FACTORS) and isinstance(two, _FACTORS)))
        ):
            return None  # as a null: no comparison with it holds
        try:
            return compute(first, two)
        except (TypeError, ArithmeticError):  # no number in a field of any type, a division by zero
            return None

    return text, value, Any
