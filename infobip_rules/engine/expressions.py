"""Expressions over fields as `durable.lang` writes them, and refusals where Python or `durable.lang` would guess."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from durable import lang as durable

from infobip_rules.errors import RuleError

_FRONT = (__name__, "infobip_rules.engine.lang", "infobip_rules.engine.loader", "durable.lang")


def caller() -> str:
    """`file:line` of the rule file that is being loaded."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _FRONT:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _truth() -> NoReturn:
    raise RuleError(
        "A condition was used as true or false (by `and`, `or`, `not`, `in` or a chained comparison).",
        "Join conditions with & and |, each in parentheses.",
        where=caller(),
    )


class Expression(durable.avalue):  # type: ignore[misc]  # durable is untyped
    """A value computed from fields (`m.x + 1`), or the field of an element named before (`c.order.number`).

    Unlike `durable.lang`'s own it never changes once made, so that a part of it can be used again.
    """

    def __bool__(self) -> bool:
        return _truth()

    def __getattr__(self, name: str) -> Expression:
        if _is_pythons(name):
            raise AttributeError(name)
        if self._op:
            raise RuleError(f"A computed value has no field {name!r}.", "Read fields first.", where=caller())
        return Expression(self._name, f"{self._left}.{name}" if self._left else name)

    def __getitem__(self, name: str) -> Expression:
        """The field `name`, for names that an expression has itself: `c.order["define"]`."""
        return Expression.__getattr__(self, name)

    def __lshift__(self, other: Any) -> Any:
        if self._left or self._op:
            raise RuleError("An element is named by one word.", "Write c.order << fact(Order).", where=caller())
        if not isinstance(other, durable.value | durable.rule):
            raise RuleError(f"{other!r} is not a pattern.", "Write signal(...) or fact(...).", where=caller())
        other.alias = self._name
        return other

    def _set_right(self, sign: str, other: Any) -> Expression:
        return Expression(self._name, self if self._op else self._left, None, sign, _operand(other))

    def define(self, parent_name: str | None = None) -> dict[str, Any]:
        """As `durable.lang` defines it: `{"$add": {"$l": {"order": "total"}, "$r": 1}}`."""
        if not self._op:
            return {self._name: self._left or ""}
        left = self._left.define() if isinstance(self._left, Expression) else {self._name: self._left}
        return {self._op: {"$l": left, "$r": _defined(self._right)}}


class Condition(durable.value):  # type: ignore[misc]  # durable is untyped
    """A `durable.lang` expression over the fields of one element (`m`) or of one entry of a list (`item`)."""

    #: Whether it stands for an element of a rule, not for a condition on one.
    is_element = False

    def __bool__(self) -> bool:
        return _truth()

    def __getitem__(self, name: str) -> Condition:
        """The field `name`, for names that a `durable.lang` expression has itself: `m["alias"]`, `m["matches"]`."""
        named: Condition = Condition.__getattr__(self, name)
        return named

    def __invert__(self) -> NoReturn:
        raise RuleError("`~` is not a condition.", "Write the opposite comparison, or none(...).", where=caller())

    def define(self, parent_name: str | None = None) -> dict[str, Any]:
        """As `durable.lang` defines it: `{"$gt": {"smsCount": 1}}`."""
        right = _defined(self._right)
        if self._op in ("$and", "$or"):
            left = self._left.define()
            return {self._op: [*left.get(self._op, [left]), right]}
        if self._op in ("$ex", "$nex"):
            return {self._op: {self._left: 1}}
        if self._op == "$eq":
            return {self._left: right}
        return {self._op: {self._left: right}} if self._op else {self._type: self._left or ""}

    @staticmethod
    def _of(plain: Any) -> Any:
        if type(plain) is durable.value:
            plain.__class__ = Condition
        elif type(plain) is durable.avalue:
            plain = Expression(plain._name, plain._left, None, plain._op, _operand(plain._right))
        return plain


def _is_pythons(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _defined(side: Any) -> Any:
    return side.define() if isinstance(side, durable.value | durable.avalue) else side


def _operand(other: Any) -> Any:
    if isinstance(other, durable.value) and other._op:
        raise RuleError("A condition can't be computed with.", "Compute with fields and numbers.", where=caller())
    if isinstance(other, Mapping):  # it could not be told from an expression
        raise RuleError(
            "A field can't be compared with a dict.", 'Compare one key: m.notes.city == "Zadar".', where=caller()
        )
    return other


def _on_field(name: str) -> Callable[..., Any]:
    """Operators of a field: what is a comparison already can't be compared once more, or have fields."""
    operator = getattr(durable.value, name)

    def wrapper(self: Condition, *args: Any) -> Any:
        if name == "__getattr__" and _is_pythons(args[0]):
            raise AttributeError(args[0])
        if self._op:
            raise RuleError(
                "A condition was taken for a field (`-m.x == 1`, or a comparison without its parentheses).",
                "Put each comparison in parentheses, and compare fields only.",
                where=caller(),
            )
        if not self._left and name != "__getattr__":
            raise RuleError("m was compared as a whole.", "Name a field of it: m.keyword.", where=caller())
        if args and isinstance(args[0], Mapping):
            _operand(args[0])
        return Condition._of(operator(self, *args))

    wrapper.__name__ = name
    return wrapper


def _on_condition(name: str) -> Callable[..., Any]:
    operator = getattr(durable.value, name)

    def wrapper(self: Condition, other: Any) -> Any:
        if not isinstance(other, durable.value) or self.is_element or getattr(other, "is_element", False) is True:
            raise RuleError(
                "& and | join conditions on one element.",
                "Put each comparison in parentheses; for elements write all(...) or any(...).",
                where=caller(),
            )
        return Condition._of(operator(self, other))

    wrapper.__name__ = name
    return wrapper


def _on_computed(self: Expression, *_: Any) -> NoReturn:
    raise RuleError(
        "A computed value, or a field of another element, stands on the left of a comparison.",
        "Put the field of this element on the left: m.total > c.order.total + 1.",
        where=caller(),
    )


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__neg__", "__pos__"):
    setattr(Expression, _name, _on_computed)
for _name in (
    *("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__", "__neg__", "__pos__"),
    *("__add__", "__sub__", "__mul__", "__truediv__", "__getattr__", "allItems", "anyItem", "matches", "imatches"),
):
    setattr(Condition, _name, _on_field(_name))
for _name in ("__and__", "__or__"):
    setattr(Condition, _name, _on_condition(_name))


class _Names(durable.closure):  # type: ignore[misc]  # durable is untyped
    def __getattr__(self, name: str) -> Expression:
        if _is_pythons(name):
            raise AttributeError(name)
        return Expression(name)


#: The element a condition is about.
m = Condition("$m")
#: The entry of a list that `anyItem` and `allItems` are about.
item = Condition("$i", "$i")
#: Names elements (`c.signal << ...`) and refers to those named before (`m.number == c.order.number`).
c = _Names()
