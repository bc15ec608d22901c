"""The classes `Map`, its subclasses, and `Map.Entry`."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.java.collections import (
    Entry,
    HashMap,
    LinkedMap,
    LinkedSet,
    TreeMap,
    UnmodifiableMap,
    check_room,
)
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.hashes import hash_of
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, does
from infobip_rules.rulefiles.drl.java.library.lists import unsupported
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.values import equals, text_of


def put(entries: Any, key: Any, value: Any) -> Any:
    """Implements `put`: gives what the key had before."""
    if isinstance(entries, UnmodifiableMap):
        raise unsupported()
    before = entries.get(key)
    if key not in entries:
        check_room(entries)
    entries[key] = value
    return before


def _put_all(entries: Any, others: Any) -> None:
    for key in others:
        put(entries, key, others[key])


def _put_if_absent(entries: Any, key: Any, value: Any) -> Any:
    before = entries.get(key)
    if before is None:
        put(entries, key, value)
    return before


def _remove(entries: Any, key: Any) -> Any:
    if isinstance(entries, UnmodifiableMap):
        raise unsupported()
    return entries.pop(key, None)


def _replace(entries: Any, key: Any, value: Any) -> Any:
    return put(entries, key, value) if key in entries else None


def _get_or_default(entries: Any, key: Any, default: Any) -> Any:
    return entries.get(key, default)


def _values(entries: Any) -> list[Any]:
    return [entries[key] for key in entries]


def _entries(entries: Any) -> LinkedSet:
    return LinkedSet([Entry(entries, key) for key in entries])


def _of(*pairs: Any) -> UnmodifiableMap:
    return UnmodifiableMap(zip(pairs[::2], pairs[1::2], strict=True))


def _end(at: int) -> Any:
    def take(entries: Any) -> Any:
        if not entries:
            raise JavaFailure("NoSuchElementException", "The map is empty.", "Ask isEmpty() first.")
        return list(entries)[at]

    return take


def _class(name: str, make: type[LinkedMap]) -> JavaClass:
    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={
            "size": does(len, "int"),
            "isEmpty": does(lambda entries: not entries, "boolean"),
            "get": does(lambda entries, key: entries.get(key), "V", "Object"),
            "getOrDefault": does(_get_or_default, "V", "Object Object"),
            "put": does(put, "V", "Object Object"),
            "putAll": does(_put_all, "void", "Map"),
            "putIfAbsent": does(_put_if_absent, "V", "Object Object"),
            "remove": does(_remove, "V", "Object"),
            "replace": does(_replace, "V", "Object Object"),
            "containsKey": does(lambda entries, key: key in entries, "boolean", "Object"),
            "containsValue": does(
                lambda entries, value: any(equals(entries[key], value) for key in entries), "boolean", "Object"
            ),
            "keySet": does(LinkedSet, "Set<K>"),
            "values": does(_values, "List<V>"),
            "entrySet": does(_entries, "Set<Entry<K,V>>"),
            "clear": does(lambda entries: entries.clear(), "void"),
            **({"firstKey": does(_end(0), "K"), "lastKey": does(_end(-1), "K")} if make is TreeMap else {}),
        },
        statics={
            "of": tuple(Method(_of, "Map", ("Object",) * count) for count in range(0, 22, 2)),
            "copyOf": does(lambda entries: UnmodifiableMap((key, entries[key]) for key in entries), "Map", "Map"),
            "entry": does(lambda key, value: Entry({key: value}, key), "Entry", "Object Object"),
        },
        constructors=(
            Method(make, name, ()),
            Method(lambda _: make(), name, ("int",)),
            Method(lambda entries: make((key, entries[key]) for key in entries), name, ("Map",)),
        ),
    )


MAP = _class("HashMap", HashMap)
LINKED_MAP = _class("LinkedHashMap", LinkedMap)
TREE_MAP = _class("TreeMap", TreeMap)


def _set_value(entry: Entry, value: Any) -> Any:
    return put(entry.map, entry.key, value)


ENTRY = JavaClass(
    name="Entry",
    parents=(OBJECT_CLASS,),
    methods={
        "getKey": does(lambda entry: entry.key, "K"),
        "getValue": does(lambda entry: entry.map[entry.key], "V"),
        "setValue": does(_set_value, "V", "Object"),
        "toString": does(text_of, "String"),
        "hashCode": does(lambda entry: hash_of(entry.key) ^ hash_of(entry.map[entry.key]), "int"),
    },
)
