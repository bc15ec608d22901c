"""Rules, elements and parts of working memory to test one part with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Constraint, Existential, Pattern, Rule, Term, Window
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class Order(Fact):
    number: int = 0
    paid: bool = False


class Payment(Fact):
    number: int = 0


class Brief(Fact):
    """A fact that goes after a minute, counted from its timestamp."""

    drl_expires: ClassVar[float] = 60.0
    drl_timestamp: ClassVar[str] = "at"
    at: datetime | None = None


class Tick(Signal):
    n: int = 0


def pattern(
    kind: type[BaseModel] = Order,
    alias: str = "a",
    *,
    listens: Iterable[str] = (),
    window: Window | None = None,
    joins: tuple[Constraint, ...] = (),
    **equal: Any,
) -> Pattern:
    """A pattern of a type with `field == value` for each of `equal`."""
    return Pattern(
        alias=alias,
        type=kind,
        entry_point="signals" if issubclass(kind, Signal) else None,
        constraints=tuple(equals(name, value) for name, value in equal.items()),
        joins=joins,
        listens=frozenset({*equal, *listens}),
        where="test",
        window=window,
    )


def equals(name: str, value: Any) -> Constraint:
    """The constraint `name == value` on an element alone."""
    return Constraint(
        text=f"{name} == {value!r}",
        predicate=lambda one, _: bool(getattr(one, name) == value),
        fields=frozenset({name}),
        equals=(name, value),
    )


def same(name: str, position: int = 0) -> Constraint:
    """The join that an element has the same field as the one matched at a position."""
    return Constraint(
        text=f"{name} == that of {position}",
        predicate=lambda one, before: bool(getattr(one, name) == getattr(before[position], name)),
        fields=frozenset({name}),
        joins={position: frozenset({name})},
    )


def none(*terms: Term) -> Existential:
    """That nothing matches the terms."""
    return Existential(terms=terms, negated=True)


def some(*terms: Term) -> Existential:
    """That something matches the terms."""
    return Existential(terms=terms, negated=False)


def rule(*terms: Term, name: str = "r", order: int = 0, **attributes: Any) -> Rule:
    """A rule that does nothing, with these terms."""
    given: dict[str, Any] = {
        "ruleset": "t",
        "name": name,
        "title": name,
        "salience": 0,
        "order": order,
        "branches": (terms,),
        "action": lambda c: None,
        "where": "test",
    }
    return Rule(**{**given, **attributes})


def alphas_of(*rules: Rule) -> AlphaNetwork:
    """The alpha network of rules."""
    return AlphaNetwork(rules)


def memory_of(*rules: Rule) -> WorkingMemory:
    """An empty working memory."""
    types: list[type[Fact]] = [Order, Payment, Brief]
    return WorkingMemory(Rulebook(rules, fact_types=types, signal_types=[Tick]))


def fact(number: int, value: BaseModel | None = None, *alphas: int) -> Element:
    """A fact that satisfies some patterns."""
    return Element(number, value if value is not None else Order(number=number), None, list(alphas))


def signal(value: BaseModel | None = None, *alphas: int) -> Element:
    """A signal that satisfies some patterns."""
    return Element(0, value if value is not None else Tick(), "signals", list(alphas))


def match(*elements: Element, recency: int = 0, origin: str | None = None) -> Tuple:
    """A match of these elements."""
    return Tuple(elements, recency, origin)


def insert(memory: WorkingMemory, number: int, value: BaseModel, *, origin: str | None = None) -> Element:
    """Inserts a fact or signal."""
    point = value.entry_point if isinstance(value, Signal) else None
    return memory.insert(value, number, entry_point=point, origin=origin)


def fire(memory: WorkingMemory) -> list[str]:
    """Takes all matches off the agenda, as `rule(number, ...)`."""
    fired = []
    while (found := memory.next_match()) is not None:
        branch, of = found
        fired.append(f"{branch.rule.name}({', '.join(str(element.id) for element in of.elements)})")
    return fired


def agenda() -> Agenda:
    """An agenda of rules of which none has several branches."""
    return Agenda()
