"""Places in the rule file that is being run, outside of the modules that make its language."""

from __future__ import annotations

import sys

from infobip_rules.rulefiles.python.positions import CodePosition, Span, position_outside
from infobip_rules.rulefiles.python.suggestions import in_parentheses

_FRONT = (
    __name__,
    "infobip_rules.rulefiles.python.expressions",
    "infobip_rules.rulefiles.python.lang",
    "infobip_rules.rulefiles.loader",
    "infobip_rules.rulefiles.python.declarations",
    "infobip_rules.rulefiles.python.partial_run",
)


def caller() -> str:
    """Returns `file:line` of the rule file that is being loaded."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _FRONT:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def position() -> CodePosition:
    """Returns the position in the rule file that is being evaluated, to be looked up later."""
    return position_outside(_FRONT)


def here() -> Span:
    """Returns the span of the position."""
    return position().span()


def meant_here() -> str:
    """Returns `: ` and the line with the parentheses that it lacks; empty if it lacks none."""
    meant = in_parentheses(here())
    return f": {meant}" if meant else ""
