"""Random rulebooks over three fact types and one signal type, and the signals that set their facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

KINDS = ("A", "B", "C")
FIELDS = ("x", "y")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")

#: Facts come, change and go by signals, ahead of the rules under test.
HEADER = """\
from infobip_rules import Fact, Signal
from infobip_rules.lang import any, c, exists, fact, m, no_loop, none, ruleset, salience, signal, when_all


class A(Fact):
    x: int = 0
    y: int = 0


class B(Fact):
    x: int = 0
    y: int = 0


class C(Fact):
    x: int = 0
    y: int = 0


class S(Signal):
    x: int = 0
    y: int = 0


class Put(Signal):
    kind: str
    x: int
    y: int


class Change(Signal):
    kind: str
    x: int
    y: int
    field: str
    value: int


class Drop(Signal):
    kind: str
    x: int
    y: int


KINDS = {"A": A, "B": B, "C": C}

with ruleset("facts"):
    @when_all(c.put << signal(Put), salience(100))
    def put(c):
        c.insert(KINDS[c.put.kind](x=c.put.x, y=c.put.y))

    for kind, type_ in KINDS.items():

        def change(c):
            c.modify(c.one, **{c.change.field: c.change.value})

        def drop(c):
            c.delete(c.one)

        change.__name__, drop.__name__ = f"change_{kind}", f"drop_{kind}"
        same = (m.x == c.change.x) & (m.y == c.change.y)
        when_all(c.change << signal(Change, m.kind == kind), c.one << fact(type_, same), salience(100), no_loop())(change)
        gone = (m.x == c.drop.x) & (m.y == c.drop.y)
        when_all(c.drop << signal(Drop, m.kind == kind), c.one << fact(type_, gone), salience(100))(drop)

with ruleset("random"):
"""


@dataclass
class _Rule:
    terms: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    #: Aliases and whether each is a fact.
    bound: dict[str, bool] = field(default_factory=dict)


class RandomRules:
    """Writes rules and signals as `random` has it."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def rulebook(self) -> str:
        """The source of a rule file."""
        return HEADER + "\n".join(self._rule(f"r{n}") for n in range(self.random.randint(1, 4)))

    def signals(self) -> list[tuple[str, dict[str, object]]]:
        """What arrives at once: mostly one signal, each as type and fields."""
        return [self._signal() for _ in range(self.random.choice((0, 1, 1, 1, 1, 2)))]

    def _signal(self) -> tuple[str, dict[str, object]]:
        name = self.random.choice(("S", "S", "Put", "Put", "Change", "Change", "Drop"))
        fields: dict[str, object] = {one: self._value() for one in FIELDS}
        if name != "S":
            fields["kind"] = self.random.choice(KINDS)
        if name == "Change":
            fields |= {"field": self.random.choice(FIELDS), "value": self._value()}
        return name, fields

    def _value(self) -> int:
        return self.random.randint(0, 2)

    def _rule(self, name: str) -> str:
        rule = _Rule()
        for place in range(self.random.choice((1, 1, 2, 2, 3))):
            self._term(rule, place)
        attributes = ["no_loop()"] if self.random.random() < 0.2 else []
        if self.random.random() < 0.3:
            attributes.append(f"salience({self.random.randint(-2, 2)})")
        for _ in range(self.random.choice((0, 1, 1, 2))):
            self._action(rule)
        head, body = ", ".join(rule.terms + attributes), "\n        ".join(rule.body or ["pass"])
        return f"    @when_all({head})\n    def {name}(c):\n        {body}\n"

    def _term(self, rule: _Rule, place: int) -> None:
        chance = self.random.random()
        if chance < 0.65:
            rule.terms.append(self._element(rule, f"e{place}"))
        elif chance < 0.95:
            word = self.random.choice(("none", "none", "exists"))
            inner = _Rule(bound=dict(rule.bound))
            elements = [self._element(inner, f"i{place}_{n}") for n in range(self.random.choice((1, 1, 2)))]
            rule.terms.append(f"{word}({', '.join(elements)})")
        else:
            either = [self._element(_Rule(bound=dict(rule.bound)), f"o{place}_{n}") for n in range(2)]
            rule.terms.append(f"any({', '.join(either)})")

    def _element(self, rule: _Rule, alias: str) -> str:
        is_fact = self.random.random() < 0.8
        kind = self.random.choice(KINDS) if is_fact else "S"
        conditions = [self._condition(rule) for _ in range(self.random.choice((0, 1, 1, 2)))]
        rule.bound[alias] = is_fact
        return f"c.{alias} << {'fact' if is_fact else 'signal'}({', '.join([kind, *conditions])})"

    def _condition(self, rule: _Rule) -> str:
        left, operator = self.random.choice(FIELDS), self.random.choice(OPERATORS)
        right = str(self._value())
        if rule.bound and self.random.random() < 0.5:
            right = f"c.{self.random.choice(list(rule.bound))}.{self.random.choice(FIELDS)}"
        return f"m.{left} {operator} {right}"

    def _action(self, rule: _Rule) -> None:
        facts = [alias for alias, is_fact in rule.bound.items() if is_fact]
        chance = self.random.random()
        if chance < 0.4 or not facts:
            fields = ", ".join(f"{one}={self._value()}" for one in FIELDS)
            rule.body.append(f"c.insert({self.random.choice((*KINDS, 'S'))}({fields}))")
        elif chance < 0.75:
            alias = self.random.choice(facts)
            rule.body.append(f"c.modify(c.{alias}, {self.random.choice(FIELDS)}={self._value()})")
        else:
            alias = self.random.choice(facts)
            rule.body.append(f"c.delete(c.{alias})")
            del rule.bound[alias]
