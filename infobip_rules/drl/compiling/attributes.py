"""Attributes of rules: salience, groups, dates, timers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from infobip_rules.drl.compiling.names import Surroundings
from infobip_rules.drl.interpreter import compile_typed
from infobip_rules.drl.kinds import NUMERIC, UNBOXED
from infobip_rules.drl.scope import Binding
from infobip_rules.drl.spans import seconds
from infobip_rules.drl.syntax import Attribute
from infobip_rules.engine.model import RuleTimer

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})[a-z]*-(\d{4})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d))?)?")
#: What is understood and of no effect here.
IGNORED = {
    "ruleflow-group": "ruleflow-group is ignored: there are no processes. Write agenda-group.",
}


def compiled_attributes(
    attributes: Iterable[Attribute], bindings: Mapping[str, Binding], around: Surroundings
) -> dict[str, Any]:
    """Keyword arguments of `engine.model.Rule`; of several attributes of one name the last counts."""
    found: dict[str, Any] = {}
    for one in attributes:
        if one.name not in IGNORED:
            with around.mistakes:
                found.update(_READERS[one.name](one, bindings, around))
    return found


_Reader = Callable[[Attribute, Mapping[str, Binding], Surroundings], dict[str, Any]]


def _salience(one: Attribute, bindings: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
    if isinstance(one.value, int):
        return {"salience": one.value}
    assert not isinstance(one.value, str)  # noqa: S101 - by the grammar
    scope = around.scope(bindings)
    run, kind = compile_typed(one.value, scope)
    if UNBOXED.get(kind.name, kind.name) not in (*NUMERIC, "Object", "Number"):
        raise around.error(
            one, f"The salience is a {kind}, no number.", "Write salience 10, or salience ($order.rank)."
        )
    return {"salience": lambda before: int(run((None, before)) or 0)}


def _switch(key: str) -> _Reader:
    def read(one: Attribute, _: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
        if not isinstance(one.value, bool):
            raise around.error(one, f"{one.name} can't be computed.", f"Write {one.name} true or {one.name} false.")
        return {key: one.value}

    return read


def _label(key: str) -> _Reader:
    return lambda one, _bindings, _around: {key: one.value}


def _date(key: str) -> _Reader:
    def read(one: Attribute, _: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
        moment = _moment(str(one.value))
        if moment is None:
            raise around.error(
                one, f"{one.value!r} is no date.", f'Write {one.name} "24-Dec-2026", or "24-Dec-2026 18:30" (UTC).'
            )
        return {key: moment}

    return read


def _moment(written: str) -> datetime | None:
    found = _DATE.fullmatch(written.strip())
    try:
        if found is None:
            moment = datetime.fromisoformat(written.strip())
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        day, month, year, *time = found.groups()
        hours, minutes, rest = (int(one or 0) for one in time)
        return datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), hours, minutes, rest, tzinfo=UTC)
    except ValueError:
        return None


def _timer(one: Attribute, _: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
    kind, colon, rest = str(one.value).partition(":")
    kind, rest = (kind.strip(), rest.strip()) if colon else ("int", str(one.value).strip())
    timer = _timer_of(kind, rest)
    if timer is None:
        raise around.error(
            one,
            f"{one.name} ({one.value}) is not understood.",
            "Write timer(int: 30s 5m), timer(10s) or timer(cron: 0 0 9 * * ?).",
        )
    return {"timer": timer}


def _timer_of(kind: str, rest: str) -> RuleTimer | None:
    if kind == "cron":
        return RuleTimer(cron=rest) if len(rest.split()) in (6, 7) else None
    if kind != "int":
        return None
    spans = [seconds(part) for part in rest.split()]
    if not spans or len(spans) > 2 or None in spans:
        whole = seconds(rest)  # 1m 30s, with a space in it
        spans = [whole] if whole is not None else []
    if not spans:
        return None
    return RuleTimer(first=spans[0] or 0.0, every=spans[1] if len(spans) > 1 else None)


def _dialect(one: Attribute, _: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
    if one.value not in ("java", "mvel"):
        raise around.error(one, f"The dialect {one.value!r} is not supported.", "There are java and mvel.")
    return {}


def _calendars(one: Attribute, _: Mapping[str, Binding], around: Surroundings) -> dict[str, Any]:
    raise around.error(one, "calendars is not supported.", "Compare the moment in a condition, or use date-effective.")


_READERS: dict[str, _Reader] = {
    "salience": _salience,
    "no-loop": _switch("no_loop"),
    "enabled": _switch("enabled"),
    "auto-focus": _switch("auto_focus"),
    "lock-on-active": _switch("lock_on_active"),
    "agenda-group": _label("agenda_group"),
    "activation-group": _label("activation_group"),
    "date-effective": _date("effective"),
    "date-expires": _date("expires"),
    "timer": _timer,
    "duration": _timer,
    "dialect": _dialect,
    "calendars": _calendars,
}
