"""`+ - * / % & | ^ << >> >>>` and the signs, by Java's rules for the kinds of their operands."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler, Failing, folded
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java import numbers
from infobip_rules.rulefiles.drl.java.date_texts import text_of_date, text_of_instant
from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import BOOLEAN, INT, INTEGRAL, LONG, NUMERIC, STRING, Kind, unboxed
from infobip_rules.rulefiles.drl.java.library.index import kind_of_value
from infobip_rules.rulefiles.drl.java.values import Char, text_of, text_of_float
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Binary, Unary

_Step = Callable[[Any, Any], Any]

_WHOLE: dict[str, _Step] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": numbers.divide_whole,
    "%": numbers.remainder_whole,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
_REAL: dict[str, _Step] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": numbers.divide_real,
    "%": numbers.remainder_real,
}
_DECIMAL: dict[str, _Step] = {
    "+": numbers.add_decimal,
    "-": numbers.subtract_decimal,
    "*": numbers.multiply_decimal,
    "/": numbers.divide_decimal,
    "%": numbers.EXACT.remainder,
}
_BITS = {"byte": 32, "short": 32, "int": 32, "long": 64}
SHIFTS = ("<<", ">>", ">>>")


def promoted(left: Kind, right: Kind) -> str:
    """Returns the kind that an operation on these two is done in; empty if they are not both numbers."""
    kinds = {unboxed(left).name, unboxed(right).name}
    for wide in ("BigDecimal", "BigInteger", "double", "float", "long"):
        if wide in kinds and kinds <= {*NUMERIC, "char"}:
            return wide
    return "int" if kinds <= {*INTEGRAL, "char"} else ""


def arithmetic(compiler: Compiler, node: Binary) -> Closure:
    """Compiles `left operator right`; RuleError if Java has no such operation."""
    left, right = compiler.value(node.left), compiler.value(node.right)
    return combine(compiler, node, left, right)


def combine(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Closure:
    """Compiles the same for compiled operands."""
    sign = node.operator
    if sign == "+" and "String" in (left.kind.name, right.kind.name):
        return folded(Closure(_joined(compiler, node, left, right), STRING), left, right)
    if sign in "&|^" and {unboxed(left.kind).name, unboxed(right.kind).name} == {"boolean"}:
        return folded(Closure(_operated(compiler, node, left.run, right.run, _WHOLE[sign]), BOOLEAN), left, right)
    kind = promoted(left.kind, right.kind)
    if sign in SHIFTS and kind:
        return folded(_shifted(compiler, node, left, right), left, right)
    if kind:
        return folded(_computed(compiler, node, left, right, kind), left, right)
    if any(side.kind.name in ("Object", "Number", "Comparable") for side in (left, right)):
        return Closure(_computed_later(compiler, node, left, right), Kind("Object"))
    raise compiler.scope.error(
        node,
        f"{expression_text(node)}: {left.kind} {sign} {right.kind} has no meaning.",
        "Compute with numbers, join texts by +.",
    )


def number(typed: Closure) -> Run:
    """Gives the number that the value is: a char's code."""
    run = typed.run
    return (lambda frame: ord(run(frame))) if unboxed(typed.kind).name == "char" else run


def _computed(compiler: Compiler, node: Binary, left: Closure, right: Closure, kind: str) -> Closure:
    sign = node.operator
    if kind == "BigDecimal":
        step = _with_decimals(_DECIMAL.get(sign))
    elif kind == "BigInteger":
        step = _WHOLE.get(sign)
    elif kind in numbers.WRAP:
        step = _wrapping(_WHOLE[sign], kind)
    else:
        step = _with_reals(_REAL.get(sign), narrow=kind == "float")
    if step is None:
        raise compiler.scope.error(node, f"{expression_text(node)}: {kind} has no {sign}.", "Use whole numbers.")
    return Closure(_operated(compiler, node, number(left), number(right), step), Kind(kind))


def _wrapping(step: _Step, kind: str) -> _Step:
    wrap = numbers.WRAP[kind]
    greatest = 0x7FFF_FFFF if kind == "int" else 0x7FFF_FFFF_FFFF_FFFF

    def compute(left: int, right: int) -> int:
        result = step(left, right)
        return result if -greatest <= result <= greatest else wrap(result)

    return compute


def _with_reals(step: _Step | None, *, narrow: bool) -> _Step | None:
    if step is None:
        return None
    made = step
    if narrow:
        narrowed = numbers.as_float
        return lambda left, right: narrowed(made(narrowed(float(left)), narrowed(float(right))))
    return lambda left, right: made(float(left), float(right))


def _with_decimals(step: _Step | None) -> _Step | None:
    if step is None:
        return None
    made = step
    return lambda left, right: made(numbers.decimal(left), numbers.decimal(right))


