"""`modify(fact) { ... }`: setters, assignments and calls on a fact, of which rules are notified together."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.body.assignment import assigned
from infobip_rules.rulefiles.drl.body.changes import changed_name, changed_within
from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler
from infobip_rules.rulefiles.drl.body.field_access import setter
from infobip_rules.rulefiles.drl.body.names import find
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.body.steps import Step, done
from infobip_rules.rulefiles.drl.java.models import field_of, names_of, setter_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Assign, Call, Cast, Expression, Member, Modify, Name


def modified(compiler: Compiler, node: Modify) -> Step:
    """Compiles the changes in their order; rules are notified of the changed fields after the last."""
    target = compiler.value(node.target)
    model = target.kind.model
    if model is None:
        raise compiler.scope.error(
            node, f"{expression_text(node.target)} is {target.kind}, no fact.", "modify changes facts."
        )
    body, name = compiler.body, changed_name(node.target)
    before = set(body.setters.get(name, ())) if body is not None else set[str]()
    runs, fields = [], set(before)
    for change in node.changes:
        with compiler.scope.mistakes:
            run, field = _change(compiler, node, target, change)
            runs.append(run)
            fields |= {field} if field is not None else set()
    if body is not None:
        body.setters[name] = before
        body.modified.setdefault(name, set()).update(fields)
    # Rules are notified of nothing if nothing is called, and of any change if no field is seen to change.
    named = frozenset(fields)
    if not runs:
        return done(compiler, node, lambda _: None)
    get, failing = target.run, compiler.failing(node)

    def run_all(frame: Any) -> None:
        fact = get(frame)
        if fact is None:
            raise failing.null(expression_text(node.target))
        for run in runs:
            run(frame)
        frame[WORK].modify(fact, named)

    return done(compiler, node, run_all)


def _change(compiler: Compiler, node: Modify, target: Closure, change: Expression | Assign) -> tuple[Run, str | None]:
    model = target.kind.model
    assert model is not None  # noqa: S101 - checked by the caller
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
    called = _on_target(change, node.target)
    return compiler.typed(called).run, changed_within(model, called)


def _on_target(change: Expression, target: Expression) -> Expression:
    """Returns `getTags().add("x")` as `target.getTags().add("x")`."""
    if not isinstance(change, Call):
        return change
    owner = target if change.target is None else _on_target(change.target, target)
    return Call(at=change.at, name=change.name, arguments=change.arguments, target=owner)


def note_change(compiler: Compiler, statement: Expression) -> None:
    """Notes for an `update` further down what a statement that is one call changes."""
    first: Expression | None = statement
    while isinstance(first, Call | Cast):
        first = first.operand if isinstance(first, Cast) else first.target
    owner = find(compiler, first) if isinstance(first, Name) else None
    if compiler.body is None or owner is None or owner.kind.model is None or not isinstance(first, Name):
        return
    field = changed_within(owner.kind.model, statement)
    if field is not None:
        compiler.body.setters.setdefault(first.name, set()).add(field)
