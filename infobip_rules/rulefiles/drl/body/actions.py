"""Actions of bodies: calls without a target, of Drools' helpers, and of the product's own API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from infobip_rules.channels.adapter_api import SENDING_BY_NAME
from infobip_rules.errors import InfobipRulesError
from infobip_rules.rulefiles.drl.body import scheduling
from infobip_rules.rulefiles.drl.body.calls import called, check_count, on_class, on_model
from infobip_rules.rulefiles.drl.body.changes import changed_name
from infobip_rules.rulefiles.drl.body.closures import THIS, WORK, Closure, Compiler, constant
from infobip_rules.rulefiles.drl.body.conversions import converted
from infobip_rules.rulefiles.drl.body.names import class_named, find, is_package
from infobip_rules.rulefiles.drl.body.scope import Function
from infobip_rules.rulefiles.drl.java import foreign_names
from infobip_rules.rulefiles.drl.java.drafts import FiringWork
from infobip_rules.rulefiles.drl.java.failures import BodyError
from infobip_rules.rulefiles.drl.java.kinds import BOOLEAN, NULL, STRING, VOID, Kind
from infobip_rules.rulefiles.drl.java.library import units
from infobip_rules.rulefiles.drl.java.models import method_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call, Literal, Member, Name
from infobip_rules.signals import Signal


class Action(NamedTuple):
    """Something a body can do; `call(work, *arguments)`."""

    call: Callable[..., Any]
    result: Kind
    least: int
    most: int
    #: Whether an argument may be null, as for Drools.
    takes_null: bool = False
    #: Refuses arguments that could never be right.
    check: Callable[[Compiler, Call, Sequence[Closure]], None] | None = None


def _insert(work: FiringWork, value: Any) -> Any:
    return None if value is None else work.insert(value)


def _check_insert(compiler: Compiler, node: Call, arguments: Sequence[Closure]) -> None:
    """Warns of a signal that is inserted without entry point, which no rule finds."""
    model = arguments[0].kind.model
    if model is not None and issubclass(model, Signal):
        given = expression_text(node.arguments[0])
        fact = f"{given} is a signal, and no rule finds a signal that is inserted without entry point."
        remedy = f'Write drools.getEntryPoint("{model.entry_point}").insert({given}).'
        compiler.scope.mistakes.warnings.append((node.at, f"{fact} {remedy}"))


def _insert_at(work: FiringWork, point: str, value: Any) -> Any:
    return work.insert(value, point=point)


def _insert_logical(work: FiringWork, value: Any) -> Any:
    return work.insert(value, logical=True)


#: Called without a target, and on `drools`, `kcontext` and what they give.
WORKING_MEMORY = {
    "insert": Action(_insert, VOID, 1, 1, takes_null=True, check=_check_insert),
    "insertLogical": Action(_insert_logical, VOID, 1, 1),
    "update": Action(FiringWork.update, VOID, 1, 1),
    "delete": Action(FiringWork.delete, VOID, 1, 1),
    "retract": Action(FiringWork.delete, VOID, 1, 1),
}
TIMERS = {
    "schedule": Action(scheduling.schedule, STRING, 2, 3, check=scheduling.check),
    "cancel": Action(lambda work, name: work.context.cancel(name), VOID, 1, 1),
}
_HALT = {"halt": Action(lambda work, *_: work.context.halt(), VOID, 0, 0)}
_RUNTIME = Kind("KieRuntime")
_TO_RUNTIME = {
    name: Action(lambda *_: "runtime", _RUNTIME, 0, 0)
    for name in ("getKieRuntime", "getKnowledgeRuntime", "getWorkingMemory", "getSession")
}
_FOCUS = {"setFocus": Action(lambda work, _, group: work.context.set_focus(group), VOID, 1, 1)}
_TO_ENTRY_POINT = {"getEntryPoint": Action(lambda _work, _helper, name: name, Kind("EntryPoint"), 1, 1)}
#: Methods of the helpers, by kind; they are given the work, then the value that they are called on.
HELPER_METHODS: dict[str, dict[str, Action]] = {
    "KnowledgeHelper": {**_HALT, **_FOCUS, **_TO_RUNTIME, **_TO_ENTRY_POINT},
    "KieRuntime": {
        **_HALT,
        **_FOCUS,
        **_TO_ENTRY_POINT,
        "getAgenda": Action(lambda *_: "agenda", Kind("Agenda"), 0, 0),
    },
    "EntryPoint": {"insert": Action(_insert_at, VOID, 1, 1)},
    "Agenda": {"getAgendaGroup": Action(lambda _work, _agenda, group: group, Kind("AgendaGroup"), 1, 1), **_FOCUS},
    "Rule": {"getName": Action(lambda _, rule: rule, STRING, 0, 0)},
    "AgendaGroup": {"setFocus": Action(lambda work, group: work.context.set_focus(group), VOID, 0, 0)},
}


def call(compiler: Compiler, node: Call) -> Closure:
    """Compiles any call: of an action, a function, a class, the product's API, or a method of a value."""
    if node.target is None:
        return _free(compiler, node)
    if isinstance(node.target, Name | Member):
        name = _class_name(compiler, node.target)
        if name == "InfobipAdapterAPI":
            _check_text(compiler, node)
            return _product(compiler, node)
        if name in compiler.scope.types and find_nothing(compiler, node.target):
            return _static(compiler, node, name)
    found = class_named(compiler, node.target)
    if found is not None:
        return on_class(compiler, node, found)
    if isinstance(node.target, Name) and node.target.name[:1].isupper() and find(compiler, node.target) is None:
        raise _unknown_class(compiler, node.target)
    target = compiler.value(node.target)
    if target.kind.name in HELPER_METHODS:
        return _of_helper(compiler, node, target)
    return called(compiler, node, target)


