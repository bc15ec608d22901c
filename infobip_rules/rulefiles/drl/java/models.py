"""Models as rules see them: the fields, getters and public methods of facts and signals."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from types import FunctionType
from typing import Any, NamedTuple, get_type_hints

from pydantic import BaseModel

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.java.kinds import OBJECT, VOID, Kind, kind_of, kind_of_field

#: What pydantic and Python define; of it nothing can be reached.
_FOREIGN = frozenset(BaseModel.__mro__)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class PythonMethod(NamedTuple):
    """A method of Python's: what to call with the object first (unless it is static), and what comes of it."""

    function: Callable[..., Any]
    static: bool
    result: Kind
    parameters: tuple[Kind, ...]
    #: How many arguments it needs at least, and takes at most.
    least: int
    most: int | None


@lru_cache(maxsize=4_000)
def field_of(model: type[BaseModel], name: str) -> tuple[str, Kind] | None:
    """Returns the field that Java calls by this name (`from` is from_, `messageId` or `message_id`), with its kind."""
    fields = model.model_fields
    for candidate in (name, snake(name), f"{name}_"):
        if candidate in fields and not candidate.startswith("_"):
            return candidate, kind_of_field(fields[candidate])
    for field, info in fields.items():
        if name in (info.alias, info.serialization_alias):
            return field, kind_of_field(info)
    return None


def is_exactly(model: type[BaseModel], name: str) -> bool:
    """Returns whether a field or property has this very name, and not one that only Java writes so."""
    fields = model.model_fields
    aliases = (field.alias for field in fields.values())
    return name in fields or name in aliases or isinstance(_defined(model, name), property)


def getter_of(model: type[BaseModel], name: str) -> tuple[str, Kind] | None:
    """Returns the field after `getText()` or `isPaid()`."""
    for prefix in ("get", "is"):
        rest = name.removeprefix(prefix)
        if rest != name and rest and rest[0].isupper():
            return field_of(model, decapitalized(rest)) or field_of(model, rest) or field_of(model, name)
    return field_of(model, name) if name.startswith("is") else None


def setter_of(model: type[BaseModel], name: str) -> tuple[str, Kind] | None:
    """Returns the field after `setText(...)`."""
    rest = name.removeprefix("set")
    if rest == name or not rest or not rest[0].isupper():
        return None
    return field_of(model, decapitalized(rest)) or field_of(model, rest)


@lru_cache(maxsize=4_000)
def method_of(model: type[BaseModel], name: str) -> PythonMethod | None:
    """Returns the public method that Java calls by this name (`getConnection` is get_connection), if its class defines one."""
    for candidate in (name, snake(name)):
        found = _defined(model, candidate)
        if isinstance(found, staticmethod):
            return _described(found.__func__, static=True)
        if isinstance(found, FunctionType):
            return _described(found, static=False)
    return None


@lru_cache(maxsize=4_000)
def property_of(model: type[BaseModel], name: str) -> tuple[str, Kind] | None:
    """Returns the `@property` read as a field, or by its getter."""
    names = [name, snake(name)]
    for prefix in ("get", "is"):
        if name.startswith(prefix) and name[len(prefix) : len(prefix) + 1].isupper():
            names += [decapitalized(name[len(prefix) :]), snake(decapitalized(name[len(prefix) :]))]
    for candidate in names:
        found = _defined(model, candidate)
        if isinstance(found, property) and found.fget is not None:
            return candidate, _hints(found.fget).get("return", OBJECT)
    return None


def names_of(model: type[BaseModel]) -> list[str]:
    """Returns everything that can be read or called, for messages."""
    fields = [info.alias or name for name, info in model.model_fields.items()]
    own = [name for kind in _own_classes(model) for name in vars(kind) if _defined(model, name) is not None]
    return fields + [
        name for name in own if callable(getattr(model, name, None)) or isinstance(vars(model).get(name), property)
    ]


def _own_classes(model: type[BaseModel]) -> list[type]:
    return [kind for kind in model.__mro__ if kind not in _FOREIGN]


def _defined(model: type[BaseModel], name: str) -> Any:
    if name.startswith("_") or name in _decorated(model) or name in model.model_fields:
        return None
    for kind in _own_classes(model):
        if name in vars(kind):
            return vars(kind)[name]
    return None


def _decorated(model: type[BaseModel]) -> set[str]:
    """Returns names of validators and serializers, which are pydantic's to call."""
    found = model.__pydantic_decorators__
    kinds = (found.validators, found.field_validators, found.root_validators, found.field_serializers)
    return {name for kind in (*kinds, found.model_serializers, found.model_validators) for name in kind}


def _described(function: Callable[..., Any], *, static: bool) -> PythonMethod | None:
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        return None
    parameters = list(inspect.signature(function).parameters.values())[0 if static else 1 :]
    plain = [
        parameter
        for parameter in parameters
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    hints = _hints(function)
    return PythonMethod(
        function,
        static,
        hints.get("return", OBJECT),
        tuple(hints.get(parameter.name, OBJECT) for parameter in plain),
        sum(parameter.default is parameter.empty for parameter in plain),
        None if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters) else len(plain),
    )


def _hints(function: Callable[..., Any]) -> dict[str, Kind]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}  # names that are imported for checking only
    return {name: VOID if hint is type(None) and name == "return" else kind_of(hint) for name, hint in hints.items()}


def snake(name: str) -> str:
    """Returns `getConnection` as get_connection."""
    return _HUMP.sub("_", name).lower()


def decapitalized(name: str) -> str:
    """Returns `Text` as text; `URL` stays."""
    return name if name[:2].isupper() and len(name) > 1 else name[:1].lower() + name[1:]


#: The place at which a file declares a class without fields, as an attribute of the class.
FIELDLESS = "drl_fieldless"


def fieldless(model: type[BaseModel]) -> RuleError | None:
    """Returns what to say of a field or argument of a type that was declared without any; None of one that has fields.

    All such mistakes are one: that its declaration, as for a class of Java, names none.
    """
    where = getattr(model, FIELDLESS, None)
    if where is None or model.model_fields:
        return None
    name = model.__name__
    fact = f"{name} is declared without fields, and a class of Java is not known here."
    return RuleError(fact, f"Declare its fields here: declare {name} number : String ... end.", where=where)
