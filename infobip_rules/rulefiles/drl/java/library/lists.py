"""The classes `List`, its subclasses, and `Iterator`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.rulefiles.drl.java.collections import Cursor, Fixed, Unmodifiable, check_room, in_order, items_of
from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure, too_large
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.values import equals


def place(values: Any, index: int) -> int:
    """Returns the index; JavaFailure where nothing stands there."""
    if not 0 <= index < len(values):
        name = "IndexOutOfBoundsException" if not isinstance(values, Fixed) else "ArrayIndexOutOfBoundsException"
        raise JavaFailure(name, f"Of {len(values)} items there is none at {index}.", "Compare with size().")
    return index


def unsupported() -> JavaFailure:
    """Returns the failure for a change of a collection that can't be changed."""
    return JavaFailure(
        "UnsupportedOperationException", "This collection can't be changed.", "Make a new ArrayList(...) of it."
    )


def _growing(values: Any) -> Any:
    if isinstance(values, Fixed | tuple):
        raise unsupported()
    check_room(values)
    return values


def _changing(values: Any) -> Any:
    if isinstance(values, Unmodifiable | tuple):
        raise unsupported()
    return values


def _add(values: list[Any], value: Any) -> bool:
    _growing(values).append(value)
    return True


def _insert(values: list[Any], at: int, value: Any) -> None:
    if at != len(values):
        place(values, at)
    _growing(values).insert(at, value)


def _add_all(values: list[Any], others: Any) -> bool:
    more = list(items_of(others))
    if len(_growing(values)) + len(more) > LARGEST:
        raise too_large("A collection", LARGEST)
    values.extend(more)
    return bool(more)


def get(values: Any, at: int) -> Any:
    """Implements `get(index)`."""
    return values[place(values, at)]


def put(values: list[Any], at: int, value: Any) -> Any:
    """Implements `set(index, value)`: gives what stood there."""
    before = values[place(values, at)]
    _changing(values)[at] = value
    return before


def _remove_at(values: list[Any], at: int) -> Any:
    place(values, at)
    return _growing_or_empty(values).pop(at)


def _growing_or_empty(values: Any) -> Any:
    if isinstance(values, Fixed | tuple):
        raise unsupported()
    return values


def index_of(values: Any, value: Any) -> int:
    """Implements `indexOf`."""
    return next((at for at, item in enumerate(values) if equals(item, value)), -1)


def _last_index_of(values: Any, value: Any) -> int:
    return next((at for at in range(len(values) - 1, -1, -1) if equals(values[at], value)), -1)


def _remove(values: list[Any], value: Any) -> bool:
    at = index_of(_growing_or_empty(values), value)
    if at >= 0:
        del values[at]
    return at >= 0


def _keep(test: Callable[[Any, Any], bool]) -> Callable[[list[Any], Any], bool]:
    def keep(values: list[Any], others: Any) -> bool:
        known = list(items_of(others))
        kept = [item for item in _growing_or_empty(values) if test(item, known)]
        changed = len(kept) != len(values)
        values[:] = kept
        return changed

    return keep


def _contains_all(values: Any, others: Any) -> bool:
    return all(index_of(values, item) >= 0 for item in items_of(others))


def _part(values: Any, start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(values):
        raise JavaFailure(
            "IndexOutOfBoundsException", f"Of {len(values)} items there is no part from {start} to {end}.", ""
        )
    return list(values[start:end])


def _sort(values: list[Any], order: Any) -> None:
    if order is not None and order != "reverse":
        raise JavaFailure(
            "IllegalArgumentException", "This order is not supported.", "Give null or Collections.reverseOrder()."
        )
    _changing(values)[:] = in_order(values)[:: -1 if order else 1]


def _clear(values: list[Any]) -> None:
    _growing_or_empty(values).clear()


COLLECTION = {
    "size": does(len, "int"),
    "isEmpty": does(lambda values: not len(values), "boolean"),
    "contains": does(lambda values, value: index_of(values, value) >= 0, "boolean", "Object"),
    "containsAll": does(_contains_all, "boolean", "Iterable"),
    "iterator": does(Cursor, "Iterator<E>"),
    "toArray": (
        *does(lambda values: Fixed(items_of(values)), "List<E>"),
        *does(lambda values, _: Fixed(items_of(values)), "List<E>", "Object"),
    ),
}

LIST = JavaClass(
    name="List",
    parents=(OBJECT_CLASS,),
    methods={
        **COLLECTION,
        "get": does(get, "E", "int"),
        "set": does(put, "E", "int Object"),
        "add": (*does(_add, "boolean", "Object"), *does(_insert, "void", "int Object")),
        "addAll": does(_add_all, "boolean", "Iterable"),
        "addLast": does(_add, "void", "Object"),
        "addFirst": does(lambda values, value: _insert(values, 0, value), "void", "Object"),
        "getFirst": does(lambda values: get(values, 0), "E"),
        "getLast": does(lambda values: get(values, len(values) - 1), "E"),
        "removeFirst": does(lambda values: _remove_at(values, 0), "E"),
        "removeLast": does(lambda values: _remove_at(values, len(values) - 1), "E"),
        "remove": (Method(_remove_at, "E", ("int",)), Method(_remove, "boolean", ("Object",))),
        "removeAll": does(_keep(lambda item, known: index_of(known, item) < 0), "boolean", "Iterable"),
        "retainAll": does(_keep(lambda item, known: index_of(known, item) >= 0), "boolean", "Iterable"),
        "clear": does(_clear, "void"),
        "indexOf": does(index_of, "int", "Object"),
        "lastIndexOf": does(_last_index_of, "int", "Object"),
        "subList": does(_part, "this", "int int"),
        "sort": does(_sort, "void", "Object"),
    },
    statics={
        "of": does(Unmodifiable, "List<T>", "Object..."),
        "copyOf": does(lambda values: Unmodifiable(items_of(values)), "List", "Iterable"),
    },
    constructors=(
        Method(list, "ArrayList", ()),
        Method(lambda _: [], "ArrayList", ("int",)),
        Method(lambda values: list(items_of(values)), "ArrayList", ("Iterable",)),
    ),
)


def _next(cursor: Cursor) -> Any:
    if cursor.at >= len(cursor.values):
        raise JavaFailure("NoSuchElementException", "The iterator is at its end.", "Ask hasNext() first.")
    cursor.at += 1
    return cursor.values[cursor.at - 1]


ITERATOR = JavaClass(
    name="Iterator",
    parents=(OBJECT_CLASS,),
    methods={
        "hasNext": does(lambda cursor: cursor.at < len(cursor.values), "boolean"),
        "next": does(_next, "E"),
    },
)
