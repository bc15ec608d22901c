"""Types that `.drl` files declare, compiled to classes of facts and signals."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import BaseModel, Field, create_model
from pydantic.errors import PydanticUserError

from infobip_rules.engine.rules.fields import closest
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.drl.body.interpreter import compile_expression
from infobip_rules.rulefiles.drl.compiling.names import RuleScope
from infobip_rules.rulefiles.drl.compiling.types import OWN_TYPES, Types
from infobip_rules.rulefiles.drl.java.kinds import BOXED, UNBOXED, Kind, annotation_of, default_of, kind_named
from infobip_rules.rulefiles.drl.java.models import FIELDLESS
from infobip_rules.rulefiles.drl.syntax.durations import seconds
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError, Mistakes
from infobip_rules.rulefiles.drl.syntax.syntax import Annotation, DeclareNode, FieldNode, TypeName
from infobip_rules.signals import Signal

#: Names that pydantic's own classes use; a field of such a name gets a `_` after it, as `from` does.
_TAKEN = (
    frozenset(dir(BaseModel))
    | frozenset(dir(Signal))
    | {"from", "class", "def", "is", "in", "not", "and", "or", "None"}
)
_OF_TYPES = ("role", "expires", "timestamp", "duration", "propertyreactive", "typesafe", "serialversionuid", "author")
_OF_FIELDS = ("key", "position", "watch")


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A declaration with the file it stands in."""

    node: DeclareNode
    file: str
    #: The entry point through which elements of it are looked for; None for facts.
    entry_point: str | None


def make_types(
    declared: Sequence[TypeDeclaration], known: Mapping[str, type[BaseModel]], unreadable: Iterable[str] = ()
) -> tuple[dict[str, type[BaseModel]], Mistakes]:
    """Returns the classes of all declared types by name, and what is wrong with some.

    Those that use others are made after them.
    """
    made: dict[str, type[BaseModel]] = {}
    mistakes = Mistakes(unreadable)
    waiting = list(declared)
    names = {declaration.node.name for declaration in declared}
    while waiting:
        ready = [
            declaration
            for declaration in waiting
            if not (_needed(declaration.node) & names) - set(made) - {declaration.node.name}
        ]
        if not ready:
            first = waiting[0]
            mistakes.unreadable |= {declaration.node.name for declaration in waiting}
            mistakes.found.append(
                RuleError(
                    f"The declared types {', '.join(sorted(declaration.node.name for declaration in waiting))} need each other.",
                    "Let one of them keep the other's key instead.",
                    where=_where(first.file, first.node),
                )
            )
            break
        for declaration in ready:
            waiting.remove(declaration)
            own = mistakes.inner()
            with mistakes, own:
                _make(declaration, {**known, **made}, made, own)
            mistakes.found += own.found
            if own.found or declaration.node.name not in {**known, **made}:
                made.pop(declaration.node.name, None)
                names.discard(declaration.node.name)
                mistakes.unreadable.add(declaration.node.name)
    return made, mistakes


def _make(
    declaration: TypeDeclaration,
    known: Mapping[str, type[BaseModel]],
    made: dict[str, type[BaseModel]],
    mistakes: Mistakes,
) -> None:
    node, around = declaration.node, RuleScope(file=declaration.file, types=Types(known), mistakes=mistakes)
    _check_annotations(node, around)
    other = known.get(node.name)
    if other is not None:
        _check_addition(node, other, around)
        return
    model = _class(declaration, around)
    module = _module()
    setattr(module, node.name, model)
    made[node.name] = model


def _class(declaration: TypeDeclaration, around: RuleScope) -> type[BaseModel]:
    node = declaration.node
    base = _base(declaration, around)
    fields = {}
    for field in node.fields:
        name = attribute_of(field.name)
        if name in fields:
            raise around.error(field, f"The field {field.name} is declared twice.", "Give one of them another name.")
        with around.mistakes:
            fields[name] = _field(field, name, node.name, around)
    if len(fields) < len(node.fields):
        raise FollowUpError(f"{node.name} lacks fields.", where=_where(declaration.file, node))
    try:
        model: type[BaseModel] = create_model(node.name, __base__=base, __module__=_module().__name__, **fields)
    except (PydanticUserError, NameError, TypeError) as problem:
        reason = str(problem).split("\n", 1)[0]
        raise around.error(node, f"The type {node.name} can't be made: {reason}.", "Mend its fields.") from None
    for name, value in _features(declaration, model, around).items():
        setattr(model, name, value)
    if not model.model_fields:
        setattr(model, FIELDLESS, _where(declaration.file, node))
    return model


def _base(declaration: TypeDeclaration, around: RuleScope) -> type[BaseModel]:
    parent = declaration.node.extends
    if parent is None:
        return Signal if declaration.entry_point is not None else Fact
    base = around.element(TypeName(at=declaration.node.at, name=parent))
    if issubclass(base, Fact) and declaration.entry_point is not None:
        raise around.error(
            declaration.node,
            f"{declaration.node.name} comes through an entry point, and {parent} is a fact.",
            "Extend a signal.",
        )
    return base


