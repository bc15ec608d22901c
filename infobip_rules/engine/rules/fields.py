"""Fields of signals and facts by path, and the errors for those that are not there."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from operator import attrgetter
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from infobip_rules.errors import RuleError

#: Literals that may stand beside a field of this type in a comparison.
_COMPARABLE: dict[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int, float),
    float: (int, float),
    datetime: (datetime,),
    AwareDatetime: (datetime,),
    date: (date,),
}


def closest(name: str, names: list[str]) -> str:
    """` Did you mean 'x'?`, or the list of what there is."""
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(names))}."


def plain_type(annotation: Any) -> Any:
    """The type behind `Annotated` and `| None`; Any for a real union."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not type(None)]
        return plain_type(members[0]) if len(members) == 1 else Any
    return annotation


def resolve(kind: type[BaseModel], path: str, where: str) -> tuple[str, Any]:
    """The attribute path (`from_` for `from`) and the type of `path` in `kind`.

    Raises RuleError with the field, the type that does not have it and the closest name.
    """
    annotation: Any = kind
    names = []
    for name in path.split("."):
        kind_here = plain_type(annotation)
        if isinstance(kind_here, type) and issubclass(kind_here, BaseModel):
            name, annotation = _field(kind_here, name, path, where)
        elif kind_here is Any:
            annotation = Any
        elif origin(kind_here) in (dict, Mapping):
            annotation = (get_args(kind_here) or (Any, Any))[1]
        else:
            raise RuleError(
                f"{path!r} can't be read in {kind.__name__}: what stands before {name!r} has no fields.",
                "Compare it as a whole.",
                where=where,
            )
        names.append(name)
    return ".".join(names), plain_type(annotation)


def origin(kind: Any) -> Any:
    """The type itself, without what stands in its brackets: list for `list[int]`."""
    return get_origin(kind) or kind


def _field(kind: type[BaseModel], name: str, path: str, where: str) -> tuple[str, Any]:
    for field, info in kind.model_fields.items():
        if name in (field, info.alias, info.serialization_alias):
            return field, info.annotation
    known = [info.alias or field for field, info in kind.model_fields.items()]
    raise RuleError(
        f"{kind.__name__} has no field {name!r}{'' if name == path else f' (in {path!r})'}.",
        closest(name, known),
        where=where,
        field=name,
        type=kind.__name__,
    )


def reader(path: str) -> Callable[[Any], Any]:
    """A function that reads `path` from an object: attributes, or keys of a mapping; None if the path breaks off."""
    if "." not in path:
        return attrgetter(path)
    names = path.split(".")

    def read(value: Any) -> Any:
        for name in names:
            if value is None:
                return None
            value = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
        return value

    return read


def check_literal(path: str, kind: Any, value: object, where: str) -> None:
    """Raises RuleError if a field of type `kind` can never equal or be ordered against `value`."""
    allowed = _COMPARABLE.get(kind)
    if allowed is None or value is None:
        return
    fits = isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))
    if not fits or (kind is date and isinstance(value, datetime)):
        hint = f" Write {str(value)!r}." if kind is str and not isinstance(value, str) else ""
        raise RuleError(
            f"{path!r} is {kind.__name__}, compared with {value!r} ({type(value).__name__}).",
            f"Compare it with {' or '.join(kind.__name__ for kind in allowed)}.{hint}",
            where=where,
        )
    if kind is AwareDatetime and isinstance(value, datetime) and value.tzinfo is None:
        raise RuleError(
            f"{path!r} is a moment with its offset, compared with one without.", "Give it tzinfo=UTC.", where=where
        )


def check_kinds(path: str, kind: Any, text: str, other: Any, where: str) -> None:
    """Raises RuleError if a field of type `kind` can never equal or be ordered against the value `text`, of type `other`."""
    family, against = _FAMILY.get(kind), _FAMILY.get(other)
    if family and against and family != against:
        raise RuleError(
            f"{path!r} is {kind.__name__}, compared with {text}, which is {other.__name__}.",
            "Compare fields of the same kind.",
            where=where,
        )


def check_computable(text: str, sign: str, kinds: tuple[Any, Any], where: str) -> None:
    """Raises RuleError if `text`, an operation on values of these types, can never be computed."""
    families = {_FAMILY.get(kind) for kind in kinds}
    if families & {"truth", "text"} and not (sign == "+" and families <= {"text", None}):
        raise RuleError(f"{text} can't be computed.", "Compute with numbers.", where=where)


#: Types whose values can be compared with one another.
_FAMILY: dict[Any, str] = {
    str: "text",
    bool: "truth",
    int: "number",
    float: "number",
    Decimal: "number",
    datetime: "moment",
    AwareDatetime: "moment",
    date: "day",
    timedelta: "span",
}
