"""Changes of facts in a body, as Drools sees them: `update` and `modify` notify the rules of those fields."""

from __future__ import annotations

import re

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.java.models import getter_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Call, Cast, Expression

_GETTER = re.compile(r"(get|is)[A-Z]")


def changed_name(target: Expression) -> str:
    """Returns the variable that is changed, whatever it is cast to."""
    return changed_name(target.operand) if isinstance(target, Cast) else expression_text(target)


def changed_within(model: type[BaseModel], called: Expression) -> str | None:
    """Returns the field that a call changes something in, as Drools has it: `tags` for `order.getTags().add("x")`.

    Any call will do whose name is not that of a getter.
    """
    steps: list[Call] = []
    while isinstance(called, Call) and called.target is not None:
        steps.append(called)
        called = called.target
    if len(steps) < 2 or (not steps[0].arguments and _GETTER.match(steps[0].name)):
        return None
    found = getter_of(model, steps[-1].name)
    return found[0] if found is not None and not steps[-1].arguments else None
