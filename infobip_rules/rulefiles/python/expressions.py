"""Expressions over fields as `durable.lang` writes them, and refusals of what Python or `durable.lang` would guess."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from durable import lang as durable

from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.positions import CodePosition, Span, position_outside
from infobip_rules.rulefiles.python.suggestions import as_condition, in_parentheses, instead_of_call, quoted

_FRONT = (
    __name__,
    "infobip_rules.rulefiles.python.lang",
    "infobip_rules.rulefiles.loader",
    "infobip_rules.rulefiles.python.partial_run",
    "durable.lang",
)


def caller() -> str:
    """Returns `file:line` of the rule file that is being loaded."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _FRONT:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def position() -> CodePosition:
    """Returns the position in the rule file that is being evaluated, to be looked up later."""
    return position_outside(_FRONT)


def here() -> Span:
    """Returns the span of the position."""
    return position().span()


def shown(value: object) -> str:
    """Returns any value in a word or two, as the author of a rule file would call it."""
    if isinstance(value, type):
        return f"the type {value.__name__}"
    if isinstance(value, durable.rule):
        return f"{type(value).__name__}(...)"
    if value is None or isinstance(value, str | int | float | durable.value | durable.avalue):
        return repr(value)
    name = getattr(value, "__name__", None)
    return f"the function {name}" if callable(value) and isinstance(name, str) else f"a {type(value).__name__}"


def _truth(of: Any) -> NoReturn:
    span = here()
    if MOMENT.get(None) is not None:
        raise _no_value(of, span)
    meant = as_condition(span)
    raise RuleError(
        "A condition was used as true or false (by `and`, `or`, `not`, `in` or a chained comparison).",
        f"Join conditions with & and |, each in parentheses.{f' Write {meant}.' if meant else ''}",
        where=span.where(),
    )


def _no_value(of: Any, span: Span | None = None) -> RuleError:
    """Returns what to say where a condition or field stands for what only the body of a rule has: the value itself."""
    text, path = repr(of), of._left if isinstance(of._left, str) else ""
    if isinstance(of, Expression):
        remedy = "Elements are read in the body of a rule, through its argument: def answer(c): ..."
    else:
        remedy = f"Write c.<element>.{path.removeprefix('$i.') or 'text'} in the body: the field of what was matched."
    value = "the text" if path.rpartition(".")[2] in ("text", "cleanText", "keyword") else "a value"
    return RuleError(f"{text} is a condition, not {value}.", remedy, where=(span or here()).where())


def _as_value(self: Any, *_: Any) -> NoReturn:
    raise _no_value(self)


#: What Python calls where a value is asked for its text, its number or its entries.
_ASKING = (
    *("__str__", "__format__", "__int__", "__float__", "__complex__", "__index__", "__round__", "__hash__"),
    *("__iter__", "__len__", "__bytes__", "__abs__", "__reversed__"),
)


