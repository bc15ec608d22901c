"""Attributes of rules: salience, groups, dates, timers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infobip_rules.rulefiles.drl.body.interpreter import compile_with_kind
from infobip_rules.rulefiles.drl.body.scope import BoundName
from infobip_rules.rulefiles.drl.compiling.names import RuleScope
from infobip_rules.rulefiles.drl.java.kinds import NUMERIC, UNBOXED
from infobip_rules.rulefiles.drl.syntax.syntax import Attribute
from infobip_rules.rulefiles.drl.syntax.time_literals import read_moment, read_timer

#: What is understood and of no effect here.
IGNORED = {
    "ruleflow-group": "ruleflow-group is ignored: there are no processes. Write agenda-group.",
}


def compiled_attributes(
    attributes: Iterable[Attribute], bindings: Mapping[str, BoundName], around: RuleScope
) -> dict[str, Any]:
    """Returns keyword arguments of `engine.model.Rule`; of several attributes of one name the last counts."""
    found: dict[str, Any] = {}
    for attribute in attributes:
        if attribute.name not in IGNORED:
            with around.mistakes:
                found.update(_READERS[attribute.name](attribute, bindings, around))
    return found


_Reader = Callable[[Attribute, Mapping[str, BoundName], RuleScope], dict[str, Any]]


def _salience(attribute: Attribute, bindings: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
    if isinstance(attribute.value, int):
        return {"salience": attribute.value}
    assert not isinstance(attribute.value, str)  # noqa: S101 - by the grammar
    scope = around.scope(bindings)
    run, kind = compile_with_kind(attribute.value, scope)
    if UNBOXED.get(kind.name, kind.name) not in (*NUMERIC, "Object", "Number"):
        raise around.error(
            attribute, f"The salience is a {kind}, no number.", "Write salience 10, or salience ($order.rank)."
        )
    return {"salience": lambda before: int(run((None, before)) or 0)}


def _switch(key: str) -> _Reader:
    def read(attribute: Attribute, _: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
        if not isinstance(attribute.value, bool):
            raise around.error(
                attribute,
                f"{attribute.name} can't be computed.",
                f"Write {attribute.name} true or {attribute.name} false.",
            )
        return {key: attribute.value}

    return read


def _label(key: str) -> _Reader:
    return lambda attribute, _bindings, _around: {key: attribute.value}


def _date(key: str) -> _Reader:
    def read(attribute: Attribute, _: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
        moment = read_moment(str(attribute.value))
        if moment is None:
            raise around.error(
                attribute,
                f"{attribute.value!r} is no date.",
                f'Write {attribute.name} "24-Dec-2026", or "24-Dec-2026 18:30" (UTC).',
            )
        return {key: moment}

    return read


def _timer(attribute: Attribute, _: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
    try:
        return {"timer": read_timer(str(attribute.value))}
    except ValueError as problem:
        fact, remedy = problem.args
        raise around.error(attribute, f"{attribute.name}({attribute.value}): {fact}.", remedy) from None


def _dialect(attribute: Attribute, _: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
    if attribute.value not in ("java", "mvel"):
        raise around.error(attribute, f"The dialect {attribute.value!r} is not supported.", "There are java and mvel.")
    return {}


def _calendars(attribute: Attribute, _: Mapping[str, BoundName], around: RuleScope) -> dict[str, Any]:
    raise around.error(
        attribute, "calendars is not supported.", "Compare the moment in a condition, or use date-effective."
    )


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
