"""The class `Set` and its subclasses."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.java.collections import HashSet, LinkedSet, TreeSet, items_of
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.lists import COLLECTION, unsupported
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS


def _changing(values: Any) -> LinkedSet:
    if not isinstance(values, LinkedSet):
        raise unsupported()
    return values


def _add(values: Any, value: Any) -> bool:
    return _changing(values).add(value)


def _add_all(values: Any, others: Any) -> bool:
    return any([_add(values, item) for item in items_of(others)])  # noqa: C419 - all of them are to be added


def _remove_all(values: Any, others: Any) -> bool:
    return any([_changing(values).discard(item) for item in list(items_of(others))])  # noqa: C419 - all are to be removed


def _retain_all(values: Any, others: Any) -> bool:
    kept = list(items_of(others))
    return _remove_all(values, [item for item in items_of(values) if item not in kept])


def _end(at: int) -> Any:
    def take(values: Any) -> Any:
        if not len(values):
            raise JavaFailure("NoSuchElementException", "The set is empty.", "Ask isEmpty() first.")
        return list(items_of(values))[at]

    return take


def _of(values: list[Any]) -> frozenset[Any]:
    return frozenset(values)


def _class(name: str, make: type[LinkedSet]) -> JavaClass:
    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={
            **COLLECTION,
            "contains": does(lambda values, value: value in values, "boolean", "Object"),
            "containsAll": does(
                lambda values, others: all(item in values for item in items_of(others)), "boolean", "Iterable"
            ),
            "add": does(_add, "boolean", "Object"),
            "addAll": does(_add_all, "boolean", "Iterable"),
            "remove": does(lambda values, value: _changing(values).discard(value), "boolean", "Object"),
            "removeAll": does(_remove_all, "boolean", "Iterable"),
            "retainAll": does(_retain_all, "boolean", "Iterable"),
            "clear": does(lambda values: _changing(values).entries.clear(), "void"),
            **({"first": does(_end(0), "E"), "last": does(_end(-1), "E")} if make is TreeSet else {}),
        },
        statics={
            "of": does(_of, "Set<T>", "Object..."),
            "copyOf": does(lambda values: frozenset(items_of(values)), "Set", "Iterable"),
        },
        constructors=(
            Method(make, name, ()),
            Method(lambda _: make(), name, ("int",)),
            Method(lambda values: make(items_of(values)), name, ("Iterable",)),
        ),
    )


SET = _class("HashSet", HashSet)
LINKED_SET = _class("LinkedHashSet", LinkedSet)
TREE_SET = _class("TreeSet", TreeSet)