class Expression(durable.avalue):  # type: ignore[misc]  # durable is untyped
    """A value computed from fields (`m.x + 1`), or the field of an element named before (`c.order.number`).

    Unlike `durable.lang`'s own it never changes once made, so that a part of it can be used again.
    """

    def __bool__(self) -> bool:
        return _truth(self)

    def __repr__(self) -> str:
        if self._op:
            return f"({_written(self._left, self._name)} {_SIGNS.get(self._op, self._op)} {_shown_value(self._right)})"
        return _written(self._left, self._name)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        if not self._left and not self._op:
            raise RuleError(
                f"{self!r}(...) is called at the top of the file: c stands for the body's argument here, not for the body's.",
                "Call it in the body of a rule.",
                where=here().where(),
            )
        raise RuleError(f"{self!r} is a field, not a function.", "Leave the brackets out.", where=here().where())

    def __getattr__(self, name: str) -> Expression:
        if _is_pythons(name):
            raise AttributeError(name)
        if self._op:
            raise RuleError(f"A computed value has no field {name!r}.", "Read fields first.", where=here().where())
        return Expression(self._name, f"{self._left}.{name}" if self._left else name)

    def __getitem__(self, name: str) -> Expression:
        """Returns the field `name`, for names that an expression has itself: `c.order["define"]`."""
        return Expression.__getattr__(self, name)

    def __lshift__(self, other: Any) -> Any:
        if self._left or self._op:
            raise RuleError("An element is named by one word.", "Write c.order << fact(Order).", where=here().where())
        if not isinstance(other, durable.value | durable.rule):
            raise no_pattern(other, here())
        other.alias = self._name
        return other

    def _set_right(self, sign: str, other: Any) -> Expression:
        return Expression(self._name, self if self._op else self._left, None, sign, _operand(other))

    def define(self, parent_name: str | None = None) -> dict[str, Any]:
        """Returns the definition for `durable.lang`."""
        if not self._op:
            return {self._name: self._left or ""}
        left = self._left.define() if isinstance(self._left, Expression) else {self._name: self._left}
        return {self._op: {"$l": left, "$r": _defined(self._right)}}


class Condition(durable.value):  # type: ignore[misc]  # durable is untyped
    """A `durable.lang` expression over the fields of one element (`m`) or of one entry of a list (`item`)."""

    #: Whether it stands for an element of a rule, not for a condition on one.
    is_element = False

    def __bool__(self) -> bool:
        return _truth(self)

    def __repr__(self) -> str:
        mine = _written(self._left, self._type) if not isinstance(self._left, durable.value) else repr(self._left)
        if self._op in ("$ex", "$nex"):
            return f"{'+' if self._op == '$ex' else '-'}{mine}"
        if word := _WORDS.get(self._op):
            return f"{mine}.{word}({_shown_value(self._right)})"
        return f"{mine} {_SIGNS.get(self._op, self._op)} {_shown_value(self._right)}" if self._op else mine

    def __call__(self, *arguments: Any, **named: Any) -> NoReturn:
        span = here()
        field, _, word = str(self._left or "").rpartition(".")
        if self._op or not word:
            raise RuleError(f"{self!r} is a condition, not a function.", "Leave the brackets out.", where=span.where())
        mine = f"m.{field}" if field else "m"
        if MOMENT.get(None) is not None and field:
            raise _no_value(Condition(self._type, field), span)
        meant = instead_of_call(mine, word, arguments)
        raise RuleError(f"{mine}.{word}(...) is no condition.", meant, where=span.where(word))

    def __contains__(self, part: Any) -> bool:
        pattern = f'"(?s).*{part}.*"' if isinstance(part, str) else '".*A.*"'
        raise RuleError(
            f"`in` asks {self!r} for a part of it while the file is loaded, when there is no text yet.",
            f"Write {self!r}.matches({pattern}).",
            where=here().where(),
        )

    def __getitem__(self, name: str) -> Condition:
        """Returns the field `name`, for names that a `durable.lang` expression has itself: `m["alias"]`, `m["matches"]`."""
        named: Condition = Condition.__getattr__(self, name)
        return named

    def __invert__(self) -> NoReturn:
        raise RuleError("`~` is not a condition.", "Write the opposite comparison, or none(...).", where=here().where())

    def define(self, parent_name: str | None = None) -> dict[str, Any]:
        """Returns the definition for `durable.lang`."""
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
            plain.__dict__["_spot"] = position()
        elif type(plain) is durable.avalue:
            plain = Expression(plain._name, plain._left, None, plain._op, _operand(plain._right))
        return plain


_SIGNS = {
    "$eq": "==",
    "$neq": "!=",
    "$lt": "<",
    "$lte": "<=",
    "$gt": ">",
    "$gte": ">=",
    "$and": "&",
    "$or": "|",
    "$add": "+",
    "$sub": "-",
    "$mul": "*",
    "$div": "/",
}
_WORDS = {"$mt": "matches", "$imt": "imatches", "$iany": "anyItem", "$iall": "allItems"}


