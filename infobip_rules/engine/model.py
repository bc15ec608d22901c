"""The rule model: what every front end compiles to, and what matching, checks and explanations read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from pydantic import BaseModel

#: Decides on one element; the second argument holds the objects matched before it, by position in the rule.
Predicate: TypeAlias = Callable[[Any, "tuple[Any, ...]"], bool]
#: What a rule does when it fires; takes the `engine.session.Context`.
Action: TypeAlias = Callable[[Any], object]


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
    #: Fields whose change makes the pattern look again (property reactivity), those later patterns read included.
    listens: frozenset[str]
    where: str

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for patterns that any element satisfies alike, seen alone."""
        return (self.type, self.entry_point, frozenset(one.text for one in self.constraints))


@dataclass(frozen=True, kw_only=True, slots=True)
class Existential:
    """`not` (when negated) or `exists`: whether some combination of elements satisfies `patterns`."""

    patterns: tuple[Pattern, ...]
    negated: bool


#: One step of a rule's condition.
Term: TypeAlias = Pattern | Existential


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A declarative rule: when all `branches[n]` hold, for any n, `action` runs once for each combination."""

    ruleset: str
    name: str
    #: The first line of the rule's docstring, for stories and logs.
    title: str
    #: Higher fires first.
    salience: int
    #: Place in the order of declaration; the earlier fires first where salience is the same.
    order: int
    #: Each a way in which the rule can match: more than one where it uses `any` or `when_any`.
    branches: tuple[tuple[Term, ...], ...]
    action: Action
    where: str
    #: Its own changes never make it fire again.
    no_loop: bool = False
    enabled: bool = True
    #: Names the rule for good: journals remember it by this.
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.ruleset}/{self.name}")


def patterns_of(branch: tuple[Term, ...]) -> Iterator[Pattern]:
    """Every pattern of a branch, those inside `not` and `exists` included."""
    for term in branch:
        if isinstance(term, Pattern):
            yield term
        else:
            yield from term.patterns
