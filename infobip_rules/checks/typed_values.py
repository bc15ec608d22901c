"""Knowledge of a value in a rule's body: its types, the element and field it comes from, or the object that it is."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, get_origin

from pydantic import AwareDatetime, BaseModel

from infobip_rules.engine.rules.fields import origin, plain_type

#: Plain types whose attributes are known for certain.
PLAIN = (str, int, float, bool, list, dict, set, tuple, datetime, date, timedelta, Decimal)


@dataclass(frozen=True)
class ContextValue:
    """The rule's `c`."""


@dataclass(frozen=True)
class KnownValue:
    """An object that is known: a literal, a type, a function, a module."""

    value: object


@dataclass(frozen=True)
class TypedValue:
    """A value of one of several types, None left aside."""

    kinds: tuple[type, ...]
    #: The element that it is, or that it was read from.
    alias: str = ""
    #: The field of that element, if it was read from one.
    field: str = ""

    @property
    def is_model(self) -> bool:
        """Whether it is a fact, a signal, or another model."""
        return all(issubclass(kind, BaseModel) for kind in self.kinds)

    @property
    def name(self) -> str:
        """Its type, or its types."""
        return " or ".join(dict.fromkeys(kind.__name__ for kind in self.kinds))


def typed(annotation: Any, *, alias: str = "", field: str = "") -> TypedValue | None:
    """Returns a value that is annotated so; None if nothing certain is known of it."""
    kind = origin(plain_type(annotation))
    if kind is AwareDatetime:
        kind = datetime
    if kind is Mapping:
        kind = dict
    if not isinstance(kind, type) or not (kind in PLAIN or issubclass(kind, BaseModel)):
        return None
    return TypedValue((kind,), alias, field)


def attributes_of(kind: type) -> list[str]:
    """Returns the names that can be read of a value of this type."""
    if issubclass(kind, BaseModel):
        own = [name for name in vars(kind) if not name.startswith("_") and not name.startswith("model_")]
        inherited = [
            name for base in kind.__mro__ for name in vars(base) if base.__module__.startswith("infobip_rules")
        ]
        kept = [name for name in (*own, *inherited) if not name.startswith(("_", "model_"))]
        return list(dict.fromkeys([*kind.model_fields, *kept]))
    return [name for name in dir(kind) if not name.startswith("_")]


def has_attribute(kind: type, name: str) -> bool:
    """Returns whether a value of the type, or of one below it, may have this attribute."""
    return any(_has(model, name) for model in _and_below(kind))


def _has(kind: type, name: str) -> bool:
    if hasattr(kind, name):
        return True
    if not issubclass(kind, BaseModel):
        return False
    if kind.model_config.get("extra") == "allow" or getattr(kind, "__getattr__", None) is not _GETATTR:
        return True
    return name in kind.model_fields or name in kind.model_computed_fields or name in kind.__private_attributes__


_GETATTR = getattr(BaseModel, "__getattr__", None)


def _and_below(kind: type) -> Iterator[type]:
    yield kind
    if kind in PLAIN:
        return
    lower: list[type] = type.__subclasses__(kind)
    for below in lower:
        yield from _and_below(below)


def annotation_of(kind: type, name: str) -> Any:
    """Returns how a field is annotated; None for what is no field."""
    if not issubclass(kind, BaseModel) or name not in kind.model_fields:
        return None
    return kind.model_fields[name].annotation


def returned_by(kind: type, name: str) -> Any:
    """Returns what a method of a type is annotated to return; None if it is not."""
    method = getattr(kind, name, None)
    annotation = (
        getattr(method, "__annotations__", {}).get("return") if isinstance(method, types.FunctionType) else None
    )
    # As text, under postponed annotations: only the plain ones are of use.
    named: dict[object, Any] = {"str": str, "int": int, "bool": bool, "float": float, "str | None": str}
    return named.get(annotation, annotation)


def takes_anything(kind: type[BaseModel]) -> bool:
    """Returns whether the type changes what it is given, so that only it knows what fits."""
    made = kind.__pydantic_decorators__
    inner = any(get_origin(field.annotation) is Annotated for field in kind.model_fields.values())
    return bool(made.field_validators or made.validators or made.root_validators or made.model_validators) or inner


def names_given(kind: type[BaseModel]) -> set[str]:
    """Returns the names under which fields may be given."""
    names = set(kind.model_fields)
    for info in kind.model_fields.values():
        for alias in (info.alias, info.validation_alias):
            choices = getattr(alias, "choices", [alias])
            names |= {choice for choice in choices if isinstance(choice, str)}
    return names


def required(kind: type[BaseModel], given: set[str]) -> list[str]:
    """Returns the fields that have no default and are not given, under any of their names."""
    missing = []
    for name, info in kind.model_fields.items():
        alias = info.validation_alias or info.alias
        under = {name, *(choice for choice in getattr(alias, "choices", [alias]) if isinstance(choice, str))}
        if info.is_required() and not under & given:
            missing.append(name)
    return missing
