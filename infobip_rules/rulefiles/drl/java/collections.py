"""Java's maps and sets in Python, with the order in which Java goes through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure, too_large
from infobip_rules.rulefiles.drl.java.hashes import hash_of


class Fixed(list[Any]):
    """A list that can't grow or shrink: an array, or what `Arrays.asList` gives."""


class Unmodifiable(Fixed):
    """A list that can't be changed at all: `List.of`, `Collections.emptyList`."""


class LinkedMap(dict[Any, Any]):
    """A map in the order of insertion."""


class UnmodifiableMap(LinkedMap):
    """A map that can't be changed: `Map.of`."""


class HashMap(LinkedMap):
    """A map in the order of Java's HashMap, which goes by the keys' hashes."""

    def __init__(self, entries: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = ()) -> None:
        super().__init__(entries)
        #: Java's table never shrinks.
        self._most = len(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._most = max(self._most, len(self))

    def __iter__(self) -> Iterator[Any]:
        return iter(by_hash(super().__iter__(), self._most))


class TreeMap(LinkedMap):
    """A map in the order of its keys."""

    def __iter__(self) -> Iterator[Any]:
        return iter(in_order(super().__iter__()))


def by_hash(keys: Iterable[Any], most: int) -> list[Any]:
    """Returns the keys in the order of a HashMap that has held `most` of them."""
    table = 16
    while most > table * 3 // 4:
        table *= 2
    return sorted(keys, key=lambda key: _spread(hash_of(key)) & (table - 1))


def _spread(code: int) -> int:
    code &= 0xFFFF_FFFF
    return code ^ (code >> 16)


def in_order(values: Iterable[Any]) -> list[Any]:
    """Sorts values from the least to the greatest; JavaFailure for those that have no order, or null."""
    try:
        return sorted(values)
    except TypeError:
        raise JavaFailure(
            "ClassCastException", "Values without order can't be sorted.", "Keep values of one type."
        ) from None


class LinkedSet:
    """A set in the order of insertion."""

    __slots__ = ("entries",)
    _map: type[LinkedMap] = LinkedMap

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self.entries = self._map((value, True) for value in values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, value: object) -> bool:
        return value in self.entries

    def __eq__(self, other: object) -> bool:
        return is_set(other) and set(self) == set(other)  # type: ignore[call-overload]  # is_set says so

    def __hash__(self) -> int:
        return sum(map(hash_of, self))

    def add(self, value: Any) -> bool:
        """Adds a value; False if it was there."""
        if value in self.entries:
            return False
        check_room(self)
        self.entries[value] = True
        return True

    def discard(self, value: Any) -> bool:
        """Takes a value out; False if it was not there."""
        return self.entries.pop(value, False) is True


class HashSet(LinkedSet):
    """A set in the order of Java's HashSet."""

    __slots__ = ()
    _map = HashMap


class TreeSet(LinkedSet):
    """A set in the order of its values."""

    __slots__ = ()
    _map = TreeMap


class Entry:
    """One entry of a map."""

    __slots__ = ("key", "map")

    def __init__(self, owner: dict[Any, Any], key: Any) -> None:
        self.map, self.key = owner, key


class Cursor:
    """`Iterator`: goes through the values as they are now."""

    __slots__ = ("at", "owner", "values")

    def __init__(self, owner: Any) -> None:
        self.owner, self.values, self.at = owner, list(items_of(owner)), 0


class Maybe:
    """`Optional`: a value, or none."""

    __slots__ = ("value",)

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Maybe) and self.value == other.value

    def __hash__(self) -> int:
        return hash_of(self.value)


def is_set(value: object) -> bool:
    """Returns whether it is a set, Java's or Python's."""
    return isinstance(value, LinkedSet | set | frozenset)


def items_of(value: Any) -> Iterable[Any]:
    """Returns what a loop goes through; JavaFailure for what holds nothing."""
    if isinstance(value, list | tuple | LinkedSet):
        return value
    if isinstance(value, set | frozenset):
        return by_hash(value, len(value))
    if value is None:
        raise JavaFailure("NullPointerException", "What the loop goes through is null.", "Test it for null first.")
    raise JavaFailure("ClassCastException", f"A {type(value).__name__} holds no items.", "Go through a list or set.")


def check_room(collection: Any) -> None:
    """Raises JavaFailure if one more entry would be too much."""
    if len(collection) >= LARGEST:
        raise too_large("A collection", LARGEST)


def own_copy(value: Any) -> Any:
    """Returns a Java collection of what a fact's field holds, for a body to change; all else as it is."""
    if isinstance(value, list | tuple) and not isinstance(value, Fixed):
        return list(value)
    if isinstance(value, dict) and not isinstance(value, LinkedMap):
        return LinkedMap(value)
    return HashSet(value) if isinstance(value, set | frozenset) else value


def plain(value: Any) -> Any:
    """Returns a value as a fact's field keeps it: Python's own lists, dictionaries and sets."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): plain(value[key]) for key in value}
    if isinstance(value, LinkedSet):
        return {plain(item) for item in value}
    return value