def no_pattern(value: object, span: Span) -> RuleError:
    """Returns the fact and remedy for a value in place of a pattern."""
    if isinstance(value, type):
        word = "signal" if getattr(value, "entry_point", None) else "fact"
        return RuleError(
            f"{value.__name__} is not a pattern, but the type to look for.",
            f"Write {word}({value.__name__}).",
            where=span.where(value.__name__),
        )
    return RuleError(f"{shown(value)} is not a pattern.", "Write signal(...) or fact(...).", where=span.where())


def _written(path: object, name: str) -> str:
    if isinstance(path, durable.value | durable.avalue):
        return repr(path)
    if name == "$i":
        return "item" + str(path or "").removeprefix("$i")
    base = "m" if name == "$m" else f"c.{name}"
    return f"{base}.{path}" if path else base


def _shown_value(value: Any) -> str:
    if isinstance(value, durable.value) and value._op in ("$and", "$or"):
        return f"({value!r})"
    return quoted(value)


def _is_pythons(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _defined(side: Any) -> Any:
    return side.define() if isinstance(side, durable.value | durable.avalue) else side


def _operand(other: Any) -> Any:
    if isinstance(other, durable.value) and other._op:
        raise RuleError("A condition can't be computed with.", "Compute with fields and numbers.", where=here().where())
    if isinstance(other, Mapping):  # it could not be distinguished from an expression
        raise RuleError(
            "A field can't be compared with a dict.", 'Compare one key: m.notes.city == "Zadar".', where=here().where()
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
                f"Put each comparison in parentheses, and compare fields only{_meant_here()}.",
                where=here().where(),
            )
        if not self._left and name != "__getattr__":
            raise RuleError("m was compared as a whole.", "Name a field of it: m.keyword.", where=here().where())
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
                f"Put each comparison in parentheses{_meant_here()}; for elements write all(...) or any(...).",
                where=here().where(),
            )
        return Condition._of(operator(self, other))

    wrapper.__name__ = name
    return wrapper


def _meant_here() -> str:
    meant = in_parentheses(here())
    return f": {meant}" if meant else ""


def _torn_apart(self: Any, other: Any) -> NoReturn:
    """Refuses `"A" | m.keyword`, as in `m.keyword == "A" | m.keyword == "B"`."""
    span = here()
    meant = in_parentheses(span) or f"({self!r} == {_shown_value(other)}) | (...)"
    raise RuleError(
        f"& and | bind closer than ==: {span.text() or repr(self)} was computed first.",
        f"Put each comparison in parentheses: {meant}.",
        where=span.where(),
    )


def _value_first(self: Any, other: Any) -> NoReturn:
    """Refuses `"You wrote " + m.text`, or `1 + m.total`."""
    if MOMENT.get(None) is not None or isinstance(other, str):
        raise _no_value(self)
    if self._op and isinstance(self, Condition):
        _operand(self)
    raise RuleError(
        "A computed value begins with a field.", f"Put the field first: {self!r} + {other!r}.", where=here().where()
    )


def _on_computed(self: Expression, *others: Any) -> NoReturn:
    if any(isinstance(value, durable.value) and getattr(value, "is_element", False) is True for value in others):
        raise RuleError(
            f"{self!r} is compared with a pattern.", f"Name an element with <<: {self!r} << ...", where=here().where()
        )
    raise RuleError(
        "A computed value, or a field of another element, stands on the left of a comparison.",
        "Put the field of this element on the left: m.total > c.order.total + 1.",
        where=here().where(),
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
for _kind in (Condition, Expression):
    for _name in _ASKING:
        setattr(_kind, _name, _as_value)
    for _name in ("__ror__", "__rand__"):
        setattr(_kind, _name, _torn_apart)
    for _name in ("__radd__", "__rsub__", "__rmul__", "__rtruediv__"):
        setattr(_kind, _name, _value_first)


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
