"""The rule language in Python: that of `durable.lang`, with typed signals and facts, and refusals of what it would guess.

Conditions are its expressions (`m.keyword == "STOP"`), rules its `when_all` and `when_any`. What is added:
`signal(...)` and `fact(...)` name the type that is looked for, `exists(...)` beside `none(...)`, `salience(...)` and
`no_loop()`; what is taken away: `and`/`or`/`not` between conditions, which Python does not let a library see.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from infobip_rules.engine.rules.durable_words import WORDS
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.python.declarations import DeclaredRuleset, entered_ruleset
from infobip_rules.rulefiles.python.expressions import Condition, PatternList, no_pattern, shown
from infobip_rules.rulefiles.python.front import caller, here, position
from infobip_rules.rulefiles.python.positions import CodePosition, Span
from infobip_rules.signals import Signal

_Action = TypeVar("_Action", bound=Callable[[Any], object])


class Element(Condition):
    """The result of `signal(...)` and `fact(...)`: a type to look for, with conditions."""

    is_element = True
    kind: type[BaseModel]
    conditions: tuple[Any, ...]
    entry_point: str | None
    where: str
    _spot: CodePosition

    def __init__(self, kind: type[BaseModel], conditions: tuple[Any, ...], entry_point: str | None) -> None:
        super().__init__("$m", "type", "$eq", kind.__name__)
        self.__dict__.update(
            kind=kind, conditions=conditions, entry_point=entry_point, where=caller(), _spot=position()
        )

    def __repr__(self) -> str:
        return f"{'fact' if issubclass(self.kind, Fact) else 'signal'}({self.kind.__name__})"

    def define(self, parent_name: str | None = None) -> dict[str, Any]:
        """Returns the definition for `durable.lang`: the type by name, and the conditions, for rulesets of a durable Host."""
        parts = [super().define(), *(condition.define() for condition in self.conditions)]
        return parts[0] if len(parts) == 1 else {"$and": parts}


def signal(kind: type[Signal], /, *conditions: Any, entry_point: str | None = None) -> Any:
    """Returns a signal of this type, arriving through `entry_point` (the type's own unless given)::

    c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "STOP")
    """
    if not (isinstance(kind, type) and issubclass(kind, Signal)):
        raise RuleError(
            f"signal() takes a signal type first, not {_shown(kind)}.",
            "For facts write fact(...).",
            where=here().where(_name_of(kind)),
        )
    return Element(kind, conditions, entry_point or kind.entry_point)


def fact(kind: type[BaseModel], /, *conditions: Any) -> Any:
    """Returns a fact of this type in the session's working memory::

    c.client << fact(ClientAgent)
    """
    if not (isinstance(kind, type) and issubclass(kind, Fact)):
        raise RuleError(
            f"fact() takes a fact type first, not {_shown(kind)}.",
            "Facts are subclasses of infobip_rules.Fact; for signals write signal(...).",
            where=here().where(_name_of(kind)),
        )
    return Element(kind, conditions, None)


def _shown(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else shown(kind)


def _name_of(kind: object) -> str:
    return kind.__name__ if isinstance(kind, type) else ""


class Skipped(Condition):
    """Stands for a condition or pattern that raised while a file is run for its mistakes: what is already reported."""

    def __init__(self, alias: str = "") -> None:
        super().__init__("$m", "skipped", "$ex", None, alias)


def salience(value: int) -> dict[str, int]:
    """Returns the rule's priority: higher fires first (Drools' word; the opposite of `pri`)."""
    return {"salience": value}


def pri(value: int) -> dict[str, int]:
    """Returns the rule's priority as in `durable.lang`: lower fires first."""
    return {"salience": -value}


def no_loop() -> dict[str, int]:
    """Returns the attribute of a rule whose own changes never make it fire again."""
    return {"no_loop": 1}


class all(PatternList):  # noqa: N801 - durable.lang's name
    """Patterns that must all be there; a group inside `when_any` or `none`."""


class any(PatternList):  # noqa: N801 - durable.lang's name
    """Patterns of which any one is enough: the rule fires for each; in the body, elements of the others are None."""


class none(PatternList):  # noqa: N801 - durable.lang's name
    """No element like this (or, with several patterns, no such combination): Drools' `not`."""


#: `none` under Drools' word, as far as Python allows it.
not_ = none


class exists(PatternList):  # noqa: N801 - beside durable.lang's none
    """At least one element like this, however many: the rule fires once."""


class _RuleDeclaration(PatternList):
    """A rule: its patterns, attributes, body, and place in the file."""

    def __init__(self, *patterns: Any) -> None:
        self.where = caller()
        self._spot: CodePosition = position()
        self.attributes: dict[str, int] = {}
        self.action: Callable[[Any], object] | None = None
        rest = []
        for pattern in patterns:
            if isinstance(pattern, dict):
                self._attribute(pattern)
            elif isinstance(pattern, Condition | PatternList):
                rest.append(pattern)
            else:
                raise self._no_pattern(pattern, here())
        super().__init__(*rest)
        ruleset = entered_ruleset()
        if ruleset is None:
            raise RuleError(
                "The rule is in no ruleset.", 'Indent it under `with ruleset("..."):`.', where=here().where()
            )
        ruleset.rules.append(self)

    def _no_pattern(self, pattern: object, span: Span) -> RuleError:
        if isinstance(pattern, types.FunctionType) and pattern.__module__ != "durable.lang":
            word = type(self).__name__
            return RuleError(
                f"@{word} stands over {pattern.__name__} without patterns.",
                f"Write @{word}(c.signal << signal(...)), with the patterns that must match.",
                where=span.where(),
            )
        return no_pattern(pattern, span)

    def _attribute(self, attribute: dict[str, int]) -> None:
        unknown = [str(name) for name in attribute if name not in ("salience", "no_loop")]
        if unknown:
            word = WORDS.get({"dist": "distinct"}.get(unknown[0], unknown[0]))
            raise RuleError(
                f"{unknown[0]}(...) of durable.lang is not supported{f': it {word.what}' if word else ''}.",
                f"{f'{word.remedy} ' if word else ''}What there is: salience(...), pri(...) and no_loop(), "
                "from infobip_rules.lang.",
                where=here().where(),
            )
        self.attributes.update(attribute)

    def __call__(self, action: _Action) -> _Action:
        self.action = action
        return action


class when_all(_RuleDeclaration):  # noqa: N801 - durable.lang's name
    """The rule fires for each combination of elements that satisfies every pattern."""

    def __init__(self, *patterns: Any) -> None:
        super().__init__(*patterns)


class when_any(_RuleDeclaration):  # noqa: N801 - durable.lang's name
    """The rule fires for each pattern (or `all(...)` group) that is satisfied; elements of the others are None then::

    @when_any(all(c.join << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN")), all(c.order << fact(Order)))
    def answer(c):
        if c.join: ...
    """

    def __init__(self, *patterns: Any) -> None:
        super().__init__(*patterns)


class ruleset(DeclaredRuleset):  # noqa: N801 - durable.lang's name
    """A named group of rules: `with ruleset("client"):`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