def _check_text(compiler: Compiler, node: Call) -> None:
    """Raises RuleError for a null text in a send."""
    for text in node.arguments[1:2]:
        if isinstance(text, Literal) and text.value is None:
            raise compiler.scope.error(text, f"{node.name} can't be given null.", "Give a text.")


def _class_name(compiler: Compiler, node: Name | Member) -> str:
    if isinstance(node, Name):
        return node.name
    return node.name if is_package(compiler, node.target) else ""


def find_nothing(compiler: Compiler, node: Name | Member) -> bool:
    """Returns whether the name is no variable."""
    return isinstance(node, Member) or find(compiler, node) is None


def _unknown_class(compiler: Compiler, node: Name) -> Exception:
    from infobip_rules.rulefiles.drl.body.names import known_names
    from infobip_rules.rulefiles.drl.java.library.index import CLASSES

    strange = foreign_names.class_of(node.name)
    if strange is not None:
        return compiler.scope.error(node, *strange)
    known = [*CLASSES, "InfobipAdapterAPI", *compiler.scope.types, *known_names(compiler)]
    return compiler.scope.unknown(node, f"{node.name} is not known here.", node.name, known)


# --- without a target --------------------------------------------------------------------------------------------------


def _free(compiler: Compiler, node: Call) -> Closure:
    function = compiler.scope.functions.get(node.name)
    if function is not None:
        return _function(compiler, node, function)
    if node.name in compiler.scope.imported:
        return call(compiler, replace(node, target=Name(at=node.at, name=compiler.scope.imported[node.name])))
    actions = {**WORKING_MEMORY, **TIMERS}
    in_rule = compiler.body is not None and compiler.body.result is None
    if in_rule and node.name in actions:
        return _acting(compiler, node, actions[node.name], None)
    this = compiler.scope.this
    if this is not None:
        target = Closure(lambda frame: frame[THIS], this)
        return on_model(compiler, node, target) if this.model is not None else called(compiler, node, target)
    if node.name in actions:
        raise compiler.scope.error(node, f"{node.name} can't be called here.", "Call it in the body of a rule.")
    known = [*compiler.scope.functions, *(actions if in_rule else ())]
    raise compiler.scope.unknown(node, f"There is no function {node.name}.", node.name, known)


def _function(compiler: Compiler, node: Call, function: Function) -> Closure:
    if len(node.arguments) != len(function.parameters):
        raise compiler.scope.error(
            node,
            f"{function.name} does not take {len(node.arguments)} arguments.",
            f"It takes {len(function.parameters)}.",
        )
    runs = [
        converted(compiler, given, compiler.value(given), kind, "The argument")
        for given, kind in zip(node.arguments, function.parameters, strict=True)
    ]
    in_body, failing = compiler.body is not None, compiler.failing(node)

    def call_it(frame: Any) -> Any:
        work = frame[WORK] if in_body else FiringWork(None)
        assert function.call is not None  # noqa: S101 - all functions are compiled before any rule is matched
        try:
            return function.call(work, [run(frame) for run in runs])
        except RecursionError:
            raise failing.wrong(f"{function.name} calls itself too often.", "Use a loop.") from None

    return Closure(call_it, function.result)


