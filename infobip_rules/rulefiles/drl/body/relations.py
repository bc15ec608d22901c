"""Drools' own operators between two values: matches, contains, memberOf, in, str[...], and those of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.rulefiles.drl.body.closures import Closure, Compiler
from infobip_rules.rulefiles.drl.body.comparison import comparison
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java import regex
from infobip_rules.rulefiles.drl.java.collections import items_of
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import BOOLEAN, INT, LISTS, SETS
from infobip_rules.rulefiles.drl.java.library import units
from infobip_rules.rulefiles.drl.java.values import loosely_equal, text_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Binary, Expression, ListLiteral, Relation

_Decide = Callable[[Any, Any], bool]


def related(compiler: Compiler, node: Relation) -> Closure:
    """Compiles a relation, negated if it says so; RuleError for an operator that is not supported."""
    word = node.operator
    if word == "in":
        run = _in(compiler, node)
    elif word == "str":
        run = _about_text(compiler, node)
    elif word in _TIMES:
        run = _deciding(compiler, node, _temporal(compiler, node))
    elif word in _PLAIN:
        run = _deciding(compiler, node, _PLAIN[word])
    else:
        raise compiler.scope.unknown(
            node, f"The operator {word} is not supported.", word, [*_PLAIN, *_TIMES, "in", "str"]
        )
    return Closure((lambda frame: not run(frame)) if node.negated else run, BOOLEAN)


def _deciding(compiler: Compiler, node: Relation, decide: _Decide) -> Run:
    left, right = compiler.value(node.left), compiler.value(node.right)
    first, second, failing = left.run, right.run, compiler.failing(node)
    if node.operator in ("contains", "memberOf"):
        _check_holds(compiler, node, *((node.left, left) if node.operator == "contains" else (node.right, right)))
    if node.operator == "matches" and right.constant:
        try:
            regex.compiled(str(right.run(None)))
        except JavaFailure as problem:
            raise compiler.scope.error(node, problem.fact, problem.remedy) from None

    def run(frame: Any) -> bool:
        try:
            return decide(first(frame), second(frame))
        except JavaFailure as problem:
            raise failing.error(problem) from None
        except (TypeError, AttributeError):
            raise failing.wrong(
                f"{expression_text(node)} has no answer for these values.", "Test them for null first."
            ) from None

    return run


#: What may hold others, or show only when it is there that it does.
_HOLDING = ("String", "CharSequence", *LISTS, *SETS, "Object", "Comparable", "T", "null")


def _check_holds(compiler: Compiler, node: Relation, side: Expression, typed: Closure) -> None:
    """Raises RuleError for a map, number or other value in which Drools never finds anything."""
    if typed.kind.name in _HOLDING:
        return
    other = node.right if side is node.left else node.left
    remedy = f"Compare it: {expression_text(side)} {'!=' if node.negated else '=='} {expression_text(other)}."
    if typed.kind.name.endswith("Map"):
        negation = "!" if node.negated else ""
        remedy = f"Write {negation}{expression_text(side)}.containsKey({expression_text(other)}), or containsValue."
    raise compiler.scope.error(
        node, f"{expression_text(side)} is {typed.kind}: `{node.operator}` looks into lists, sets and texts.", remedy
    )


def _matches(value: Any, pattern: Any) -> bool:
    return value is not None and pattern is not None and regex.matches(text_of(value), pattern)


def _contains(collection: Any, value: Any) -> bool:
    if collection is None:
        return False
    if isinstance(collection, str):
        return value is not None and text_of(value) in collection
    if isinstance(collection, dict):  # to Drools a map holds nothing, unless its type was known before
        return False
    return any(loosely_equal(item, value) for item in items_of(collection))


def _member_of(value: Any, collection: Any) -> bool:
    return _contains(collection, value)


_PLAIN: dict[str, _Decide] = {"matches": _matches, "contains": _contains, "memberOf": _member_of}
# `excludes` is `not contains` by another name.
_PLAIN["excludes"] = lambda collection, value: not _contains(collection, value)


def _in(compiler: Compiler, node: Relation) -> Run:
    if not isinstance(node.right, ListLiteral):
        raise compiler.scope.error(
            node, "`in` needs a list in brackets.", 'Write in ("a", "b"), or memberOf a collection.'
        )
    tests = [_equal(compiler, node, item) for item in node.right.items]
    return lambda frame: any([test(frame) for test in tests])  # noqa: C419 - a list is quicker here


def _equal(compiler: Compiler, node: Relation, item: Expression) -> Run:
    return compiler.typed(Binary(at=item.at, operator="==", left=node.left, right=item)).run


# --- str[startsWith] and the like --------------------------------------------------------------------------------------


def _about_text(compiler: Compiler, node: Relation) -> Run:
    word = node.parameters[0] if node.parameters else ""
    if word == "length":
        return _length(compiler, node)
    decide = {"startsWith": str.startswith, "endsWith": str.endswith}.get(word)
    if decide is None:
        raise compiler.scope.error(
            node, f"str[{word}] is not supported.", "There are str[startsWith], str[endsWith], str[length]."
        )
    found = decide
    return _deciding(compiler, node, lambda value, wanted: found(_some_text(value), wanted))


def _some_text(value: Any) -> str:
    if value is None:
        raise JavaFailure("NullPointerException", "The text that str looks at is null.", "Test it for null first.")
    return text_of(value)


def _length(compiler: Compiler, node: Relation) -> Run:
    left, right = compiler.value(node.left), compiler.value(node.right)
    run = left.run
    length = Closure(lambda frame: units.length(_some_text(run(frame))), INT)
    return comparison(compiler, Binary(at=node.at, operator="==", left=node.left, right=node.right), length, right).run


# --- time --------------------------------------------------------------------------------------------------------------

_PART = re.compile(r"(-?\d+)(ms|[dhms]?)")
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 0.001}


def span(text: str) -> timedelta | None:
    """Reads `1h30m`, `5s`, `100ms`, or a plain number of milliseconds; `*` is without end. ValueError for anything else."""
    if text.strip() == "*":
        return None
    parts = _PART.findall(text.replace(" ", ""))
    if not parts or "".join(map("".join, parts)) != text.replace(" ", ""):
        raise ValueError(text)
    sign = -1 if parts[0][0].startswith("-") else 1
    total = sum((timedelta(seconds=_SECONDS[unit]) * abs(int(count)) for count, unit in parts), timedelta())
    return sign * total


def _moment(value: Any) -> datetime:
    """Returns the moment of an event: what its type names by `drl_timestamp`, else the field that says when it came."""
    if isinstance(value, datetime):
        return value
    named = getattr(type(value), "drl_timestamp", None)
    for name in (named,) if named else ("timestamp", "receivedAt", "doneAt", "sentAt"):
        moment = getattr(value, name, None)
        if isinstance(moment, datetime):
            return moment
    raise JavaFailure(
        "IllegalArgumentException", f"A {type(value).__name__} has no moment.", "Compare a field, such as receivedAt."
    )


def _end(value: Any) -> datetime:
    named = getattr(type(value), "drl_duration", None)
    length = getattr(value, named, None) if named else None
    if isinstance(length, timedelta):
        return _moment(value) + length
    return _moment(value) + timedelta(milliseconds=length or 0)


def _within(gap: timedelta, low: timedelta | None, high: timedelta | None) -> bool:
    return (low is None or gap >= low) and (high is None or gap <= high)


_Ends = list[timedelta | None]


def _window(spans: _Ends) -> tuple[timedelta | None, timedelta | None]:
    """Returns the bounds: [a, b] as written; [a] from a on; without parameters from a millisecond on."""
    if not spans:
        return timedelta(milliseconds=1), None
    return spans[0], spans[1] if len(spans) > 1 else None


def _after(value: Any, other: Any, spans: _Ends) -> bool:
    return _within(_moment(value) - _end(other), *_window(spans))


def _before(value: Any, other: Any, spans: _Ends) -> bool:
    return _within(_moment(other) - _end(value), *_window(spans))


def _coincides(value: Any, other: Any, spans: _Ends) -> bool:
    first = (spans[0] if spans else None) or timedelta()
    last = (spans[1] if len(spans) > 1 else first) or timedelta()
    return abs(_moment(value) - _moment(other)) <= first and abs(_end(value) - _end(other)) <= last


def _during(value: Any, other: Any, spans: _Ends) -> bool:
    start, end = _moment(value) - _moment(other), _end(other) - _end(value)
    if not spans:
        return start > timedelta() and end > timedelta()
    if len(spans) == 1:
        return all(timedelta() < gap <= (spans[0] or gap) for gap in (start, end))
    pairs = (spans[:2], spans[2:] or spans[:2])
    return _within(start, *pairs[0]) and _within(end, *pairs[1])


_TIMES: dict[str, Callable[[Any, Any, _Ends], bool]] = {
    "after": _after,
    "before": _before,
    "coincides": _coincides,
    "during": _during,
    "includes": lambda value, other, spans: _during(other, value, spans),
}


def _temporal(compiler: Compiler, node: Relation) -> _Decide:
    decide = _TIMES[node.operator]
    try:
        spans = [span(parameter) for parameter in node.parameters]
    except ValueError:
        raise compiler.scope.error(
            node,
            f"{node.operator}[{', '.join(node.parameters)}] is no span of time.",
            "Write 30s, 5m, 1h30m, 2d or 100ms.",
        ) from None
    return lambda value, other: value is not None and other is not None and decide(value, other, spans)
