"""`Arrays` and `Collections`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.rulefiles.drl.java.collections import Fixed, Unmodifiable, UnmodifiableMap, in_order, items_of
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.lists import unsupported
from infobip_rules.rulefiles.drl.java.values import equals, text_of


def _spread(values: list[Any]) -> Fixed:
    return Fixed(values[0]) if len(values) == 1 and isinstance(values[0], Fixed) else Fixed(values)


def _sort(values: Any, order: Any = None) -> None:
    if isinstance(values, Unmodifiable | tuple):
        raise unsupported()
    if order not in (None, "reverse"):
        raise JavaFailure(
            "IllegalArgumentException", "This order is not supported.", "Give Collections.reverseOrder()."
        )
    values[:] = in_order(values)[:: -1 if order else 1]


def _fill(values: Any, value: Any) -> None:
    values[:] = [value] * len(values)


def _reverse(values: Any) -> None:
    if isinstance(values, Unmodifiable | tuple):
        raise unsupported()
    values.reverse()


def _swap(values: Any, first: int, second: int) -> None:
    values[first], values[second] = values[second], values[first]


def _extreme(choose: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def take(values: Any) -> Any:
        items = list(items_of(values))
        if not items:
            raise JavaFailure("NoSuchElementException", "The collection is empty.", "Ask isEmpty() first.")
        return choose(items)

    return take


def _copy(values: Any, start: int, end: int) -> Fixed:
    return Fixed(values[start:end])


def _copy_of(values: Any, length: int) -> Fixed:
    return Fixed([*values[:length], *[None] * (length - len(values))])


def _frequency(values: Any, value: Any) -> int:
    return sum(equals(item, value) for item in items_of(values))


def _same(first: Any, second: Any) -> bool:
    return bool(first == second)


ARRAYS = JavaClass(
    name="Arrays",
    statics={
        "asList": does(_spread, "List<T>", "Object..."),
        "toString": does(text_of, "String", "Object"),
        "sort": does(_sort, "void", "List"),
        "fill": does(_fill, "void", "List Object"),
        "equals": does(_same, "boolean", "List List"),
        "copyOf": does(_copy_of, "T", "List int"),
        "copyOfRange": does(_copy, "T", "List int int"),
    },
)

COLLECTIONS = JavaClass(
    name="Collections",
    statics={
        "emptyList": does(Unmodifiable, "List"),
        "emptySet": does(frozenset, "Set"),
        "emptyMap": does(UnmodifiableMap, "Map"),
        "singletonList": does(lambda value: Unmodifiable([value]), "List<T>", "Object"),
        "singleton": does(lambda value: frozenset([value]), "Set<T>", "Object"),
        "unmodifiableList": does(Unmodifiable, "T", "Iterable"),
        "sort": (*does(_sort, "void", "List"), *does(_sort, "void", "List Comparator")),
        "reverse": does(_reverse, "void", "List"),
        "reverseOrder": does(lambda: "reverse", "Comparator"),
        "swap": does(_swap, "void", "List int int"),
        "max": does(_extreme(max), "Object", "Iterable"),
        "min": does(_extreme(min), "Object", "Iterable"),
        "frequency": does(_frequency, "int", "Iterable Object"),
        "nCopies": (
            Method(lambda count, value: Unmodifiable([value] * min(count, 100_000)), "List", ("int", "Object")),
        ),
    },
)
