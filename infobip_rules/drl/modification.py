"""`modify(fact) { ... }`: setters, assignments and calls on a fact, told to the rules together."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from infobip_rules.drl.assignment import assigned
from infobip_rules.drl.calls import setter
from infobip_rules.drl.models import field_of, getter_of, names_of, setter_of
from infobip_rules.drl.scope import Run
from infobip_rules.drl.steps import Step, done
from infobip_rules.drl.syntax import Assign, Call, Expression, Member, Modify, Name
from infobip_rules.drl.typed import WORK, Compiler, Typed
from infobip_rules.drl.written import written


def modified(compiler: Compiler, node: Modify) -> Step:
    """The changes, one after the other, and then the rules are told which fields they were."""
    target = compiler.value(node.target)
    model = target.kind.model
    if model is None:
        raise compiler.scope.error(node, f"{written(node.target)} is {target.kind}, no fact.", "modify changes facts.")
    runs, fields = [], set[str | None]()
    for one in node.changes:
        with compiler.scope.mistakes:
            run, field = _change(compiler, node, target, one)
            runs.append(run)
            fields.add(field)
    # A call that sets nothing known makes all rules look again, as in Drools.
    named = frozenset[str]() if None in fields else frozenset(one for one in fields if one is not None)
    get, failing = target.run, compiler.failing(node)

    def run_all(frame: Any) -> None:
        fact = get(frame)
        if fact is None:
            raise failing.null(written(node.target))
        for run in runs:
            run(frame)
        frame[WORK].modify(fact, named)

    return done(compiler, node, run_all)


def _change(compiler: Compiler, node: Modify, target: Typed, change: Expression | Assign) -> tuple[Run, str | None]:
    model = target.kind.model
    assert model is not None  # noqa: S101 - the caller has looked
    if isinstance(change, Assign):
        name = change.target.name if isinstance(change.target, Name | Member) else ""
        found = field_of(model, name)
        if found is None:
            raise compiler.scope.unknown(
                change, f"{model.__name__} has no field {name}.", name, names_of(model), owner=model
            )
        own = Assign(
            at=change.at,
            target=Member(at=change.at, target=node.target, name=name),
            operator=change.operator,
            value=change.value,
        )
        return assigned(compiler, own), found[0]
    if isinstance(change, Call) and change.target is None:
        found = setter_of(model, change.name) if len(change.arguments) == 1 else None
        if found is not None:
            value = compiler.value(change.arguments[0])
            return setter(compiler, change, node.target, target=target, place=found, value=value), found[0]
    return compiler.typed(_on_target(change, node.target)).run, _collection_changed(model, change)


def _on_target(change: Expression, target: Expression) -> Expression:
    """`getTags().add("x")` as `target.getTags().add("x")`."""
    if not isinstance(change, Call):
        return change
    owner = target if change.target is None else _on_target(change.target, target)
    return Call(at=change.at, name=change.name, arguments=change.arguments, target=owner)


def _collection_changed(model: type[BaseModel], change: Expression) -> str | None:
    """The field of a collection that the change calls something on."""
    if not isinstance(change, Call) or not isinstance(change.target, Call) or change.target.target is not None:
        return None
    found = getter_of(model, change.target.name)
    return found[0] if found is not None else None
