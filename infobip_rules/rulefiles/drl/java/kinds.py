"""Java's static types, as far as rules need them: what is known of a value before a rule ever fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infobip_rules.engine.rules.fields import plain_type
from infobip_rules.rulefiles.drl.syntax.syntax import TypeName


@dataclass(frozen=True, slots=True)
class Kind:
    """A Java type by its simple name: `int`, `String`, `List` with what it holds, or a class of facts with its model.

    `Object` stands for whatever is not known: what it can do is looked up when a rule fires.
    """

    name: str
    arguments: tuple[Kind, ...] = ()
    model: type[BaseModel] | None = None

    def __str__(self) -> str:
        inside = ", ".join(str(argument) for argument in self.arguments)
        return f"{self.name}<{inside}>" if inside else self.name

    def argument(self, number: int) -> Kind:
        """Returns what a collection holds; Object if that was not said."""
        return self.arguments[number] if number < len(self.arguments) else OBJECT


OBJECT = Kind("Object")
VOID = Kind("void")
NULL = Kind("null")
BOOLEAN = Kind("boolean")
CHAR = Kind("char")
INT = Kind("int")
LONG = Kind("long")
FLOAT = Kind("float")
DOUBLE = Kind("double")
STRING = Kind("String")
DECIMAL = Kind("BigDecimal")

#: A class that holds each primitive, which may then be null.
UNBOXED = {
    "Boolean": "boolean",
    "Character": "char",
    "Byte": "byte",
    "Short": "short",
    "Integer": "int",
    "Long": "long",
    "Float": "float",
    "Double": "double",
}
BOXED = {primitive: boxed for boxed, primitive in UNBOXED.items()}
INTEGRAL = ("byte", "short", "int", "long")
NUMERIC = (*INTEGRAL, "float", "double", "BigInteger", "BigDecimal")

_OF_PYTHON: dict[Any, Kind] = {
    str: STRING,
    bool: Kind("Boolean"),
    int: Kind("Long"),
    float: Kind("Double"),
    Decimal: DECIMAL,
    datetime: Kind("ZonedDateTime"),
    date: Kind("LocalDate"),
    timedelta: Kind("Duration"),
    type(None): VOID,
}
_PYTHON_OF: dict[str, Any] = {
    **dict.fromkeys((*INTEGRAL, "BigInteger"), int),
    **dict.fromkeys(("float", "double"), float),
    "boolean": bool,
    "char": str,
    "String": str,
    "BigDecimal": Decimal,
    "LocalDate": date,
    "LocalDateTime": datetime,
    "ZonedDateTime": datetime,
    "Instant": datetime,
    "Date": datetime,
    "Duration": timedelta,
}
#: The classes that a list, or a set, may be called by.
LISTS = ("List", "ArrayList", "LinkedList", "Collection", "Iterable")
SETS = ("Set", "HashSet", "LinkedHashSet", "TreeSet")
_MAPS = ("Map", "HashMap", "LinkedHashMap", "TreeMap")


def kind_of(annotation: Any) -> Kind:
    """Returns the kind of a Python annotation: `str | None` is String, `int` long, `list[int]` List<Long>.

    Object for a type that Java does not have.

    A Kind inside `Annotated` counts before all else: that is how the fields of declared types keep `int` and `long`
    apart.
    """
    if get_origin(annotation) is Annotated:
        marked = [mark for mark in get_args(annotation)[1:] if isinstance(mark, Kind)]
        if marked:
            return marked[0]
    plain = plain_type(annotation)
    if plain in _OF_PYTHON or getattr(plain, "__name__", "") == "AwareDatetime":
        kind = _OF_PYTHON.get(plain, _OF_PYTHON[datetime])
        return kind if _may_be_none(annotation) else unboxed(kind)
    return _collection_of(plain)


def _may_be_none(annotation: Any) -> bool:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return type(None) in get_args(annotation)


def _collection_of(plain: Any) -> Kind:
    origin = get_origin(plain) or plain
    if not isinstance(origin, type):
        return OBJECT
    if issubclass(origin, BaseModel):
        return Kind(origin.__name__, model=origin)
    arguments = tuple(boxed(kind_of(argument)) for argument in get_args(plain) if argument is not Ellipsis)
    if issubclass(origin, Mapping):
        return Kind("Map", arguments)
    if issubclass(origin, AbstractSet):
        return Kind("Set", arguments)
    if issubclass(origin, Sequence) and not issubclass(origin, str | bytes):
        return Kind("List", arguments[:1])
    return OBJECT


def kind_of_field(field: FieldInfo) -> Kind:
    """Returns the kind of a model's field."""
    marked = [mark for mark in field.metadata if isinstance(mark, Kind)]
    return marked[0] if marked else kind_of(field.annotation)


def annotation_of(kind: Kind) -> Any:
    """Returns the Python annotation for a field of this kind, which `kind_of` reads back.

    What may be null in Java may be None.
    """
    if kind.name in BOXED:
        return Annotated[_PYTHON_OF[kind.name], kind]
    return Annotated[_plain_annotation(kind) | None, kind]


def _plain_annotation(kind: Kind) -> Any:
    if kind.model is not None:
        return kind.model
    name = UNBOXED.get(kind.name, kind.name)
    if name in _PYTHON_OF:
        return _PYTHON_OF[name]
    inside = [_plain_annotation(argument) for argument in kind.arguments]
    if name in LISTS:
        return list[inside[0]] if inside else list[Any]  # type: ignore[valid-type]  # computed
    if name in SETS:
        return set[inside[0]] if inside else set[Any]  # type: ignore[valid-type]  # computed
    if name in _MAPS:
        return dict[inside[0], inside[1]] if len(inside) == 2 else dict[Any, Any]  # type: ignore[valid-type]  # computed
    return Any


def default_of(kind: Kind) -> Any:
    """Returns what a field or array entry of this kind holds in Java before anything is put in: 0, 0.0, false or null."""
    if kind.name in INTEGRAL:
        return 0
    return {"float": 0.0, "double": 0.0, "boolean": False, "char": "\0"}.get(kind.name)


def boxed(kind: Kind) -> Kind:
    """Returns the kind that holds it in a collection: Integer for int."""
    return Kind(BOXED[kind.name]) if kind.name in BOXED else kind


def unboxed(kind: Kind) -> Kind:
    """Returns the primitive after Integer and the like; all else is itself."""
    return Kind(UNBOXED[kind.name]) if kind.name in UNBOXED else kind


def kind_named(written: TypeName, types: Mapping[str, type[BaseModel]]) -> Kind:
    """Returns the kind that a type's name means; a class by its last name, arrays are lists. Object if there is no such class."""
    simple = written.name.rpartition(".")[2]
    inside = tuple(boxed(kind_named(argument, types)) for argument in written.arguments)
    kind = Kind(simple, inside, types.get(simple))
    for _ in range(written.dimensions):
        kind = Kind("List", (boxed(kind),))
    return kind
