"""Names, `target.name` and `target[index]`: variables, bindings, fields, globals, constants, entries."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.body.calls import called
from infobip_rules.rulefiles.drl.body.closures import BEFORE, THIS, WORK, Closure, Compiler, constant
from infobip_rules.rulefiles.drl.body.field_access import read_field
from infobip_rules.rulefiles.drl.body.scope import BoundName, Run
from infobip_rules.rulefiles.drl.java import foreign_names
from infobip_rules.rulefiles.drl.java.drafts import FactDraft
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import BOXED, OBJECT, Kind, boxed
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass
from infobip_rules.rulefiles.drl.java.library.index import CLASSES
from infobip_rules.rulefiles.drl.java.library.lists import get
from infobip_rules.rulefiles.drl.java.models import field_of, is_exactly, method_of, names_of, property_of
from infobip_rules.rulefiles.drl.java.values import text_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call, Expression, Index, Member, Name

#: Names of Drools itself, in bodies.
HELPERS = {"drools": Kind("KnowledgeHelper"), "kcontext": Kind("KnowledgeHelper")}


def named(compiler: Compiler, node: Name) -> Closure:
    """Compiles a variable, binding, field or global; RuleError with the closest name if it is none of them."""
    found = find(compiler, node)
    if found is not None:
        return found
    strange = foreign_names.VARIABLES.get(node.name)
    if strange is not None:
        raise compiler.scope.error(node, *strange)
    owner = compiler.scope.this.model if compiler.scope.this is not None else None
    raise compiler.scope.unknown(node, f"{node.name} is not known here.", node.name, known_names(compiler), owner=owner)


def known_names(compiler: Compiler) -> list[str]:
    """Returns all names that mean something here."""
    scope = compiler.scope
    names = [*scope.bindings, *scope.globals]
    if compiler.body is not None:
        names += [name for block in compiler.body.blocks for name in block]
    if scope.this is not None and scope.this.model is not None:
        names += names_of(scope.this.model)
    return names


def find(compiler: Compiler, node: Name) -> Closure | None:
    """Returns what the name stands for; None if it is not known."""
    name, scope = node.name, compiler.scope
    local = compiler.body.find(name) if compiler.body is not None else None
    if local is not None:
        place = local.place
        return Closure(lambda frame: frame[place], local.kind)
    if name == "this" and scope.this is not None:
        return Closure(lambda frame: frame[THIS], scope.this)
    own = _own_field(compiler, node)
    if own is not None:  # in Drools a field goes before a binding of the same name
        return own
    if name in scope.bindings:
        return _kept(compiler, name, bound(compiler, scope.bindings[name]))
    if name in scope.globals:
        found = scope.globals[name]
        value = found.value
        return Closure(lambda _: value(), found.kind)
    if name in scope.imported and (owner := CLASSES.get(scope.imported[name])) is not None and name in owner.constants:
        return _constant(compiler, Member(at=node.at, target=Name(at=node.at, name=owner.name), name=name), owner)
    return constant(name, HELPERS[name]) if name in HELPERS and compiler.body is not None else None


def _own_field(compiler: Compiler, node: Name) -> Closure | None:
    this = compiler.scope.this
    if this is None:
        return None
    target = Closure(lambda frame: frame[THIS], this)
    member = Member(at=node.at, target=Name(at=node.at, name="this"), name=node.name)
    if this.model is None:
        known = boxed(this).name in CLASSES and _getter(CLASSES[boxed(this).name], node.name)
        return _member_of(compiler, member, target) if known else None
    found = field_of(this.model, node.name) or property_of(this.model, node.name)
    if found is not None and node.name[:1].isupper() and not is_exactly(this.model, node.name):
        return None  # a class or an enum: `Stage` is no field `stage`
    return read_field(compiler, member, target, *found) if found is not None else None


def bound(compiler: Compiler, binding: BoundName) -> Closure:
    """Compiles the value of a binding: of its position, as it is now."""
    position, result = binding.position, binding.result
    if position is not None:
        compiler.scope.joins.setdefault(position, set())
    if binding.expression is None:
        return Closure(_value_of(position, result), binding.kind)
    inner = compiler.within(compiler.scope.looking_at(binding.kind, position)).typed(binding.expression)
    run, value = inner.run, _value_of(position, result)
    if position is None:
        return inner
    return Closure(lambda frame: run((value(frame), frame[BEFORE])), inner.kind)


def _kept(compiler: Compiler, name: str, found: Closure) -> Closure:
    """Keeps what a name stood for when the rule fired; only elements themselves change with their setters."""
    binding = compiler.scope.bindings[name]
    if compiler.body is None or binding.expression is None or binding.position is None:
        return found
    place = compiler.body.keep(name, found.kind, found.run).place
    return Closure(lambda frame: frame[place], found.kind)


def _value_of(position: int | None, result: int | None) -> Run:
    """Reads what was matched at a position, or is being examined; of the results of an accumulate one."""
    if position is None:
        return (lambda frame: frame[THIS]) if result is None else (lambda frame: frame[THIS][result])
    if result is None:
        return lambda frame: frame[BEFORE][position]
    return lambda frame: frame[BEFORE][position][result]


# --- target.name -------------------------------------------------------------------------------------------------------


def member(compiler: Compiler, node: Member) -> Closure:
    """Compiles a field of a fact, a constant of a class, the length of an array, an entry of a map."""
    found = class_named(compiler, node.target)
    if found is not None:
        return _constant(compiler, node, found)
    enum = _enum_named(compiler, node.target)
    if enum is not None:
        return _member_of_enum(compiler, node, enum)
    if is_package(compiler, node.target) and (strange := foreign_names.class_of(expression_text(node))) is not None:
        raise compiler.scope.error(node, *strange)
    return _member_of(compiler, node, compiler.value(node.target))


def class_named(compiler: Compiler, node: Expression) -> JavaClass | None:
    """Returns the class that an expression names: `Math`, `java.util.Arrays`; None if it is a value."""
    if isinstance(node, Name):
        return None if find(compiler, node) is not None else CLASSES.get(node.name)
    if not isinstance(node, Member) or not node.name[:1].isupper():
        return None
    return CLASSES.get(node.name) if is_package(compiler, node.target) or class_named(compiler, node.target) else None


def _enum_named(compiler: Compiler, node: Expression) -> type[Enum] | None:
    """Returns the enum of a `.py` file that an expression names, by its name alone or with a package."""
    if isinstance(node, Name):
        return None if find(compiler, node) is not None else compiler.scope.enums.get(node.name)
    is_whole = isinstance(node, Member) and is_package(compiler, node.target)
    return compiler.scope.enums.get(node.name) if is_whole else None  # type: ignore[union-attr]  # as checked above


def _member_of_enum(compiler: Compiler, node: Member, enum: type[Enum]) -> Closure:
    members = enum.__members__
    if node.name not in members:
        raise compiler.scope.unknown(node, f"{enum.__name__} has no member {node.name}.", node.name, members)
    member = members[node.name]
    return Closure(lambda _: member, OBJECT)


def is_package(compiler: Compiler, node: Expression) -> bool:
    """Returns whether it reads as the name of a package, `java.util`."""
    if isinstance(node, Member):
        return node.name.islower() and is_package(compiler, node.target)
    return isinstance(node, Name) and node.name.islower() and find(compiler, node) is None


def _constant(compiler: Compiler, node: Member, found: JavaClass) -> Closure:
    if node.name not in found.constants:
        raise compiler.scope.unknown(
            node, f"{found.name} has no constant {node.name} here.", node.name, found.constants
        )
    value, kind = found.constants[node.name]
    return constant("stream" if kind.name == "PrintStream" else value, kind)


def _member_of(compiler: Compiler, node: Member, target: Closure) -> Closure:
    model = target.kind.model
    if model is not None:
        found = field_of(model, node.name) or property_of(model, node.name)
        if found is not None:
            return read_field(compiler, node, target, *found)
        method = method_of(model, node.name) or method_of(model, f"get{node.name[:1].upper()}{node.name[1:]}")
        if method is not None and method.least == 0:
            return called(compiler, _as_call(node, method.function.__name__), target)
        raise compiler.scope.unknown(
            node, f"{model.__name__} has no field {node.name}.", node.name, names_of(model), owner=model
        )
    if target.kind.name in ("Map", "HashMap", "LinkedHashMap", "TreeMap") and node.name not in ("size", "empty"):
        return _entry(compiler, node, target)
    if target.kind.name in BOXED or target.kind == OBJECT:
        return _member_later(compiler, node, target)
    getter = _getter(CLASSES.get(boxed(target.kind).name), node.name)
    if getter is None:
        raise compiler.scope.error(node, f"A {target.kind} has no field {node.name}.", "Call a method of it.")
    return called(compiler, _as_call(node, getter), target)


def _as_call(node: Member, name: str) -> Call:
    return Call(at=node.at, name=name, arguments=(), target=node.target, null_safe=node.null_safe)


def _getter(found: JavaClass | None, name: str) -> str | None:
    """Returns the method that Drools calls for a property: `length` is length(), `year` getYear()."""
    if found is None:
        return None
    capital = name[:1].upper() + name[1:]
    candidates = ("size",) if name == "length" and found.name == "List" else (f"get{capital}", f"is{capital}", name)
    return next(
        (candidate for candidate in candidates if any(method.takes(0) for method in found.method(candidate))), None
    )


def _entry(compiler: Compiler, node: Member, target: Closure) -> Closure:
    run, failing, key, safe = target.run, compiler.failing(node), node.name, node.null_safe

    def read(frame: Any) -> Any:
        entries = run(frame)
        if entries is None:
            if safe:
                return None
            raise failing.null(expression_text(node.target))
        return entries.get(key)

    return Closure(read, target.kind.argument(1))


def _member_later(compiler: Compiler, node: Member, target: Closure) -> Closure:
    """Reads a field of a value that is not known before the rule fires."""
    if target.kind.name in BOXED:
        raise compiler.scope.error(
            node, f"A {target.kind} has no field {node.name}.", f"{expression_text(node.target)} is no object."
        )
    run, failing, in_body, name = target.run, compiler.failing(node), compiler.body is not None, node.name

    def read(frame: Any) -> Any:
        value = frame[WORK].present(run(frame)) if in_body else run(frame)
        if value is None:
            if node.null_safe:
                return None
            raise failing.null(expression_text(node.target))
        if isinstance(value, dict):
            return value.get(name)
        model = value.model if isinstance(value, FactDraft) else type(value)
        found = field_of(model, name) or property_of(model, name) if issubclass(model, BaseModel) else None
        if found is None:
            raise failing.wrong(f"A {model.__name__} has no field {name}.", "")
        return (
            frame[WORK].read(value, found[0])
            if in_body and found[0] in model.model_fields
            else getattr(value, found[0])
        )

    return Closure(read, OBJECT)


# --- target[index] -----------------------------------------------------------------------------------------------------


def indexed(compiler: Compiler, node: Index) -> Closure:
    """Compiles an entry of a list, array or map."""
    target, index = compiler.value(node.target), compiler.value(node.index)
    run, at, failing = target.run, index.run, compiler.failing(node)
    is_map = target.kind.name.endswith("Map")
    if not is_map and target.kind.name not in ("List", "ArrayList", "LinkedList", "Object"):
        raise compiler.scope.error(node, f"A {target.kind} has no entries.", "Only lists, arrays and maps have.")

    def read(frame: Any) -> Any:
        holder, key = run(frame), at(frame)
        if holder is None:
            raise failing.null(expression_text(node.target))
        if isinstance(holder, dict):
            return holder.get(key)
        try:
            return get(holder, key)
        except (JavaFailure, TypeError) as problem:
            if isinstance(problem, JavaFailure):
                raise failing.error(problem) from None
            raise failing.wrong(
                f"{expression_text(node)}: {text_of(key)!r} is no index here.", "Give a whole number."
            ) from None

    return Closure(read, target.kind.argument(1 if is_map else 0))