def _acting(compiler: Compiler, node: Call, action: Action, target: Closure | None) -> Closure:
    count = len(node.arguments)
    if not action.least <= count <= action.most:
        takes = f"{action.least}" if action.least == action.most else f"{action.least} or {action.most}"
        raise compiler.scope.error(node, f"{node.name} does not take {count} arguments.", f"It takes {takes}.")
    arguments = [compiler.value(argument) for argument in node.arguments]
    for given, argument in zip(node.arguments, arguments, strict=True):
        if argument.kind == NULL and not action.takes_null:
            raise compiler.scope.error(given, f"{node.name} can't be given null.", "Give a value.")
    if action.check is not None:
        action.check(compiler, node, arguments)
    runs, failing = [argument.run for argument in arguments], compiler.failing(node)
    texts = [expression_text(argument) for argument in node.arguments]
    extra = _setters(compiler, node)
    do = action.call

    def act(frame: Any) -> Any:
        work = frame[WORK]
        given = [run(frame) for run in runs]
        for n, value in enumerate(given):
            if value is None and not action.takes_null:
                raise failing.null(texts[n])
        if target is not None:
            given.insert(0, target.run(frame))
        return do(work, *given, frozenset(extra)) if extra is not None else do(work, *given)

    return Closure(act, action.result)


def _setters(compiler: Compiler, node: Call) -> set[str] | None:
    """Returns for `update(x)` the fields that statements above it set on x, of which Drools notifies the rules."""
    if node.name != "update" or compiler.body is None:
        return None
    name = changed_name(node.arguments[0])
    return compiler.body.setters.get(name, set()) | compiler.body.modified.get(name, set())


def _of_helper(compiler: Compiler, node: Call, target: Closure) -> Closure:
    methods = HELPER_METHODS[target.kind.name]
    if target.kind.name == "KnowledgeHelper" and node.name == "getRule" and not node.arguments:
        return constant(compiler.scope.rule.partition("/")[2], Kind("Rule"))
    if node.name in methods:
        return _acting(compiler, node, methods[node.name], target)
    if node.name in WORKING_MEMORY and target.kind.name in ("KnowledgeHelper", "KieRuntime"):
        return _acting(compiler, node, WORKING_MEMORY[node.name], None)
    known = [*methods, *WORKING_MEMORY]
    raise compiler.scope.unknown(
        node, f"{expression_text(node.target or node)} has no method {node.name} here.", node.name, known
    )


# --- classes of Python's -----------------------------------------------------------------------------------------------


def _product(compiler: Compiler, node: Call) -> Closure:
    if compiler.body is None:
        raise compiler.scope.error(node, "A condition sends no messages.", "Send them in `then`.")
    action = SENDING_BY_NAME.get(node.name)
    if action is None:
        raise compiler.scope.unknown(node, f"InfobipAdapterAPI has no method {node.name}.", node.name, SENDING_BY_NAME)
    if not action.required <= len(node.arguments) <= len(action.parameters):
        fact = f"{node.name} does not take {len(node.arguments)} arguments."
        raise compiler.scope.error(node, fact, f"It takes {action.takes}.")
    runs = [
        converted(
            compiler, given, compiler.value(given), BOOLEAN if parameter.annotation is bool else STRING, "The argument"
        )
        for given, parameter in zip(node.arguments, action.parameters, strict=False)
    ]
    failing, texts = compiler.failing(node), [expression_text(argument) for argument in node.arguments]
    # A null phone is dropped, like any address that is no phone number.
    never_null = [place for place in range(1, len(runs)) if action.parameters[place].default is not None]

    def send(frame: Any) -> str:
        given = [run(frame) for run in runs]
        for place in never_null:
            if given[place] is None:
                raise failing.null(texts[place])
        try:
            return action.call(*map(_encodable, given))
        except InfobipRulesError as problem:
            raise BodyError(problem.fact, problem.remedy, where=failing.where) from problem

    return Closure(send, STRING)


def _encodable(value: Any) -> Any:
    """Returns a text with `?` for half a sign, as Java sends it; what is no text as it is."""
    if not isinstance(value, str) or value.isascii():
        return value
    return units.joined(value).encode("utf-8", "replace").decode()


def _static(compiler: Compiler, node: Call, name: str) -> Closure:
    model = compiler.scope.types[name]
    method = method_of(model, node.name)
    if method is None or not method.static:
        raise compiler.scope.error(node, f"{name} has no static method {node.name}.", "Call it on a fact.")
    check_count(compiler, node, method)
    runs = [compiler.value(argument).run for argument in node.arguments]
    in_body = compiler.body is not None

    def give(frame: Any) -> Any:
        given = [run(frame) for run in runs]
        return method.function(*[frame[WORK].value(value) for value in given] if in_body else given)

    return Closure(give, method.result)