def _field(field: FieldNode, name: str, owner: str, around: RuleScope) -> Any:
    for annotation in field.annotations:
        if annotation.name.lower() not in _OF_FIELDS:
            raise around.error(
                annotation, f"@{annotation.name} is not supported on a field.", "There are @key and @position."
            )
    if field.name.startswith(("_", "model_")):
        raise around.error(field, f"A field can't be called {field.name}.", "Let its name begin with another word.")
    kind = kind_named(field.type, around.types.models)
    if kind.name == owner or any(argument.name == owner for argument in kind.arguments):
        raise around.error(field, f"{owner} refers to itself.", "Keep the other one's key instead.")
    _check_known(kind, field, around)
    default = default_of(kind)
    if field.default is not None:
        default = compile_expression(field.default, around.scope({}))((None, ()))
    alias = field.name if name != field.name else None
    return (annotation_of(kind), Field(default=default, alias=alias, validate_default=default is not None))


def _check_known(kind: Kind, field: FieldNode, around: RuleScope) -> None:
    from infobip_rules.rulefiles.drl.java.library.index import CLASSES

    if kind.model is None and kind.name not in (*CLASSES, *BOXED, *UNBOXED, "Object", "Number"):
        known = [*CLASSES, *BOXED, *around.types.models]
        raise around.unknown(field, f"There is no type {kind.name}.", kind.name, closest(kind.name, known))
    for inner in kind.arguments:
        _check_known(inner, field, around)


def _features(declaration: TypeDeclaration, model: type[BaseModel], around: RuleScope) -> dict[str, Any]:
    """Returns what annotations say, as attributes of the class."""
    features: dict[str, Any] = {}
    if declaration.entry_point is not None:
        features["entry_point"] = declaration.entry_point
    for annotation in declaration.node.annotations:
        name = annotation.name.lower()
        if name in ("timestamp", "duration"):
            if attribute_of(annotation.text) not in model.model_fields:
                raise around.error(
                    annotation,
                    f"{declaration.node.name} has no field {annotation.text!r}.",
                    closest(annotation.text, list(model.model_fields)),
                )
            features[f"drl_{name}"] = attribute_of(annotation.text)
        elif name == "expires" and declaration.entry_point is None:
            features["drl_expires"] = seconds(annotation.text.strip("\"'"))
    keys = [
        attribute_of(field.name)
        for field in declaration.node.fields
        if any(note.name == "key" for note in field.annotations)
    ]
    if keys:
        features["drl_keys"] = tuple(keys)
    return features


def _check_annotations(node: DeclareNode, around: RuleScope) -> None:
    for annotation in node.annotations:
        name = annotation.name.lower()
        if name not in _OF_TYPES:
            raise around.error(
                annotation, f"@{annotation.name} is not supported.", "There are @role, @timestamp, @duration, @expires."
            )
        if name == "role" and annotation.text not in ("event", "fact"):
            raise around.error(
                annotation, f"@role({annotation.text}) is not understood.", "Write @role(event) or @role(fact)."
            )
        if name == "expires" and seconds(annotation.text.strip("\"'")) is None:
            raise around.error(annotation, f"@expires({annotation.text}) is not understood.", "Write @expires(1h30m).")


def _check_addition(node: DeclareNode, other: type[BaseModel], around: RuleScope) -> None:
    """Refuses a second declaration of a type, unless it only calls it an event."""
    if node.fields or node.extends:
        whose = "infobip-rules" if OWN_TYPES.get(node.name) is other else other.__module__
        raise around.error(node, f"The type {node.name} is there already, from {whose}.", "Give yours another name.")
    for annotation in node.annotations:
        if annotation.name.lower() == "expires" and issubclass(other, Fact):
            raise around.error(
                annotation,
                f"The type {node.name} is declared elsewhere, and @expires stands with its fields.",
                "Declare the type whole here, or delete its facts in a rule.",
            )


def attribute_of(name: str) -> str:
    """Returns the Python name of a field: `from_` for `from`."""
    return f"{name}_" if name in _TAKEN else name


def _needed(node: DeclareNode) -> set[str]:
    used = {node.extends} if node.extends else set()
    for field in node.fields:
        used |= {field.type.name, *(inner.name for inner in field.type.arguments)}
    return {name.rpartition(".")[2] for name in used}


def _where(file: str, node: DeclareNode | Annotation) -> str:
    return f"{file}:{node.at.line}:{node.at.column}"


def _module() -> ModuleType:
    """Returns the module of declared types, in which they are found again by name."""
    return sys.modules.setdefault("infobip_rules_declared", ModuleType("infobip_rules_declared"))