def _operated(compiler: Compiler, node: Binary, left: Run, right: Run, step: _Step) -> Run:
    failing = compiler.failing(node)

    def compute(frame: Any) -> Any:
        first, second = left(frame), right(frame)
        try:
            return step(first, second)
        except JavaFailure as problem:
            raise failing.error(problem) from None
        except (TypeError, ArithmeticError) as problem:
            raise _explained(failing, node, first, second, problem) from None

    return compute


def _explained(failing: Failing, node: Binary, left: Any, right: Any, problem: Exception) -> Exception:
    for value, side in ((left, node.left), (right, node.right)):
        if value is None:
            return failing.null(expression_text(side))
    return failing.wrong(f"{expression_text(node)} can't be computed: {problem}.", "Compute with numbers of one kind.")


def _shifted(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Closure:
    kind = LONG if unboxed(left.kind).name == "long" else INT
    bits, wrap, sign = _BITS[kind.name], numbers.WRAP[kind.name], node.operator

    def shift(value: int, by: int) -> int:
        by &= bits - 1
        if sign == "<<":
            return wrap(value << by)
        return value >> by if sign == ">>" else wrap((value & ((1 << bits) - 1)) >> by)

    return Closure(_operated(compiler, node, number(left), number(right), shift), kind)


def _computed_later(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Run:
    """Computes with operands whose kinds show only when the rule fires."""
    sign = node.operator

    def compute(first: Any, second: Any) -> Any:
        if sign == "+" and (isinstance(first, str) or isinstance(second, str)):
            return text_of(first) + text_of(second)
        kind = promoted(kind_of_value(first), kind_of_value(second))
        if not kind:
            raise TypeError(f"{type(first).__name__} {sign} {type(second).__name__}")
        first, second = (ord(value) if isinstance(value, Char) else value for value in (first, second))
        if kind == "BigDecimal":
            return _DECIMAL[sign](numbers.decimal(first), numbers.decimal(second))
        if kind in numbers.WRAP:
            return numbers.wrap_long(_WHOLE[sign](first, second))
        return _REAL[sign](float(first), float(second))

    return _operated(compiler, node, left.run, right.run, compute)


# --- text --------------------------------------------------------------------------------------------------------------


_TEXTS: dict[str, Callable[[Any], str]] = {
    "float": text_of_float,
    "Float": text_of_float,
    "Instant": text_of_instant,
    "Date": text_of_date,
}


def text_run(compiler: Compiler, typed: Closure) -> Run:
    """Gives the text that `+` and String.valueOf make of the value."""
    run, kind = typed.run, typed.kind
    if kind.name == "String":
        return lambda frame: "null" if (value := run(frame)) is None else value
    special = _TEXTS.get(kind.name)
    if special is not None:
        return lambda frame: "null" if (value := run(frame)) is None else special(value)
    if compiler.body is not None and (kind.model is not None or kind.name == "Object"):
        return lambda frame: text_of(frame[WORK].present(run(frame)))
    return lambda frame: text_of(run(frame))


def _joined(compiler: Compiler, node: Binary, left: Closure, right: Closure) -> Run:
    first, second = text_run(compiler, left), text_run(compiler, right)
    failing = compiler.failing(node)

    def join(frame: Any) -> str:
        text: str = first(frame) + second(frame)
        if len(text) > LARGEST:
            raise failing.wrong(f"A text would grow beyond {LARGEST:,} characters.", "Keep less in one value.")
        return text

    return join


# --- signs -------------------------------------------------------------------------------------------------------------


def signed(compiler: Compiler, node: Unary) -> Closure:
    """Compiles `-x`, `+x` and `~x`."""
    inner = node.operand
    if isinstance(inner, Unary) and inner.operator == node.operator != "~" and inner.at.column == node.at.column + 1:
        raise compiler.scope.error(node, f"{node.operator * 2} is a statement of its own.", "Write n++; before it.")
    operand = compiler.value(inner)
    kind = promoted(operand.kind, INT)
    if not kind and operand.kind.name not in ("Object", "Number"):
        raise compiler.scope.error(
            node, f"{expression_text(node)}: there is no {node.operator} of a {operand.kind}.", "Compute with numbers."
        )
    wrap = numbers.WRAP.get(kind)
    run, failing = number(operand), compiler.failing(node)
    steps: dict[str, Callable[[Any], Any]] = {"-": _negated, "+": operator.pos, "~": operator.invert}
    step = steps[node.operator]

    def compute(frame: Any) -> Any:
        try:
            result = step(run(frame))
        except TypeError:
            raise failing.null(expression_text(node.operand)) from None
        return wrap(result) if wrap is not None else result

    return folded(Closure(compute, Kind(kind or "Object")), operand)


def _negated(value: Any) -> Any:
    return value.copy_negate() if isinstance(value, Decimal) and value else -value
