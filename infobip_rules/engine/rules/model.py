"""The rule model: what every front end compiles to, and what matching, checks and explanations read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from infobip_rules.engine.rules.cron import Cron

#: The values matched so far, by position in the rule: every `Pattern`, `From` and `Accumulate` takes one position.
Before: TypeAlias = "tuple[Any, ...]"
#: Decides on one element; the second argument holds the values matched before it.
Predicate: TypeAlias = Callable[[Any, Before], bool]
#: What a rule does when it fires; takes the `engine.context.Context`.
Action: TypeAlias = Callable[[Any], object]


#: Among the fields that a pattern listens to: any, those of subtypes included.
ANY_FIELD = "*"
#: What an element that a rule gives no name is called in the rule's body: `c.m`, `c.m_0`.
_NO_NAME = re.compile(r"m(_\d+)*")


def given_name(alias: str) -> str:
    """The name that a rule gives an element; empty for one that has none, whatever bodies call it."""
    return "" if _NO_NAME.fullmatch(alias) else alias


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """One condition on one element."""

    #: As the user would write it; two constraints with the same text mean the same.
    text: str
    predicate: Predicate
    #: Fields of the element that are read, at their first level (`status` for `m.status.groupName`).
    fields: frozenset[str]
    #: Positions of earlier patterns that are read, each with the fields read there. Empty for a constraint on the element alone.
    joins: Mapping[int, frozenset[str]] = field(default_factory=dict)
    #: `(field, value)` where the constraint is `field == value`: found through an index, without a call.
    equals: tuple[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Only the latest elements of a pattern count: those of the last `size` seconds, or the last `size` in number."""

    kind: Literal["time", "length"]
    size: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """One element that a rule looks for."""

    alias: str
    type: type[BaseModel]
    #: The entry point the element arrives through; None for facts in working memory.
    entry_point: str | None
    #: On the element alone.
    constraints: tuple[Constraint, ...]
    #: Reading elements matched before.
    joins: tuple[Constraint, ...]
    #: Fields whose change makes the pattern look again (property reactivity), those later patterns read included. What a
    #: rule begins with may listen to more, or less (see `listening`).
    listens: frozenset[str]
    where: str
    window: Window | None = None
    #: Those of the fields that are listened to for something else than the pattern's own constraints.
    watched: frozenset[str] = frozenset()
    #: Whether it stands in a query that the rule asks.
    queried: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for patterns that any element satisfies alike, seen alone."""
        return (self.type, self.entry_point, frozenset(one.text for one in self.constraints), self.window)


@dataclass(frozen=True, kw_only=True, slots=True)
class Existential:
    """`not` (when negated) or `exists`: whether some combination of values satisfies `terms`.

    What stands inside takes the positions after those matched before, and they are gone behind it. Terms may nest:
    `forall(A, B)` is `not(A and not B)`.
    """

    terms: tuple[Term, ...]
    negated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """A condition on what was matched before (`eval`); its predicate is given None for the element."""

    constraint: Constraint


@dataclass(frozen=True, kw_only=True, slots=True)
class From:
    """Values that are computed of those matched before: plain ones, no elements of working memory."""

    alias: str
    #: Only values of this type count; None: all.
    type: type | None
    #: Of the values matched before. None gives nothing, an iterable each of its entries, all else is one value.
    source: Callable[[Before], object]
    #: The source as the user would write it; two sources with the same text mean the same.
    text: str
    #: Positions that the source reads, each with the fields read there.
    reads: Mapping[int, frozenset[str]]
    constraints: tuple[Constraint, ...]
    joins: tuple[Constraint, ...]
    where: str
    #: Where the source is an element itself: the fields of it that are looked at. None where the source is computed.
    listens: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """What `accumulate` makes of everything its source matches."""

    function: Literal["count", "sum", "average", "min", "max", "collectList", "collectSet"]
    #: Of everything matched, the source included; None counts matches as they are.
    value: Callable[[Before], Any] | None
    text: str
    #: Makes the result of all values as the rule's language has it; None: as `engine.folds` does.
    result: Callable[[Sequence[Any]], Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accumulate:
    """The results of folding all that `terms` match, as one tuple; a result without value (None) is no match.

    What stands inside takes the positions after those matched before; behind it the results take the first of them.
    """

    alias: str
    #: The source.
    terms: tuple[Term, ...]
    folds: tuple[Fold, ...]
    #: On the results, which are the element their predicates are given.
    constraints: tuple[Constraint, ...]
    #: On the results, reading values matched before.
    joins: tuple[Constraint, ...]
    where: str


#: One step of a rule's condition.
Term: TypeAlias = Pattern | Existential | From | Accumulate | Test


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleTimer:
    """When a match fires: `first` seconds after it came about and then each `every` seconds, or at the moments of `cron`."""

    first: float = 0.0
    every: float | None = None
    cron: Cron | None = None
    #: Counts from this moment on, where a match comes about before; nothing fires after `end`. Aware.
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
    #: Place in the order of declaration; the earlier fires first where salience is the same.
    order: int
    #: Each a way in which the rule can match: more than one where it uses `any` or `when_any`.
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
    #: Of the matches of all rules in this group only the first one fires.
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


def every_field(kind: type[BaseModel]) -> frozenset[str]:
    """What a pattern listens to that is to look again after any change."""
    return frozenset({*kind.model_fields, ANY_FIELD})


def patterns_of(terms: tuple[Term, ...]) -> Iterator[Pattern]:
    """Every pattern of a branch, those nested inside other terms included."""
    for term in terms:
        if isinstance(term, Pattern):
            yield term
        elif isinstance(term, Existential | Accumulate):
            yield from patterns_of(term.terms)
