"""`== != < <= > >=` and `&& || !`: as Java in bodies, null-safe and coercing as Drools in constraints."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from infobip_rules.rulefiles.drl.body.arithmetic import combine, number, promoted
from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler, constant, folded
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import BOOLEAN, BOXED, NULL, NUMERIC, Kind, unboxed
from infobip_rules.rulefiles.drl.java.library.reals import parse_double
from infobip_rules.rulefiles.drl.java.values import compare, loosely_equal, same_fact, text_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Binary, Call, Expression, Member, Unary

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LATER: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
}
#: Kinds of which Python's values have an order.
_ORDERED = ("LocalDate", "LocalDateTime", "LocalTime", "ZonedDateTime", "OffsetDateTime", "Instant", "Date", "Duration")


def compared(compiler: Compiler, node: Binary) -> Closure:
    """Compiles a comparison; RuleError for one that could never hold."""
    left, right = compiler.value(node.left), compiler.value(node.right)
    if compiler.body is None:
        left, right = _coerced(compiler, node, left, right), _coerced(compiler, node, right, left)
    return comparison(compiler, node, left, right)


def comparison(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Closure:
    """Compiles the same for compiled operands."""
    if node.operator in ("==", "!="):
        return folded(Closure(_equality(compiler, node, left, right), BOOLEAN), left, right)
    return folded(Closure(_ordering(compiler, node, left, right), BOOLEAN), left, right)


# --- the literal is coerced to the other side's kind, as Drools does ---------------------------------------------------


def _coerced(compiler: Compiler, node: Binary, own: Closure, other: Closure) -> Closure:
    there, here = unboxed(other.kind).name, unboxed(own.kind).name
    if there == "String" and here in NUMERIC and not own.constant and not other.constant:
        run = own.run
        return Closure(lambda frame: None if (value := run(frame)) is None else text_of(value), other.kind)
    if not own.constant or own.kind == NULL or other.constant:
        return own
    if there == "String" and here in (*NUMERIC, "boolean"):
        return constant(text_of(own.run(None)), Kind("String"))
    if here in ("String", "char") and there in NUMERIC:
        return constant(_number_in(compiler, node, own, there), other.kind)
    if here == "String" and there == "boolean":
        return constant(own.run(None) == "true", BOOLEAN)
    return own


def _number_in(compiler: Compiler, node: Binary, own: Closure, kind: str) -> Any:
    text = str(own.run(None))
    try:
        if kind == "BigDecimal":
            return Decimal(text)
        return parse_double(text) if kind in ("float", "double") else int(text)
    except (JavaFailure, ValueError, ArithmeticError):
        raise compiler.scope.error(
            node,
            f"{expression_text(node)} compares a number with {text!r}, which is none.",
            "Compare it with a number.",
        ) from None


# --- equality ----------------------------------------------------------------------------------------------------------


def _equality(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Run:
    negated = node.operator == "!="
    if NULL in (left.kind, right.kind):
        return _null_test(compiler, node, left, right)
    if left.kind.model is not None or right.kind.model is not None:
        return _identity(compiler, left, right, negated=negated)
    kinds = {unboxed(left.kind).name, unboxed(right.kind).name}
    first, second = left.run, right.run
    if compiler.body is None and "char" in kinds:  # to Drools a sign is a text there, and no number
        _check_comparable(compiler, node, _as_text(left.kind), _as_text(right.kind))
        return _negation(lambda frame: first(frame) == second(frame), negated=negated)
    if promoted(left.kind, right.kind):
        if "char" in kinds and len(kinds) > 1:
            first, second = number(left), number(right)
    elif kinds not in ({"String"}, {"boolean"}):
        _check_comparable(compiler, node, left.kind, right.kind)
        return _negation(lambda frame: loosely_equal(first(frame), second(frame)), negated=negated)
    if compiler.body is not None and (left.kind.name in BOXED or right.kind.name in BOXED):
        return _negation(_strictly(compiler, node, first, second), negated=negated)
    if right.constant:
        value = second(None)
        return (lambda frame: first(frame) != value) if negated else (lambda frame: first(frame) == value)
    return (lambda frame: first(frame) != second(frame)) if negated else (lambda frame: first(frame) == second(frame))


def _as_text(kind: Kind) -> Kind:
    return Kind("String") if unboxed(kind).name == "char" else kind


def _negation(run: Run, *, negated: bool) -> Run:
    return (lambda frame: not run(frame)) if negated else run


def _null_test(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Run:
    tested, side = (right, node.right) if left.kind == NULL else (left, node.left)
    if tested.kind.name in BOXED:
        raise compiler.scope.error(
            node, f"{expression_text(side)} is {tested.kind.name}, which is never null.", "Leave the comparison out."
        )
    run = tested.run
    return (lambda frame: run(frame) is not None) if node.operator == "!=" else (lambda frame: run(frame) is None)


def _identity(compiler: Compiler, left: Closure, right: Closure, *, negated: bool) -> Run:
    first, second = left.run, right.run
    if compiler.body is None:
        return _negation(lambda frame: same_fact(first(frame), second(frame)), negated=negated)

    def same(frame: Any) -> bool:
        present = frame[WORK].present
        return same_fact(present(first(frame)), present(second(frame)))

    return _negation(same, negated=negated)


def _strictly(compiler: Compiler, node: Binary, left: Run, right: Run) -> Run:
    """Compares a primitive with what may be null, which Java unboxes."""
    failing = compiler.failing(node)

    def equal(frame: Any) -> bool:
        first, second = left(frame), right(frame)
        if first is None or second is None:
            raise failing.null(expression_text(node.left if first is None else node.right))
        return bool(first == second)

    return equal


def _check_comparable(compiler: Compiler, node: Binary, left: Kind, right: Kind) -> None:
    families = {_family(left), _family(right)}
    if len(families) > 1 and "unknown" not in families:
        raise compiler.scope.error(
            node,
            f"{expression_text(node)} compares {left} with {right}: they are never equal.",
            "Compare values of one type.",
        )


def _family(kind: Kind) -> str:
    name = unboxed(kind).name
    if name in NUMERIC or name == "char":
        return "number"
    return name if name in ("String", "boolean") else "unknown"


# --- order -------------------------------------------------------------------------------------------------------------


def _ordering(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Run:
    kinds = {unboxed(left.kind).name, unboxed(right.kind).name}
    first, second, step = number(left), number(right), _ORDER[node.operator]
    plain = bool(promoted(left.kind, right.kind)) or (len(kinds) == 1 and kinds <= {*_ORDERED, "String"})
    if not plain or (compiler.body is not None and "String" in kinds):
        if "boolean" in kinds or (compiler.body is not None and "String" in kinds):
            raise compiler.scope.error(
                node,
                f"{expression_text(node)}: {left.kind} and {right.kind} have no order.",
                "Use compareTo, or compare numbers.",
            )
        return _ordering_later(compiler, node, left.run, right.run)
    if compiler.body is not None:
        return _ordering_in_body(compiler, node, first, second)

    def ordered(frame: Any) -> bool:
        value, beside = first(frame), second(frame)
        return value is not None and beside is not None and step(value, beside)

    return ordered


def _ordering_in_body(compiler: Compiler, node: Binary, left: Run, right: Run) -> Run:
    failing, step = compiler.failing(node), _ORDER[node.operator]

    def ordered(frame: Any) -> bool:
        first, second = left(frame), right(frame)
        try:
            return step(first, second)
        except TypeError:
            if first is not None and second is not None:
                raise failing.wrong(
                    f"{expression_text(node)} has no answer for these values.", "Compare values of one type."
                ) from None
            raise failing.null(expression_text(node.left if first is None else node.right)) from None

    return ordered


def _ordering_later(compiler: Compiler, node: Binary, left: Run, right: Run) -> Run:
    failing, decide = compiler.failing(node), _LATER[node.operator]
    strict = compiler.body is not None

    def ordered(frame: Any) -> bool:
        first, second = left(frame), right(frame)
        try:
            sign = compare(first, second)
        except JavaFailure as problem:
            raise failing.error(problem) from None
        if sign is None and strict:
            raise failing.null(expression_text(node.left if first is None else node.right))
        return sign is not None and decide(sign)

    return ordered


# --- logic -------------------------------------------------------------------------------------------------------------


def truth(compiler: Compiler, node: Expression) -> Run:
    """Returns what decides: `if`, `&&`, a constraint. RuleError for what is neither true nor false; if it runs, a null fails.

    In a constraint `x!.y` is false if x is null.
    """
    decide = _decided(compiler, node)
    if compiler.body is not None or not (targets := list(_null_safe_targets(node))):
        return decide
    guards = [compiler.value(target).run for target in targets]

    def guarded(frame: Any) -> bool:
        return None not in [guard(frame) for guard in guards] and decide(frame) is True

    return guarded


def _null_safe_targets(node: Expression) -> Iterator[Expression]:
    """Yields what stands before each `!.` of a chain."""
    target: Expression | None = node
    while isinstance(target, Member | Call):
        if target.null_safe and target.target is not None:
            yield target.target
        target = target.target


def _decided(compiler: Compiler, node: Expression) -> Run:
    typed = compiler.value(node)
    run = typed.run
    if typed.kind == BOOLEAN and not any(_null_safe_targets(node)):
        return run
    if typed.kind.name not in ("boolean", "Boolean", "Object"):
        raise compiler.scope.error(
            node, f"{expression_text(node)} is {typed.kind}, neither true nor false.", "Compare it with something."
        )
    failing = compiler.failing(node)

    def decide(frame: Any) -> bool:
        value = run(frame)
        if value is True or value is False:
            return value
        if value is None:
            raise failing.null(expression_text(node))
        raise failing.wrong(f"{expression_text(node)} is neither true nor false.", "Compare it with something.")

    return decide


def logic(compiler: Compiler, node: Binary) -> Closure:
    """Compiles `&&` and `||`: the right side is evaluated only if the left does not decide."""
    left, right = truth(compiler, node.left), truth(compiler, node.right)
    if node.operator == "&&":
        return Closure(lambda frame: left(frame) and right(frame), BOOLEAN)
    return Closure(lambda frame: left(frame) or right(frame), BOOLEAN)


def negation(compiler: Compiler, node: Unary) -> Closure:
    """Compiles `!x`; as in Drools, null-safe access below it is none: its null fails."""
    run = _decided(compiler, node.operand)
    return Closure(lambda frame: not run(frame), BOOLEAN)


def operation(compiler: Compiler, node: Binary) -> Closure:
    """Compiles any operator between two operands."""
    if node.operator in ("&&", "||"):
        return logic(compiler, node)
    if node.operator in ("==", "!=", *_ORDER):
        return compared(compiler, node)
    return combine(compiler, node, compiler.value(node.left), compiler.value(node.right))
