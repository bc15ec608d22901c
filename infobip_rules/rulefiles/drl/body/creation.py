"""`new`, literals of lists and maps, literals as such, and the ternary."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.body.arithmetic import promoted
from infobip_rules.rulefiles.drl.body.calls import argument_runs, attempt
from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler, constant
from infobip_rules.rulefiles.drl.body.comparison import truth
from infobip_rules.rulefiles.drl.body.conversions import converted
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java.collections import Fixed, LinkedMap
from infobip_rules.rulefiles.drl.java.drafts import blank
from infobip_rules.rulefiles.drl.java.failures import LARGEST
from infobip_rules.rulefiles.drl.java.kinds import NULL, OBJECT, Kind, boxed, default_of, kind_of_field
from infobip_rules.rulefiles.drl.java.library.classes import choose
from infobip_rules.rulefiles.drl.java.library.index import ABSTRACT, CLASSES
from infobip_rules.rulefiles.drl.java.models import fieldless
from infobip_rules.rulefiles.drl.java.numbers import as_float
from infobip_rules.rulefiles.drl.java.values import Char, keys_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call, Expression, ListLiteral, Literal, MapLiteral, New, Ternary


def literal(compiler: Compiler, node: Literal) -> Closure:
    """Compiles a value as written."""
    if node.value is None:
        return constant(None, NULL)
    if node.kind == "char":
        return constant(Char(node.value), Kind("char"))
    if node.kind in ("int", "long") and isinstance(node.value, int):
        limit = 1 << (31 if node.kind == "int" else 63)
        if not -limit <= node.value <= limit:
            raise compiler.scope.error(node, f"{node.value} does not fit an {node.kind}.", "Write an L behind it.")
    if node.kind == "float":
        return constant(as_float(float(str(node.value))), Kind("float"))
    return constant(node.value, Kind(node.kind))


def ternary(compiler: Compiler, node: Ternary) -> Closure:
    """Compiles `test ? yes : no`."""
    test, yes, no = truth(compiler, node.test), compiler.value(node.yes), compiler.value(node.no)
    kind = _common(yes, no)
    first, second = _as(compiler, node.yes, yes, kind), _as(compiler, node.no, no, kind)
    return Closure(lambda frame: first(frame) if test(frame) else second(frame), kind)


def _common(first: Closure, second: Closure) -> Kind:
    yes, no = first.kind, second.kind
    if yes == no:
        return yes
    if NULL in (yes, no):
        return boxed(no if yes == NULL else yes)
    for char, whole in ((first, second), (second, first)):
        if (char.kind.name, whole.kind.name) == ("char", "int") and whole.constant and 0 <= whole.run(None) <= 0xFFFF:
            return char.kind
    number = promoted(yes, no)
    if number:
        return Kind(number)
    if boxed(yes) == boxed(no):
        return boxed(yes)
    return OBJECT


def _as(compiler: Compiler, node: Expression, typed: Closure, kind: Kind) -> Run:
    return converted(compiler, node, typed, kind, "The value") if promoted(kind, kind) else typed.run


# --- new ---------------------------------------------------------------------------------------------------------------


def new(compiler: Compiler, node: New) -> Closure:
    """Compiles `new Type(arguments)`, of the library or of facts; `new Type[n]` and `new Type[] {...}`."""
    kind = compiler.kind(node.type)
    if node.type.dimensions:
        return _array(compiler, node, kind)
    if kind.model is not None:
        return Closure(_fact(compiler, node, kind.model), kind)
    found = CLASSES.get(kind.name)
    if found is None or not found.constructors or kind.name in ABSTRACT:
        advice = {"List": "new ArrayList()", "Map": "new HashMap()", "Set": "new HashSet()"}.get(
            kind.name, "a class of facts"
        )
        raise compiler.scope.error(node, f"{kind.name} can't be made by new here.", f"Use {advice}.")
    arguments = [compiler.value(argument) for argument in node.arguments]
    method = choose(found.constructors, [argument.kind for argument in arguments])
    as_call = Call(at=node.at, name=f"new {kind.name}", arguments=node.arguments)
    if method is None:
        forms = " or ".join(
            f"new {kind.name}({', '.join(constructor.parameters)})" for constructor in found.constructors
        )
        raise compiler.scope.error(node, f"{expression_text(node)} fits no constructor.", f"There is {forms}.")
    runs, failing, make = argument_runs(compiler, as_call, method, arguments), compiler.failing(node), method.call
    if not kind.arguments and arguments and arguments[0].kind.arguments:
        kind = Kind(kind.name, arguments[0].kind.arguments)
    return Closure(lambda frame: attempt(failing, as_call, make, tuple([run(frame) for run in runs])), kind)


def _array(compiler: Compiler, node: New, kind: Kind) -> Closure:
    if len(node.arguments) == 1 and isinstance(node.arguments[0], ListLiteral):
        inside = [
            converted(compiler, item, compiler.value(item), _element(kind), "The entry")
            for item in node.arguments[0].items
        ]
        return Closure(lambda frame: Fixed([run(frame) for run in inside]), kind)
    if len(node.arguments) != 1:
        raise compiler.scope.error(node, "An array needs its length.", "Write new int[3], or new int[] {1, 2, 3}.")
    size = converted(compiler, node.arguments[0], compiler.value(node.arguments[0]), Kind("int"), "The length")
    failing, empty = compiler.failing(node), default_of(_element(kind))

    def make(frame: Any) -> Fixed:
        length = size(frame)
        if not 0 <= length <= LARGEST:
            raise failing.wrong(f"An array can't have {length} entries here.", f"At most {LARGEST:,}.")
        return Fixed([empty] * length)

    return Closure(make, kind)


def _element(kind: Kind) -> Kind:
    from infobip_rules.rulefiles.drl.java.kinds import unboxed

    return unboxed(kind.argument(0))


def _fact(compiler: Compiler, node: New, model: type[BaseModel]) -> Run:
    if not node.arguments:
        if compiler.body is None:
            raise compiler.scope.error(node, "A condition makes no facts.", "Make them in `then`.")
        return lambda _: blank(model)
    fields = _constructor_fields(compiler, node, model)
    infos = model.model_fields
    runs = [
        (name, converted(compiler, given, compiler.value(given), kind_of_field(infos[name]), f"The field {name}"))
        for name, given in zip(fields, node.arguments, strict=True)
    ]

    def make(frame: Any) -> Any:
        draft, work = blank(model), frame[WORK]
        for name, run in runs:
            draft.set(name, work.value(run(frame)))
        return draft

    return make


def _constructor_fields(compiler: Compiler, node: New, model: type[BaseModel]) -> tuple[str, ...]:
    """Returns all fields in the order declared, or those marked `@key`."""
    every, keys, count = tuple(model.model_fields), keys_of(model), len(node.arguments)
    for fields in (every, keys):
        if fields and len(fields) == count:
            return fields
    nothing = fieldless(model)
    if nothing is not None:
        raise nothing
    if not every:
        raise compiler.scope.error(
            node, f"new {model.__name__} takes no arguments.", f"{model.__name__} has no fields."
        )
    counts = sorted({0, len(every), *([len(keys)] if keys else [])})
    raise compiler.scope.error(
        node,
        f"new {model.__name__} does not take {count} arguments.",
        f"It takes {', '.join(map(str, counts[:-1]))} or {counts[-1]} ({', '.join(every)}).",
    )


# --- lists and maps of MVEL --------------------------------------------------------------------------------------------


def list_literal(compiler: Compiler, node: ListLiteral) -> Closure:
    """Compiles `[a, b]`."""
    items = [compiler.value(item) for item in node.items]
    runs, kinds = [item.run for item in items], {boxed(item.kind) for item in items}
    inside = kinds.pop() if len(kinds) == 1 else OBJECT
    return Closure(lambda frame: [run(frame) for run in runs], Kind("List", (inside,)))


def map_literal(compiler: Compiler, node: MapLiteral) -> Closure:
    """Compiles `["a": 1]`."""
    pairs = [(compiler.value(key).run, compiler.value(value).run) for key, value in node.entries]
    return Closure(lambda frame: LinkedMap((key(frame), value(frame)) for key, value in pairs), Kind("Map"))
