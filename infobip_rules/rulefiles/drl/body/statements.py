"""The statements of bodies and functions, as closures that run one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.body.assignment import assigned
from infobip_rules.rulefiles.drl.body.closures import RESULT, WORK, Body, Closure, Compiler, Failing
from infobip_rules.rulefiles.drl.body.comparison import truth
from infobip_rules.rulefiles.drl.body.conversions import converted
from infobip_rules.rulefiles.drl.body.modification import modified, note_change
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.body.steps import Step, done
from infobip_rules.rulefiles.drl.java.collections import LinkedMap, items_of
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import NULL, OBJECT, VOID, Kind
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Assign,
    Block,
    Call,
    Evaluate,
    Expression,
    For,
    ForEach,
    If,
    Jump,
    Local,
    Modify,
    Name,
    Return,
    Statement,
    Unary,
    While,
)

#: Rounds of all loops of one firing.
MOST_ROUNDS = 1_000_000


def block(compiler: Compiler, statements: Sequence[Statement]) -> Step:
    """Compiles statements with variables of their own."""
    body = _body(compiler)
    body.blocks.append({})
    steps = steps_of(compiler, statements)
    body.blocks.pop()
    step = steps[0] if len(steps) == 1 else _one_after_the_other(steps)
    return _notifying(step) if any(isinstance(statement, Modify) for statement in statements) else step


def _one_after_the_other(steps: Sequence[Step]) -> Step:

    def run(frame: Any) -> str | None:
        for step in steps:
            word = step(frame)
            if word is not None:
                return word
        return None

    return run


def steps_of(compiler: Compiler, statements: Sequence[Statement]) -> list[Step]:
    """Compiles each statement by itself: a wrong one is left out, and with it the uses of its variable."""
    steps: list[Step] = []
    for node in statements:
        with compiler.scope.mistakes:
            steps.append(statement(compiler, node))
            continue
        if isinstance(node, Local):
            _lose(compiler, node)
    return steps


def _lose(compiler: Compiler, node: Local | ForEach) -> None:
    """Declares a variable whose value is wrong; one whose type is not known counts as unreadable from then on."""
    body, name = _body(compiler), node.name
    if body.find(name) is not None or name in compiler.scope.bindings:
        return
    try:
        kind = compiler.kind(node.type)
    except RuleError:
        kind = VOID
    if kind == VOID or node.type.name == "var":
        compiler.scope.mistakes.unreadable.add(name)
    else:
        body.add(name, kind)


def _notifying(step: Step) -> Step:
    """Returns a block that notifies rules at its end of what `modify` changed in it, after what it inserts, as Drools does."""

    def run(frame: Any) -> str | None:
        work = frame[WORK]
        work.modified.append({})
        word = step(frame)
        work.notify_rules()
        return word

    return run


def _body(compiler: Compiler) -> Body:
    assert compiler.body is not None  # noqa: S101 - statements stand in bodies only
    return compiler.body


def statement(compiler: Compiler, node: Statement) -> Step:
    """Compiles one statement."""
    return _TABLE[type(node)](compiler, node)


def _local(compiler: Compiler, node: Local) -> Step:
    body = _body(compiler)
    if body.find(node.name) is not None or node.name in compiler.scope.bindings:
        raise compiler.scope.error(node, f"{node.name} is declared twice.", "Give the second variable another name.")
    if node.value is None:
        kind = compiler.kind(node.type)
        at = body.add(node.name, kind).place
        return done(compiler, node, lambda frame: _put(frame, at, None))
    value = compiler.value(node.value)
    kind = _declared(compiler, node, value)
    give = converted(compiler, node.value, value, kind, f"The variable {node.name}")
    at = body.add(node.name, kind).place
    return done(compiler, node, lambda frame: _put(frame, at, give(frame)))


def _declared(compiler: Compiler, node: Local, value: Closure) -> Kind:
    if node.type.name == "var":
        if value.kind == NULL:
            raise compiler.scope.error(node, f"`var {node.name} = null` has no type.", "Write its type instead of var.")
        return value.kind
    kind = compiler.kind(node.type)
    if kind.model is None and not kind.arguments and value.kind.arguments and kind.name != "Object":
        return Kind(kind.name, value.kind.arguments)
    return kind


def _put(frame: Any, at: int, value: Any) -> None:
    frame[at] = value


def _assign(compiler: Compiler, node: Assign) -> Step:
    return done(compiler, node, assigned(compiler, node))


def _evaluate(compiler: Compiler, node: Evaluate) -> Step:
    expression = node.expression
    if not isinstance(expression, Call) and not (
        isinstance(expression, Unary) and expression.operator.strip("x") in ("++", "--")
    ):
        raise compiler.scope.error(
            node, f"{expression_text(expression)} does nothing.", "Call something, or assign it."
        )
    run = compiler.typed(expression).run
    note_change(compiler, expression)
    return done(compiler, expression, run)


def _if(compiler: Compiler, node: If) -> Step:
    test = _test(compiler, node.test)
    then = block(compiler, [node.then])
    otherwise = block(compiler, [node.otherwise]) if node.otherwise is not None else (lambda _: None)
    return lambda frame: then(frame) if test(frame) else otherwise(frame)


def _test(compiler: Compiler, node: Expression) -> Run:
    run: Run = bool
    with compiler.scope.mistakes:
        run = truth(compiler, node)
    failing = compiler.failing(node)

    def test(frame: Any) -> bool:
        try:
            return run(frame) is True
        except JavaFailure as problem:
            raise failing.error(problem) from None

    return test


def _counting(failing: Failing) -> Callable[[Any], None]:
    def count(frame: Any) -> None:
        work = frame[WORK]
        work.loops += 1
        if work.loops > MOST_ROUNDS:
            raise failing.wrong(f"The loops went round {MOST_ROUNDS:,} times.", "Let them come to an end.")

    return count


def _loop(compiler: Compiler, node: For | While, test: Run, step: Step, inside: Step) -> Step:
    count = _counting(compiler.failing(node))

    def run(frame: Any) -> str | None:
        while test(frame):
            count(frame)
            word = inside(frame)
            if word == "break":
                return None
            if word == "return":
                return word
            step(frame)
        return None

    return run


def _inside(compiler: Compiler, node: Statement) -> Step:
    body = _body(compiler)
    body.loops += 1
    made = block(compiler, [node])
    body.loops -= 1
    return made


def _while(compiler: Compiler, node: While) -> Step:
    return _loop(compiler, node, _test(compiler, node.test), lambda _: None, _inside(compiler, node.body))


def _for(compiler: Compiler, node: For) -> Step:
    body = _body(compiler)
    body.blocks.append({})
    starts = steps_of(compiler, node.start)
    test = _test(compiler, node.test) if node.test is not None else (lambda _: True)
    steps = steps_of(compiler, node.step)
    inside = _inside(compiler, node.body)
    body.blocks.pop()

    def step(frame: Any) -> None:
        for step in steps:
            step(frame)

    loop = _loop(compiler, node, test, step, inside)

    def run(frame: Any) -> str | None:
        for start in starts:
            start(frame)
        return loop(frame)

    return run


def _for_each(compiler: Compiler, node: ForEach) -> Step:
    body = _body(compiler)
    if body.find(node.name) is not None or node.name in compiler.scope.bindings:
        raise compiler.scope.error(node, f"{node.name} is declared twice.", "Give the loop's variable another name.")
    items: Closure | None = None
    with compiler.scope.mistakes:
        items = compiler.value(node.items)
    if items is None:
        return _unread(compiler, node)
    held = items.kind.argument(0)
    kind = held if node.type.name == "var" else compiler.kind(node.type)
    if kind.name == "Entry" and not kind.arguments:
        kind = held if held.name == "Entry" else kind
    body.blocks.append({})
    at = body.add(node.name, kind).place
    inside = _inside(compiler, node.body)
    body.blocks.pop()
    # The value is at its place already when it is made to fit the variable.
    given = Closure(lambda frame: frame[at], held)
    fit = converted(compiler, Name(at=node.at, name=node.name), given, kind, f"The variable {node.name}")
    failing, count, source = compiler.failing(node), _counting(compiler.failing(node)), items.run

    def run(frame: Any) -> str | None:
        for value in _values(failing, node, source(frame)):
            count(frame)
            frame[at] = value
            frame[at] = fit(frame)
            word = inside(frame)
            if word == "break":
                return None
            if word == "return":
                return word
        return None

    return run


def _unread(compiler: Compiler, node: ForEach) -> Step:
    """Compiles a loop through what is wrong: its statements are examined all the same."""
    body = _body(compiler)
    body.blocks.append({})
    _lose(compiler, node)
    inside = _inside(compiler, node.body)
    body.blocks.pop()
    return inside


def _values(failing: Failing, node: ForEach, values: Any) -> list[Any]:
    if values is None:
        raise failing.null(expression_text(node.items))
    if isinstance(values, LinkedMap):
        raise failing.wrong("A map holds no items.", "Go through keySet(), values() or entrySet().")
    try:
        return list(items_of(values))
    except JavaFailure as problem:
        raise failing.error(problem) from None


def _jump(compiler: Compiler, node: Jump) -> Step:
    if not _body(compiler).loops:
        raise compiler.scope.error(node, f"{node.word} stands outside a loop.", "Leave it out.")
    word = node.word
    return lambda _: word


def _return(compiler: Compiler, node: Return) -> Step:
    result = _body(compiler).result
    if node.value is None:
        if result not in (None, VOID):
            raise compiler.scope.error(node, f"The function must give back a {result}.", "Write `return value;`.")
        return lambda _: "return"
    if result in (None, VOID):
        raise compiler.scope.error(node, "There is nothing to give a value back to.", "Write `return;`.")
    give = converted(compiler, node.value, compiler.value(node.value), result or OBJECT, "What the function gives back")

    def step(frame: Any) -> str:
        frame[RESULT] = give(frame)
        return "return"

    return step


_TABLE: dict[type, Callable[[Compiler, Any], Step]] = {
    Local: _local,
    Assign: _assign,
    Evaluate: _evaluate,
    Modify: modified,
    Block: lambda compiler, node: block(compiler, node.statements),
    If: _if,
    For: _for,
    ForEach: _for_each,
    While: _while,
    Return: _return,
    Jump: _jump,
}
