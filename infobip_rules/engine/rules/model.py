"""The rule model: what every front end compiles to, and what matching, checks and explanations read. Terms are in `terms`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from infobip_rules.engine.rules.cron import Cron
from infobip_rules.engine.rules.terms import (
    ANY_FIELD,
    Accumulate,
    BaseTerm,
    Before,
    Constraint,
    Existential,
    Fold,
    From,
    Pattern,
    Predicate,
    Term,
    Test,
    ValueTerm,
    Window,
    every_field,
    given_name,
    names_of,
    patterns_of,
)

__all__ = [
    "ANY_FIELD",
    "MAIN",
    "Accumulate",
    "Action",
    "BaseTerm",
    "Before",
    "Constraint",
    "Existential",
    "Fold",
    "From",
    "Pattern",
    "Predicate",
    "Rule",
    "RuleTimer",
    "Term",
    "Test",
    "ValueTerm",
    "Window",
    "every_field",
    "given_name",
    "names_of",
    "patterns_of",
]

#: What a rule does when it fires; takes the `engine.session.context.Context`.
Action: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTimer:
    """When a match fires: `first` seconds after it came about and then each `every` seconds, or at the moments of `cron`."""

    first: float = 0.0
    every: float | None = None
    cron: Cron | None = None
    #: Counts from this moment on if a match comes about before; nothing fires after `end`. Aware.
    start: datetime | None = None
    end: datetime | None = None
    #: How many times a match fires; None: as long as it holds.
    firings: int | None = None


#: The agenda group that always has its turn, below all others.
MAIN = "MAIN"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A declarative rule: when all `branches[n]` hold, for any n, `action` runs once for each combination."""

    ruleset: str
    name: str
    #: The first line of the rule's docstring, for stories and logs.
    title: str
    #: Higher fires first; may be computed of the values matched.
    salience: int | Callable[[Before], int]
    #: Place in the order of declaration; the earlier fires first if salience is the same.
    order: int
    #: The ways in which the rule can match: several if it uses `any` or `when_any`.
    branches: tuple[tuple[Term, ...], ...]
    action: Action
    where: str
    #: Its own changes never make it fire again.
    no_loop: bool = False
    enabled: bool = True
    #: Fires only while this group has the focus.
    agenda_group: str = MAIN
    #: A match gives the group the focus.
    auto_focus: bool = False
    #: Of the matches of all rules in this group only the first fires.
    activation_group: str | None = None
    #: Matches that come about while the group has the focus never fire.
    lock_on_active: bool = False
    #: Fires from this moment on, and only before `expires`; aware.
    effective: datetime | None = None
    expires: datetime | None = None
    timer: RuleTimer | None = None
    #: Names the rule for good: journals remember it by this.
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.ruleset}/{self.name}")
