"""Conversions of values to the kind of a variable, parameter or field: widening, boxing, casts and `instanceof`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from infobip_rules.rulefiles.drl.body.closures import Closure, Compiler, constant, folded
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java import numbers
from infobip_rules.rulefiles.drl.java.collections import LinkedSet
from infobip_rules.rulefiles.drl.java.drafts import FactDraft
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import (
    BOOLEAN,
    BOXED,
    INTEGRAL,
    NULL,
    NUMERIC,
    OBJECT,
    UNBOXED,
    Kind,
    unboxed,
)
from infobip_rules.rulefiles.drl.java.library.builders import Builder
from infobip_rules.rulefiles.drl.java.library.classes import fits
from infobip_rules.rulefiles.drl.java.values import Char
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Cast, Expression, InstanceOf, SyntaxNode

Convert = Callable[[Any], Any]

#: Python's types of a kind's values, for casts and `instanceof`.
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys((*INTEGRAL, "BigInteger", "Integer", "Long", "Short", "Byte"), int),
    **dict.fromkeys(("float", "double", "Float", "Double"), float),
    "boolean": bool,
    "Boolean": bool,
    "String": str,
    "char": Char,
    "Character": Char,
    "CharSequence": (str, Builder),
    "BigDecimal": Decimal,
    "Number": (int, float, Decimal),
    "StringBuilder": Builder,
    **dict.fromkeys(("List", "ArrayList", "LinkedList"), (list, tuple)),
    **dict.fromkeys(("Collection", "Iterable"), (list, tuple, LinkedSet, set, frozenset)),
    **dict.fromkeys(("Set", "HashSet", "LinkedHashSet", "TreeSet"), (LinkedSet, set, frozenset)),
    **dict.fromkeys(("Map", "HashMap", "LinkedHashMap", "TreeMap"), dict),
    "LocalDate": date,
    "Duration": timedelta,
    **dict.fromkeys(("LocalDateTime", "ZonedDateTime", "OffsetDateTime", "Instant", "Date"), datetime),
}


def is_a(value: Any, kind: Kind) -> bool:
    """Returns whether a value, which is not null, is of this kind."""
    if kind.model is not None:
        return issubclass(value.model, kind.model) if isinstance(value, FactDraft) else isinstance(value, kind.model)
    types = _TYPES.get(kind.name)
    if types is None:
        return kind.name == "Object"
    if isinstance(value, bool) and bool not in (types if isinstance(types, tuple) else (types,)):
        return False
    if isinstance(value, Char) and types is str:
        return False
    return isinstance(value, types)


# --- into a variable, parameter or field -------------------------------------------------------------------------------


def converted(compiler: Compiler, node: SyntaxNode, typed: Closure, kind: Kind, what: str) -> Run:
    """Gives the value as `kind`; RuleError if Java would not take it (`what` names the place it goes to)."""
    wanted, given = unboxed(kind).name, unboxed(typed.kind).name
    if typed.kind == NULL:
        if kind.name in BOXED:
            raise compiler.scope.error(
                node, f"{what} is {kind}, which can't be null.", f"Declare it as {BOXED[kind.name]}."
            )
        return typed.run
    if kind.name in ("Object", "var", "Number", "Comparable") or typed.kind == kind:
        return typed.run
    if given == "Object" or typed.kind.name in ("Number", "Comparable", "T"):
        return _checked(compiler, node, typed.run, kind, what)
    convert = _widening(wanted, given, constant_value=typed.run(None) if typed.constant else None)
    if convert is not None:
        return _applied(compiler, node, typed, kind, convert)
    if not _fits(kind, typed.kind):
        raise compiler.scope.error(
            node, f"{what} is {kind}, it can't be given a {typed.kind}.", _advice(kind, typed.kind, node)
        )
    return typed.run


def _fits(kind: Kind, given: Kind) -> bool:
    if kind.model is not None and given.model is not None:
        return issubclass(given.model, kind.model) or issubclass(kind.model, given.model)
    if kind.model is not None or given.model is not None:
        return False
    collections = {"List", "Set", "Map"}
    return (
        unboxed(kind) == unboxed(given)
        or fits(kind.name, given, "loose")
        or _family(kind) == _family(given) in collections
    )


def _family(kind: Kind) -> str:
    for family in ("List", "Set", "Map"):
        if kind.name.endswith(family):
            return family
    return {"Collection": "List", "Iterable": "List"}.get(kind.name, kind.name)


def _advice(kind: Kind, given: Kind, node: SyntaxNode) -> str:
    if kind.name == "String":
        return "Write String.valueOf(...)."
    if kind.name in NUMERIC and given.name in NUMERIC:
        return f"Write ({kind.name}) before it."
    return f"Give a {kind}."


def _widening(wanted: str, given: str, *, constant_value: Any) -> Convert | None:
    """Returns how Java turns one number into another unasked; None if it does not, or nothing is to be done."""
    if given == "char" and wanted in ("int", "long", "short", "byte"):
        return ord
    if given in (*INTEGRAL, "char") and wanted in ("float", "double"):
        narrow = numbers.as_float if wanted == "float" else float
        return lambda value: narrow(float(ord(value) if isinstance(value, str) else value))
    if given in INTEGRAL and wanted in INTEGRAL:
        return _narrowed(wanted) if INTEGRAL.index(given) > INTEGRAL.index(wanted) else (lambda value: value)
    if given in INTEGRAL and wanted == "char" and isinstance(constant_value, int):
        return lambda value: Char(chr(value))
    if given == "float" and wanted == "double":
        return lambda value: value
    return None


def _narrowed(kind: str) -> Convert:
    # Java asks for a cast; whole numbers of Python's fields have no width, so what fits is taken.
    def convert(value: int) -> int:
        if numbers.WRAP[kind](value) != value:
            raise JavaFailure("ArithmeticException", f"{value} does not fit a {kind}.", "Declare the variable as long.")
        return value

    return convert


def _applied(compiler: Compiler, node: SyntaxNode, typed: Closure, kind: Kind, convert: Convert) -> Run:
    run, failing, primitive = typed.run, compiler.failing(node), kind.name in BOXED
    if typed.constant:
        try:
            fixed = convert(typed.run(None))
        except JavaFailure as problem:
            raise compiler.scope.error(node, problem.fact, problem.remedy) from None
        return constant(fixed, kind).run

    def give(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if primitive:
                raise failing.null(_text(node))
            return None
        try:
            return convert(value)
        except JavaFailure as problem:
            raise failing.error(problem) from None

    return give


def _checked(compiler: Compiler, node: SyntaxNode, run: Run, kind: Kind, what: str) -> Run:
    failing = compiler.failing(node)

    def give(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if kind.name in BOXED:
                raise failing.null(_text(node))
            return None
        wanted = unboxed(kind).name
        if wanted in ("double", "float") and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not is_a(value, kind):
            raise failing.wrong(f"{what} is {kind}, but the value is a {type(value).__name__}.", f"Give a {kind}.")
        return value

    return give


def _text(node: SyntaxNode) -> str:
    return expression_text(node) if isinstance(node, Expression) else "the value"


# --- casts -------------------------------------------------------------------------------------------------------------


def cast(compiler: Compiler, node: Cast) -> Closure:
    """Compiles `(Type) value`."""
    kind, operand = compiler.kind(node.type), compiler.value(node.operand)
    convert = casting(kind, operand.kind)
    if convert is None:
        raise compiler.scope.error(
            node, f"A {operand.kind} can't be cast to {kind}.", _advice(kind, operand.kind, node)
        )
    run, failing, primitive, change = operand.run, compiler.failing(node), kind.name in BOXED, convert

    def give(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if primitive:
                raise failing.null(expression_text(node.operand))
            return None
        try:
            return change(value)
        except JavaFailure as problem:
            raise failing.error(problem) from None

    kept = operand.kind if kind == OBJECT else kind
    return folded(Closure(give, kept), operand)


def casting(kind: Kind, given: Kind) -> Convert | None:
    """Returns how a value of one kind is cast to another; None if it can not be."""
    wanted, plain = unboxed(kind).name, unboxed(given).name
    numeric = plain in (*INTEGRAL, "float", "double", "char")
    if numeric and wanted in numbers.WRAP:
        return lambda value: numbers.whole(value, wanted)
    if numeric and wanted in ("float", "double"):
        narrow = numbers.as_float if wanted == "float" else float
        return lambda value: narrow(float(ord(value) if isinstance(value, str) else value))
    if numeric and wanted == "char":
        return lambda value: Char(chr(numbers.whole(value, "int") & 0xFFFF))
    if plain in ("Object", "Number", "Comparable") or _fits(kind, given):
        return lambda value: _cast_later(value, kind)
    return None


def _cast_later(value: Any, kind: Kind) -> Any:
    wanted = unboxed(kind).name
    if kind.name in UNBOXED or not isinstance(value, int | float) or is_a(value, kind):
        if not is_a(value, kind) and _known(kind):
            raise JavaFailure(
                "ClassCastException", f"A {_name_of(value)} is no {kind}.", f"Ask instanceof {kind} first."
            )
        return value
    if wanted in numbers.WRAP:
        return numbers.whole(value, wanted)
    if wanted in ("double", "float"):
        return float(value)
    raise JavaFailure("ClassCastException", f"A {_name_of(value)} is no {kind}.", f"Ask instanceof {kind} first.")


def _known(kind: Kind) -> bool:
    return kind.model is not None or kind.name in _TYPES


def _name_of(value: Any) -> str:
    if isinstance(value, FactDraft):
        return value.model.__name__
    return "String" if isinstance(value, str) else type(value).__name__


def instance_of(compiler: Compiler, node: InstanceOf) -> Closure:
    """Compiles `value instanceof Type`."""
    kind, operand = compiler.kind(node.type), compiler.value(node.operand)
    run = operand.run
    return Closure(lambda frame: (value := run(frame)) is not None and is_a(value, kind), BOOLEAN)
