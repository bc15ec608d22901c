"""`x = ...`, `x += ...`, `x++`: of variables, fields of facts, entries of lists and maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.rulefiles.drl.body.arithmetic import combine
from infobip_rules.rulefiles.drl.body.closures import Closure, Compiler, constant
from infobip_rules.rulefiles.drl.body.conversions import casting, converted
from infobip_rules.rulefiles.drl.body.field_access import setter
from infobip_rules.rulefiles.drl.body.names import named
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import BOXED, INT, OBJECT, Kind, unboxed
from infobip_rules.rulefiles.drl.java.library import maps
from infobip_rules.rulefiles.drl.java.library.lists import put
from infobip_rules.rulefiles.drl.java.models import field_of, names_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Assign, Binary, Expression, Index, Member, Name, Unary

#: Takes the frame and the value to be kept.
Store = Callable[[Any, Any], None]


def assigned(compiler: Compiler, node: Assign) -> Run:
    """Compiles the assignment as a statement; RuleError for a target that can't be assigned to."""
    target = node.target
    if isinstance(target, Member):
        return _field(compiler, node, target)
    kind, store = place(compiler, target)
    value = _value(compiler, node)
    give = converted(compiler, node.value, value, kind, f"The variable {expression_text(target)}")
    return lambda frame: store(frame, give(frame))


def _value(compiler: Compiler, node: Assign) -> Closure:
    value = compiler.value(node.value)
    if node.operator == "=":
        return value
    return _combined(compiler, node, node.target, node.operator.removesuffix("="), value)


def _combined(compiler: Compiler, node: Any, target: Expression, sign: str, value: Closure) -> Closure:
    """Compiles `target sign value`, cast back to the target's kind as Java does unasked."""
    before = compiler.value(target)
    sum_of = Binary(at=node.at, operator=sign, left=target, right=getattr(node, "value", target))
    after = combine(compiler, sum_of, before, value)
    wanted = unboxed(before.kind).name
    if after.kind == before.kind or wanted not in BOXED or wanted == "boolean":
        return after
    change = casting(Kind(wanted), after.kind)
    assert change is not None  # noqa: S101 - numbers are always cast to numbers
    run, convert = after.run, change
    return Closure(lambda frame: convert(run(frame)), before.kind)


def _field(compiler: Compiler, node: Assign, target: Member) -> Run:
    owner = compiler.value(target.target)
    if owner.kind.name.endswith("Map"):
        return _map_entry(compiler, target, owner, _value(compiler, node))
    model = owner.kind.model
    if model is None:
        raise compiler.scope.error(
            node, f"{expression_text(target)} can't be assigned to.", "Only fields of facts can."
        )
    found = field_of(model, target.name)
    if found is None:
        raise compiler.scope.unknown(
            target, f"{model.__name__} has no field {target.name}.", target.name, names_of(model), owner=model
        )
    return setter(compiler, target, target.target, target=owner, place=found, value=_value(compiler, node))


def _map_entry(compiler: Compiler, target: Member, owner: Closure, value: Closure) -> Run:
    run, give, key, failing = owner.run, value.run, target.name, compiler.failing(target)

    def store(frame: Any) -> None:
        entries = run(frame)
        if entries is None:
            raise failing.null(expression_text(target.target))
        maps.put(entries, key, give(frame))

    return store


def place(compiler: Compiler, target: Expression) -> tuple[Kind, Store]:
    """Returns how a variable or entry is stored; RuleError for anything else."""
    if isinstance(target, Index):
        return _entry(compiler, target)
    if not isinstance(target, Name):
        raise compiler.scope.error(target, f"{expression_text(target)} can't be assigned to.", "Assign to a variable.")
    local = compiler.body.find(target.name) if compiler.body is not None else None
    if local is None:
        named(compiler, target)
        raise compiler.scope.error(
            target,
            f"{target.name} was bound by the conditions and can't be assigned to.",
            "Declare a variable of another name.",
        )
    at = local.place

    def store(frame: Any, value: Any) -> None:
        frame[at] = value

    return local.kind, store


def _entry(compiler: Compiler, target: Index) -> tuple[Kind, Store]:
    holder, index = compiler.value(target.target), compiler.value(target.index)
    run, at, failing = holder.run, index.run, compiler.failing(target)
    is_map = holder.kind.name.endswith("Map")

    def store(frame: Any, value: Any) -> None:
        entries = run(frame)
        if entries is None:
            raise failing.null(expression_text(target.target))
        try:
            (maps.put if isinstance(entries, dict) else put)(entries, at(frame), value)
        except JavaFailure as problem:
            raise failing.error(problem) from None

    inside = holder.kind.argument(1 if is_map else 0)
    return (unboxed(inside) if not is_map else inside) if inside != OBJECT else OBJECT, store


def stepped(compiler: Compiler, node: Unary) -> Closure:
    """Compiles `x++`, `--x` and the like: the value before or after."""
    kind, store = place(compiler, node.operand)
    if unboxed(kind).name not in BOXED or unboxed(kind).name == "boolean":
        raise compiler.scope.error(
            node, f"{expression_text(node)}: {expression_text(node.operand)} is no number.", "Count with an int."
        )
    after = _combined(compiler, node, node.operand, node.operator.strip("x")[0], constant(1, INT)).run
    before = compiler.value(node.operand).run
    first = node.operator.startswith("x")

    def step(frame: Any) -> Any:
        old, new = before(frame), after(frame)
        store(frame, new)
        return old if first else new

    return Closure(step, kind)
