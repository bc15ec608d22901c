"""Reference entries of classes and functions, made from their signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from textwrap import dedent
from types import UnionType
from typing import Annotated, Any, ForwardRef, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

#: A signature that is longer is written with a line for each parameter.
_LONGEST_LINE = 100
#: The lines behind `::` that are indented; if none is, all that follow.
_EXAMPLE = re.compile(r"::\n\n((?: {4}.*\n|\n)+|(?:.*\n)+\Z)")
_COMMENT = re.compile(r"((?: +#: .*\n)+) +(\w+): ")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def code(text: str) -> str:
    """A word as code; nothing if it is empty. A bar would part cells of a table."""
    if "|" in text:
        return f"<code>{text.replace('|', '&#124;')}</code>"
    return f"`{text}`" if text else ""


@cache
def comments(kind: type) -> dict[str, str]:
    """The `#:` lines above the fields of a class, by the fields' names."""
    found = _COMMENT.findall(inspect.getsource(kind))
    return {name: " ".join(re.findall(r"#: (.*)", lines)) for lines, name in found}


def entry(path: str, *members: str, level: int) -> str:
    """What is public about a class or function, under a heading: of a class all its members, unless some are named."""
    module, _, name = path.rpartition(".")
    thing = getattr(import_module(module), name)
    parts = [f"{'#' * level} {name}", _signature(name, thing), documentation(thing)]
    if _is_model(thing) and not members and thing.model_fields:
        parts.append(fields(thing))
    elif inspect.isclass(thing):
        parts.append(_attributes(thing))
        parts += [_member(thing, member, level + 1) for member in members or _public(thing)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _attributes(kind: type) -> str:
    """The fields of a record that say what they are."""
    said = {name: meaning for name, meaning in comments(kind).items() if name in inspect.get_annotations(kind)}
    if not said or not (is_dataclass(kind) or issubclass(kind, tuple)):
        return ""
    return table(("field", "meaning"), [(code(name), meaning) for name, meaning in said.items()]).strip()


def _is_model(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseModel)


def _kind(annotation: Any) -> str:
    if annotation is Ellipsis:
        return "..."
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_kind, parts))
    if parts:
        return f"{annotation.__name__}[{', '.join(map(_kind, parts))}]"
    return {"NoneType": "None", "AwareDatetime": "datetime"}.get(annotation.__name__, annotation.__name__)


def _preset(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    given = field.get_default()
    return code(f"{type(given).__name__}()" if isinstance(given, BaseModel) else repr(given))


def fields(kind: type[BaseModel]) -> str:
    """The fields of a model, with their types and defaults."""
    rows = [(code(name), code(_kind(field.annotation)), _preset(field)) for name, field in kind.model_fields.items()]
    return table(("field", "type", "default"), rows)


def documentation(thing: Any) -> str:
    """A docstring as Markdown: an example behind `::` becomes a block of Python."""
    return _EXAMPLE.sub(_block, f"{inspect.getdoc(thing) or ''}\n").strip()


def _block(found: re.Match[str]) -> str:
    return f":\n\n```python\n{dedent(found[1]).strip()}\n```\n\n"


def _public(kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        is_callable = inspect.isroutine(member) or isinstance(member, property)
        if is_callable and not name.startswith(("_", "model_")) and inspect.getdoc(getattr(kind, name)):
            yield name


def _member(kind: type, name: str, level: int) -> str:
    member = inspect.getattr_static(kind, name)
    value = getattr(kind, name)
    if isinstance(member, property):
        shown = f"```python\n{name}: {_annotation(inspect.signature(member.fget).return_annotation)}\n```"  # type: ignore[arg-type]
    elif inspect.isroutine(member):
        shown = _signature(name, value)
    else:
        return f"{'#' * level} {name}\n\n```python\n{name} = {value!r}\n```\n\n{comments(kind)[name]}"
    return f"{'#' * level} {name}\n\n{shown}\n\n{documentation(value)}"


def _signature(name: str, thing: Any) -> str:
    """How it is called; empty for a model, whose fields are written by themselves."""
    if _is_model(thing):
        return ""
    signature = inspect.signature(thing)
    given = list(_parameters(signature))
    result = "" if inspect.isclass(thing) or signature.return_annotation is signature.empty else _result(signature)
    word = "async def " if inspect.iscoroutinefunction(thing) else ""
    line = f"{word}{name}({', '.join(given)}){result}"
    if len(line) > _LONGEST_LINE:
        listed = "".join(f"    {parameter},\n" for parameter in given)
        line = f"{word}{name}(\n{listed}){result}"
    return f"```python\n{line}\n```"


def _result(signature: inspect.Signature) -> str:
    return f" -> {_annotation(signature.return_annotation)}"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    """The parameters as they are declared, `/` and `*` between them; without `self`."""
    before = None
    for name, parameter in signature.parameters.items():
        if name == "self":
            continue
        if before is parameter.POSITIONAL_ONLY and parameter.kind is not parameter.POSITIONAL_ONLY:
            yield "/"
        if parameter.kind is parameter.KEYWORD_ONLY and before not in (
            parameter.KEYWORD_ONLY,
            parameter.VAR_POSITIONAL,
        ):
            yield "*"
        before = parameter.kind
        stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        kind = "" if parameter.annotation is parameter.empty else f": {_annotation(parameter.annotation)}"
        preset = "" if parameter.default is parameter.empty else f"{' = ' if kind else '='}{parameter.default!r}"
        yield f"{stars}{name}{kind}{preset}"
    if before is inspect.Parameter.POSITIONAL_ONLY:
        yield "/"


def _annotation(annotation: Any) -> str:
    if isinstance(annotation, ForwardRef):  # in a NamedTuple
        return annotation.__forward_arg__
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
