"""Random rules and scenarios, each written in DRL and in Python: `python -m tests.engine.drools.generate COUNT SEED`.

Prints a JSON line each: id, drl, python, steps. Real Drools' answers to them are what `recorded.jsonl` holds.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass, field
from typing import Any

TYPES = ("A", "B", "C")
FIELDS = ("x", "y")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
DECLARED = "".join(f"declare {kind}\n  x: int\n  y: int\nend\n" for kind in TYPES)
HEADER = """from infobip_rules import Fact, InfobipAdapterAPI
from infobip_rules.lang import any, c, exists, fact, m, no_loop, none, ruleset, salience, when_all


class A(Fact):
    x: int = 0
    y: int = 0


class B(Fact):
    x: int = 0
    y: int = 0


class C(Fact):
    x: int = 0
    y: int = 0


with ruleset("random"):
"""


@dataclass
class RandomRule:
    """One rule, growing in both languages at once."""

    name: str
    attributes_drl: str = ""
    attributes_python: list[str] = field(default_factory=list)
    when_drl: list[str] = field(default_factory=list)
    when_python: list[str] = field(default_factory=list)
    then_drl: list[str] = field(default_factory=list)
    then_python: list[str] = field(default_factory=list)
    bound: list[tuple[str, str]] = field(default_factory=list)

    def drl(self) -> str:
        when, then = "\n  ".join(self.when_drl), "\n  ".join(self.then_drl)
        return f'rule "{self.name}" {self.attributes_drl}\nwhen\n  {when}\nthen\n  {then}\nend\n'

    def python(self) -> str:
        head = ", ".join(self.when_python + self.attributes_python)
        body = "\n        ".join(self.then_python or ["pass"])
        return f"    @when_all({head})\n    def {self.name}(c):\n        {body}\n"


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def case(self, number: int) -> dict[str, Any]:
        rules = [self.rule(f"r{n}") for n in range(self.random.randint(1, 4))]
        return {
            "id": f"random {number}",
            "drl": DECLARED + "".join(rule.drl() for rule in rules),
            "python": HEADER + "\n".join(rule.python() for rule in rules),
            "steps": self.steps(),
        }

    def rule(self, name: str) -> RandomRule:
        rule = RandomRule(name)
        if self.random.random() < 0.3:
            value = self.random.randint(-2, 2)
            rule.attributes_drl += f"salience {value} "
            rule.attributes_python.append(f"salience({value})")
        if self.random.random() < 0.2:
            rule.attributes_drl += "no-loop "
            rule.attributes_python.append("no_loop()")
        for place in range(self.random.choice((1, 1, 2, 2, 3))):
            self.pattern(rule, place)
        if not rule.bound and self.random.random() < 0.7:
            self.positive(rule, 9)
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            self.action(rule)
        return rule

    def pattern(self, rule: RandomRule, place: int) -> None:
        chance = self.random.random()
        if chance < 0.7:
            self.positive(rule, place)
        else:
            word, python = ("not", "none") if chance < 0.88 else ("exists", "exists")
            kind = self.random.choice(TYPES)
            drl, conditions = self.constraints(rule)
            rule.when_drl.append(f"{word} {kind}({drl})")
            rule.when_python.append(f"{python}(fact({', '.join([kind, *conditions])}))")

    def positive(self, rule: RandomRule, place: int) -> None:
        kind, alias = self.random.choice(TYPES), f"e{place}"
        drl, conditions = self.constraints(rule)
        rule.when_drl.append(f"${alias}: {kind}({drl})")
        rule.when_python.append(f"c.{alias} << fact({', '.join([kind, *conditions])})")
        rule.bound.append((alias, kind))

    def constraints(self, rule: RandomRule) -> tuple[str, list[str]]:
        drl, python = [], []
        for _ in range(self.random.choice((0, 1, 1, 2))):
            name, operator = self.random.choice(FIELDS), self.random.choice(OPERATORS)
            if rule.bound and self.random.random() < 0.5:
                alias, _ = self.random.choice(rule.bound)
                other = self.random.choice(FIELDS)
                drl.append(f"{name} {operator} ${alias}.{other}")
                python.append(f"m.{name} {operator} c.{alias}.{other}")
            else:
                value = self.random.randint(0, 2)
                drl.append(f"{name} {operator} {value}")
                python.append(f"m.{name} {operator} {value}")
        return ", ".join(drl), python

    def action(self, rule: RandomRule) -> None:
        chance = self.random.random()
        if chance < 0.4 or not rule.bound:
            kind, x, y = self.random.choice(TYPES), self.random.randint(0, 2), self.random.randint(0, 2)
            rule.then_drl.append(f"insert(new {kind}({x}, {y}));")
            rule.then_python.append(f"c.insert({kind}(x={x}, y={y}))")
            return
        alias, _ = self.random.choice(rule.bound)
        if chance < 0.75:
            name, value = self.random.choice(FIELDS), self.random.randint(0, 2)
            rule.then_drl.append(f"modify(${alias}) {{ set{name.upper()}({value}) }}")
            rule.then_python.append(f"c.modify(c.{alias}, {name}={value})")
        elif not any(f"delete(${alias})" in line for line in rule.then_drl):
            rule.then_drl.append(f"delete(${alias});")
            rule.then_python.append(f"c.delete(c.{alias})")
            rule.bound.remove((alias, _))

    def steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        names: list[str] = []
        for number in range(self.random.randint(2, 9)):
            chance = self.random.random()
            if chance < 0.6 or not names:
                name = f"f{number}"
                fields = {one: self.random.randint(0, 2) for one in FIELDS}
                steps.append({"op": "insert", "type": self.random.choice(TYPES), "as": name, "fields": fields})
                names.append(name)
            elif chance < 0.8:
                steps.append({"op": "fire", "limit": 15})
            elif chance < 0.92:
                fields = {self.random.choice(FIELDS): self.random.randint(0, 2)}
                steps.append({"op": "update", "as": self.random.choice(names), "fields": fields})
            else:
                steps.append({"op": "delete", "as": names.pop(self.random.randrange(len(names)))})
        return [*steps, {"op": "fire", "limit": 15}]


if __name__ == "__main__":
    generator = Generator(int(sys.argv[2]))
    for number in range(int(sys.argv[1])):
        sys.stdout.write(json.dumps(generator.case(number)) + "\n")
