"""`schedule(signal, when, name)` of rule bodies: after a time, or at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.drl.body.closures import Closure, Compiler
from infobip_rules.rulefiles.drl.java.drafts import FiringWork
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import NUMERIC, Kind, unboxed
from infobip_rules.rulefiles.drl.java.library.index import kind_of_value
from infobip_rules.rulefiles.drl.java.values import text_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call
from infobip_rules.timers import due_moment

#: Kinds of values that say when, and not how long until then.
MOMENTS = ("ZonedDateTime", "OffsetDateTime", "Instant", "Date")
_UNKNOWN = ("Object", "Number", "Comparable", "null")
_WHEN = 'Write how long until then ("15m", a Duration, seconds), or a moment (a ZonedDateTime or Instant).'
_ZONED = 'Write .atZone(ZoneId.of("Europe/Zagreb")) behind it.'


def schedule(work: FiringWork, signal: Any, when: Any, name: Any = None) -> str:
    """Sets the timer; gives its name."""
    given = work.value(signal)
    if isinstance(when, datetime) and when.tzinfo is None:
        raise JavaFailure("DateTimeException", f"{text_of(when)} is a time without a zone.", _ZONED)
    if isinstance(when, bool) or not isinstance(when, str | int | float | Decimal | timedelta | datetime):
        raise JavaFailure("ClassCastException", f"A {kind_of_value(when)} is no time.", _WHEN)
    if isinstance(when, datetime):
        return str(work.context.schedule(given, at=when, name=name))
    seconds = float(when) if isinstance(when, Decimal) else when
    return str(work.context.schedule(given, after=seconds, name=name))


def check(compiler: Compiler, node: Call, arguments: Sequence[Closure]) -> None:
    """Raises RuleError for arguments that could never be right."""
    signal, when, *name = arguments
    if signal.kind.model is not None and issubclass(signal.kind.model, Fact):
        fact = f"{expression_text(node.arguments[0])} is {signal.kind}, a fact; schedule gives signals."
        raise compiler.scope.error(node.arguments[0], fact, "Look for it `from entry-point`, or insert it.")
    if name and unboxed(name[0].kind).name not in ("String", *_UNKNOWN):
        fact = f"The name of a timer is a text, and {expression_text(node.arguments[2])} is {name[0].kind}."
        raise compiler.scope.error(node.arguments[2], fact, "Write it in quotes, or String.valueOf(...).")
    _check_when(compiler, node, when)


def _check_when(compiler: Compiler, node: Call, when: Closure) -> None:
    place, kind = node.arguments[1], when.kind
    if kind.name in ("LocalDateTime", "LocalDate", "LocalTime"):
        fact = f"{expression_text(place)} is {kind}, a time without a zone."
        raise compiler.scope.error(place, fact, _ZONED if kind.name == "LocalDateTime" else _WHEN)
    if not _can_be_when(kind):
        raise compiler.scope.error(place, f"{expression_text(place)} is {kind}, which is no time.", _WHEN)
    if when.constant and when.kind.name == "String":
        try:
            due_moment(_SOME_MOMENT, after=when.run(None))
        except RuleError as problem:
            raise compiler.scope.error(place, problem.fact, _WHEN) from None


def _can_be_when(kind: Kind) -> bool:
    return unboxed(kind).name in (*NUMERIC, "String", "Duration", *MOMENTS, *_UNKNOWN)


_SOME_MOMENT = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
