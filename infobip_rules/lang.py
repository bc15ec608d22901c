"""The rule language, as rule files import it: `from infobip_rules.lang import c, fact, m, ruleset, signal, when_all`."""

from infobip_rules.engine.session.context import Context
from infobip_rules.routing import first_contact, route
from infobip_rules.rulefiles.python.expressions import c, item, m
from infobip_rules.rulefiles.python.lang import (
    all,
    any,
    exists,
    fact,
    no_loop,
    none,
    not_,
    pri,
    ruleset,
    salience,
    signal,
    when_all,
    when_any,
)

__all__ = [
    "Context",
    "all",
    "any",
    "c",
    "exists",
    "fact",
    "first_contact",
    "item",
    "m",
    "no_loop",
    "none",
    "not_",
    "pri",
    "route",
    "ruleset",
    "salience",
    "signal",
    "when_all",
    "when_any",
]
