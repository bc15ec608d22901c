"""Tables of Java classes: names of methods with their parameters, their result and the function that does the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infobip_rules.rulefiles.drl.java.kinds import BOXED, INTEGRAL, NUMERIC, OBJECT, UNBOXED, Kind, unboxed


@dataclass(frozen=True, slots=True)
class Method:
    """One overload: `call(target, *arguments)`, without the target if it is static or a constructor."""

    call: Callable[..., Any]
    #: As Java writes it. `E`, `K`, `V` are what the target holds, `T` is the kind of the first argument, `this` the target's.
    result: str
    #: `Object...` at the end takes the rest as a list.
    parameters: tuple[str, ...]

    @property
    def variadic(self) -> bool:
        """Whether the last parameter takes any number of arguments."""
        return bool(self.parameters) and self.parameters[-1].endswith("...")

    def takes(self, count: int) -> bool:
        """Returns whether it can be called with so many arguments."""
        return count >= len(self.parameters) - 1 if self.variadic else count == len(self.parameters)

    def parameter(self, number: int) -> str:
        """Returns the kind that the argument at this place must have."""
        if self.variadic and number >= len(self.parameters) - 1:
            return self.parameters[-1].removesuffix("...")
        return self.parameters[number]


Overloads = tuple[Method, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class JavaClass:
    """A Java class as rules may use it; `parents` lend their methods."""

    name: str
    methods: Mapping[str, Overloads] = field(default_factory=dict)
    statics: Mapping[str, Overloads] = field(default_factory=dict)
    constants: Mapping[str, tuple[Any, Kind]] = field(default_factory=dict)
    constructors: Overloads = ()
    parents: tuple[JavaClass, ...] = ()

    def method(self, name: str) -> Overloads:
        """Returns the overloads of a method, its own and those lent; none if there is no such method."""
        found = self.methods.get(name, ())
        for parent in self.parents:
            found += parent.method(name)
        return found

    def method_names(self) -> set[str]:
        """Returns the names of all its methods."""
        return set(self.methods).union(*(parent.method_names() for parent in self.parents))


def does(call: Callable[..., Any], result: str, parameters: str = "") -> Overloads:
    """Returns one method without overloads: `does(index_of, "int", "String int")`."""
    return (Method(call, result, tuple(parameters.split())),)


def promoting(call: Callable[..., Any], count: int = 1) -> Overloads:
    """Returns a method of int, long, float and double, each giving its own kind."""
    return tuple(Method(call, kind, (kind,) * count) for kind in ("int", "long", "float", "double"))


# --- choosing among overloads ------------------------------------------------------------------------------------------

_WIDER = {
    "short": ("byte",),
    "int": ("byte", "short", "char"),
    "long": (*INTEGRAL, "char"),
    "float": (*INTEGRAL, "char"),
    "double": (*INTEGRAL, "char", "float"),
}
_COLLECTIONS = {
    "Iterable": ("List", "ArrayList", "LinkedList", "Set", "HashSet", "LinkedHashSet", "TreeSet", "Collection"),
    "Collection": ("List", "ArrayList", "LinkedList", "Set", "HashSet", "LinkedHashSet", "TreeSet", "Iterable"),
    "List": ("ArrayList", "LinkedList", "Collection"),
    "Set": ("HashSet", "LinkedHashSet", "TreeSet", "Collection"),
    "Map": ("HashMap", "LinkedHashMap", "TreeMap"),
    "CharSequence": ("String", "StringBuilder"),
    "Number": (*NUMERIC, "Integer", "Long", "Double", "Short", "Byte", "Float"),
}
_UNKNOWN = ("Object", "Comparable", "Number", "T")


_ANYTHING = ("Object", "T", "E", "K", "V")
#: How far an argument may be from its parameter: as it is, boxed or unboxed, or so that it shows only when it runs.
_PHASES = ("plain", "boxing", "loose")


def fits(parameter: str, kind: Kind, phase: str = "boxing") -> bool:
    """Returns whether an argument of this kind may stand for the parameter, in one of Java's phases of choosing."""
    if phase == "plain" and (
        (parameter in BOXED and kind.name in UNBOXED) or (parameter in _ANYTHING and kind.name in BOXED)
    ):
        return False
    plain = unboxed(kind).name
    if parameter in (*_ANYTHING, plain, kind.name):
        return True
    if kind.name == "null":
        return parameter not in BOXED
    if plain in _WIDER.get(parameter, ()) or kind.name in _COLLECTIONS.get(parameter, ()):
        return True
    if phase != "loose":
        return False
    return kind.name in _UNKNOWN or (parameter in (*INTEGRAL, "char") and plain in INTEGRAL)


def choose(overloads: Overloads, arguments: Sequence[Kind]) -> Method | None:
    """Returns the overload for arguments of these kinds: the first that fits in Java's earliest phase."""
    sized = [overload for overload in overloads if overload.takes(len(arguments))]
    for phase in _PHASES:
        for overload in sized:
            if all(fits(overload.parameter(n), kind, phase) for n, kind in enumerate(arguments)):
                return overload
    return None


def result_kind(method: Method, target: Kind, arguments: Sequence[Kind]) -> Kind:
    """Returns the kind of what the method gives."""
    return _parsed(method.result, target, arguments[0] if arguments else OBJECT)


def _parsed(text: str, target: Kind, first: Kind) -> Kind:
    name, _, inside = text.partition("<")
    if inside:
        return Kind(name, tuple(_parsed(part, target, first) for part in inside.removesuffix(">").split(",")))
    if name == "this":
        return target
    if name in ("E", "K"):
        return target.argument(0)
    if name == "V":
        return target.argument(1)
    if name == "T":
        return Kind(BOXED[first.name]) if first.name in BOXED else first
    return Kind(name)
