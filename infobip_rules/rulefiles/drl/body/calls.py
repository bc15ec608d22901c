"""Method calls: on the library's classes by their tables, on facts by what their classes define."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler, Failing, folded
from infobip_rules.rulefiles.drl.body.conversions import converted
from infobip_rules.rulefiles.drl.body.field_access import read_field, setter
from infobip_rules.rulefiles.drl.body.reads import note_read
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java import foreign_names
from infobip_rules.rulefiles.drl.java.drafts import FactDraft
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import INTEGRAL, NULL, OBJECT, VOID, Kind, boxed, unboxed
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, Overloads, choose, result_kind
from infobip_rules.rulefiles.drl.java.library.index import CLASSES, kind_of_value
from infobip_rules.rulefiles.drl.java.models import (
    PythonMethod,
    field_of,
    getter_of,
    method_of,
    names_of,
    property_of,
    setter_of,
)
from infobip_rules.rulefiles.drl.java.values import text_of, text_of_float
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call, Expression

_SPECIAL_TEXT = {"float": text_of_float, "Float": text_of_float}


def called(compiler: Compiler, node: Call, target: Closure) -> Closure:
    """Compiles `target.name(arguments)`."""
    if target.kind.model is not None:
        return on_model(compiler, node, target)
    plain = boxed(target.kind).name
    found = CLASSES.get(plain)
    if target.kind in (OBJECT, NULL) or found is None:
        return _called_later(compiler, node, target)
    if unboxed(target.kind).name in ("float",) and node.name == "toString":
        run = target.run
        return Closure(lambda frame: text_of_float(run(frame)), Kind("String"))
    return _in_table(compiler, node, target, found)


def _in_table(compiler: Compiler, node: Call, target: Closure, found: JavaClass) -> Closure:
    overloads = found.method(node.name)
    if not overloads:
        if node.name in foreign_names.METHODS:
            raise compiler.scope.error(node, *foreign_names.METHODS[node.name])
        raise compiler.scope.unknown(
            node, f"{found.name} has no method {node.name} here.", node.name, found.method_names()
        )
    arguments = [compiler.value(argument) for argument in node.arguments]
    method = _chosen(compiler, node, overloads, arguments, f"{found.name}.{node.name}")
    runs = argument_runs(compiler, node, method, arguments)
    kind = result_kind(method, target.kind, [argument.kind for argument in arguments])
    return Closure(_applied(compiler, node, method.call, target.run, runs), kind)


def _chosen(compiler: Compiler, node: Call, overloads: Overloads, arguments: Sequence[Closure], name: str) -> Method:
    method = choose(overloads, [argument.kind for argument in arguments])
    if method is not None:
        return method
    forms = " or ".join(dict.fromkeys(f"{node.name}({', '.join(overload.parameters)})" for overload in overloads))
    if not any(overload.takes(len(arguments)) for overload in overloads):
        raise compiler.scope.error(node, f"{name} does not take {_counted(len(arguments))}.", f"There is {forms}.")
    kinds = ", ".join(str(argument.kind) for argument in arguments)
    raise compiler.scope.error(node, f"{name} does not take ({kinds}).", f"There is {forms}.")


def _counted(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"


def argument_runs(compiler: Compiler, node: Call, method: Method, arguments: Sequence[Closure]) -> list[Run]:
    """Compiles the arguments to what the method takes: widened, and the rest of them in a list if it is variadic."""
    runs = [
        argument(compiler, given, typed, method.parameter(n))
        for n, (given, typed) in enumerate(zip(node.arguments, arguments, strict=True))
    ]
    if not method.variadic:
        return runs
    fixed = len(method.parameters) - 1
    rest = runs[fixed:]
    if (
        len(rest) == 1
        and arguments[fixed].kind.name == "List"
        and method.parameters[-1] == "Object..."
        and _is_array(arguments[fixed])
    ):
        return [*runs[:fixed], rest[0]]
    return [*runs[:fixed], lambda frame: [run(frame) for run in rest]]


def _is_array(typed: Closure) -> bool:
    return typed.kind.name == "List" and typed.kind.arguments[:1] == (Kind("Array"),)


def argument(compiler: Compiler, node: Expression, typed: Closure, parameter: str) -> Run:
    """Compiles one argument as a parameter of this kind is given it."""
    if parameter in ("int", "long", "double", "float", "short", "byte"):
        return converted(compiler, node, typed, Kind(parameter), "The argument")
    if parameter == "BigDecimal" and unboxed(typed.kind).name in INTEGRAL:
        return typed.run
    if typed.kind.name in _SPECIAL_TEXT and parameter == "Object":
        run, special = typed.run, _SPECIAL_TEXT[typed.kind.name]
        return lambda frame: special(run(frame))
    if compiler.body is not None and (typed.kind.model is not None or typed.kind == OBJECT):
        run = typed.run
        return lambda frame: frame[WORK].present(run(frame))
    return typed.run


#: What a function of the library may fail with when an argument is null or of a wrong type.
_FAILURES = (JavaFailure, TypeError, AttributeError, ValueError, ArithmeticError, LookupError)


def _applied(compiler: Compiler, node: Call, call: Callable[..., Any], target: Run, runs: Sequence[Run]) -> Run:
    """Compiles a call of a method, specialised by the number of arguments: most have none or one."""
    failing = compiler.failing(node)

    def missing() -> None:
        if not node.null_safe:
            raise failing.null(expression_text(node.target) if node.target is not None else node.name)

    def bare(frame: Any) -> Any:
        value = target(frame)
        if value is None:
            return missing()
        try:
            return call(value)
        except _FAILURES as problem:
            raise _explained(failing, node, problem, ()) from None

    def full(frame: Any) -> Any:
        value = target(frame)
        if value is None:
            return missing()
        given = [run(frame) for run in runs]
        try:
            return call(value, *given)
        except _FAILURES as problem:
            raise _explained(failing, node, problem, given) from None

    return full if runs else bare


def attempt(failing: Failing, node: Call, call: Callable[..., Any], values: Sequence[Any]) -> Any:
    """Calls a function of the library; its failures name the place."""
    try:
        return call(*values)
    except _FAILURES as problem:
        raise _explained(failing, node, problem, values[max(len(values) - len(node.arguments), 0) :]) from None


def _explained(failing: Failing, node: Call, problem: Exception, given: Sequence[Any]) -> Exception:
    if isinstance(problem, JavaFailure):
        return failing.error(problem)
    for value, argument_node in zip(given, node.arguments, strict=False):
        if value is None:
            return failing.null(expression_text(argument_node))
    return failing.wrong(
        f"{expression_text(node)} failed: {problem}.", "Compare the arguments with what the method takes."
    )


def on_class(compiler: Compiler, node: Call, found: JavaClass) -> Closure:
    """Compiles `Class.name(arguments)`."""
    overloads = found.statics.get(node.name, ())
    if not overloads:
        known = [*found.statics]
        raise compiler.scope.unknown(node, f"{found.name} has no static method {node.name} here.", node.name, known)
    arguments = [compiler.value(argument) for argument in node.arguments]
    method = _chosen(compiler, node, overloads, arguments, f"{found.name}.{node.name}")
    if node.name in ("valueOf", "toString") and method.result == "String" and len(arguments) == 1:
        from infobip_rules.rulefiles.drl.body.arithmetic import text_run

        return folded(Closure(text_run(compiler, arguments[0]), Kind("String")), arguments[0])
    runs = argument_runs(compiler, node, method, arguments)
    failing, call = compiler.failing(node), method.call
    kind = result_kind(method, OBJECT, [argument.kind for argument in arguments])
    return Closure(lambda frame: attempt(failing, node, call, tuple([run(frame) for run in runs])), kind)


# --- on a value whose kind shows only when it is there -----------------------------------------------------------------


def _called_later(compiler: Compiler, node: Call, target: Closure) -> Closure:
    arguments = [compiler.value(argument) for argument in node.arguments]
    runs, failing, in_body = [argument.run for argument in arguments], compiler.failing(node), compiler.body is not None

    def call(frame: Any) -> Any:
        value = target.run(frame)
        if in_body:
            value = frame[WORK].present(value)
        if value is None:
            if node.null_safe:
                return None
            raise failing.null(expression_text(node.target) if node.target is not None else node.name)
        given = [run(frame) for run in runs]
        work = frame[WORK] if in_body else None
        return _dispatched(failing, node, value, given, work)

    return Closure(call, OBJECT)


def _dispatched(failing: Failing, node: Call, value: Any, given: list[Any], work: Any) -> Any:
    if isinstance(value, FactDraft | BaseModel):
        return call_on_model(failing, node, value, given, work)
    kind = kind_of_value(value)
    found = CLASSES.get(boxed(kind).name)
    overloads = found.method(node.name) if found is not None else ()
    kinds = [_narrow(kind_of_value(value)) for value in given]
    method = choose(overloads, kinds)
    if method is None:
        raise failing.wrong(
            f"A {kind} has no method {node.name} for {_counted(len(given))} here.",
            f"There are: {', '.join(sorted(found.method_names()))}." if found is not None else "",
        )
    if method.variadic:
        fixed = len(method.parameters) - 1
        given = [*given[:fixed], given[fixed:]]
    plain = [float(value) if method.parameter(n) == "double" else value for n, value in enumerate(given)]
    return attempt(failing, node, method.call, (value, *plain))


def _narrow(kind: Kind) -> Kind:
    return Kind("int") if kind.name == "Long" else kind


# --- on facts and signals ----------------------------------------------------------------------------------------------


def on_model(compiler: Compiler, node: Call, target: Closure) -> Closure:
    """Compiles a getter, setter or method of a fact; RuleError if its class defines none of that name."""
    model = target.kind.model
    assert model is not None  # noqa: S101 - checked by the caller
    count = len(node.arguments)
    method = method_of(model, node.name)
    if method is not None:
        return _on_python(compiler, node, target, method)
    if count == 0 and (found := getter_of(model, node.name) or property_of(model, node.name)):
        return read_field(compiler, node, target, *found)
    found = setter_of(model, node.name) if count == 1 else None
    if found is not None:
        return _setting(compiler, node, target, *found)
    if node.name in ("toString", "hashCode", "equals"):
        return _in_table(compiler, node, Closure(_presenting(compiler, target.run), OBJECT), CLASSES["Object"])
    raise compiler.scope.unknown(
        node,
        f"{model.__name__} has no method {node.name} that takes {_counted(count)}.",
        node.name,
        _callable_names(model),
        owner=model,
    )


def _callable_names(model: Any) -> list[str]:
    fields = [name[:1].upper() + name[1:] for name in names_of(model) if field_of(model, name) is not None]
    return [*(f"get{name}" for name in fields), *(f"set{name}" for name in fields), *names_of(model)]


def _presenting(compiler: Compiler, run: Run) -> Run:
    return run if compiler.body is None else (lambda frame: frame[WORK].present(run(frame)))


def _setting(compiler: Compiler, node: Call, target: Closure, field: str, kind: Kind) -> Closure:
    if compiler.body is None:
        raise compiler.scope.error(
            node, f"{expression_text(node)} changes a fact, which a condition must not.", "Change it in `then`."
        )
    return Closure(
        setter(
            compiler, node, node.target, target=target, place=(field, kind), value=compiler.value(node.arguments[0])
        ),
        VOID,
    )


def _on_python(compiler: Compiler, node: Call, target: Closure, method: PythonMethod) -> Closure:
    check_count(compiler, node, method)
    runs = python_arguments(compiler, node, method)
    run, failing, safe = target.run, compiler.failing(node), node.null_safe
    note_read(compiler.scope, node.target, None)
    text = expression_text(node.target) if node.target is not None else "this"
    in_body = compiler.body is not None

    def call(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if safe:
                return None
            raise failing.null(text)
        given = [run(frame) for run in runs]
        if in_body:
            work = frame[WORK]
            value, given = work.value(value), [work.value(value) for value in given]
        return method.function(*given) if method.static else method.function(value, *given)

    return Closure(call, method.result)


def check_count(compiler: Compiler, node: Call, method: PythonMethod) -> None:
    """Raises RuleError for too few or too many arguments."""
    count = len(node.arguments)
    if count < method.least or (method.most is not None and count > method.most):
        takes = (
            f"{method.least}" if method.most == method.least else f"{method.least} to {method.most or 'any number of'}"
        )
        raise compiler.scope.error(node, f"{node.name} does not take {_counted(count)}.", f"It takes {takes}.")


def python_arguments(compiler: Compiler, node: Call, method: PythonMethod) -> list[Run]:
    """Compiles the arguments for a method of Python's."""
    return [
        converted(
            compiler,
            given,
            compiler.value(given),
            method.parameters[n] if n < len(method.parameters) else OBJECT,
            "The argument",
        )
        for n, given in enumerate(node.arguments)
    ]


def call_on_model(failing: Failing, node: Call, value: Any, given: list[Any], work: Any) -> Any:
    """Returns the same for a fact that was not known to be one before the rule fired."""
    model: type[BaseModel] = value.model if isinstance(value, FactDraft) else type(value)
    method = method_of(model, node.name)
    if method is not None and method.least <= len(given) and (method.most is None or len(given) <= method.most):
        if work is not None:
            value, given = work.value(value), [work.value(value) for value in given]
        return method.function(*given) if method.static else method.function(value, *given)
    found = getter_of(model, node.name) or property_of(model, node.name) if not given else None
    if found is not None:
        return (
            work.read(value, found[0])
            if work is not None and found[0] in model.model_fields
            else getattr(value, found[0])
        )
    found = setter_of(model, node.name) if len(given) == 1 else None
    if found is not None and work is not None:
        return work.write(value, found[0], work.value(given[0]))
    if node.name == "toString" and not given:
        return text_of(value)
    raise failing.wrong(f"A {model.__name__} has no method {node.name} for {_counted(len(given))}.", "")
