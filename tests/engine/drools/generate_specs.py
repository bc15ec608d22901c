"""Random rules with what only DRL has, as data: `python -m tests.engine.drools.generate_specs COUNT SEED [windows]`.

Prints a JSON line each: id, rules, drl, steps, mode. Real Drools' answers to them are what `recorded_specs.jsonl` holds.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

from tests.engine.drools.specs import EVENTS, OPERATORS, TYPES, drl

FOLDS = ("count", "sum", "average", "min", "max", "collectList", "collectSet")
#: What the rules of a rulebook may have, besides patterns.
THEMES = ("terms", "agenda", "logical")


class Generator:
    """Writes one scenario after the other, as the seed has it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.themes: tuple[str, ...] = ()

    def case(self, number: int) -> dict[str, Any]:
        chosen = self.random.choice(((THEMES[0],), (THEMES[0],), (THEMES[1],), (THEMES[2],), THEMES))
        self.themes = chosen
        rules = [self.rule(f"r{n}") for n in range(self.random.randint(1, 4))]
        if "agenda" in self.themes:  # Drools knows the groups that rules name, and no others
            plain = {"when": [{"type": "A", "as": "e0", "if": [["x", "==", 9]]}], "then": []}
            rules += [{"name": f"knows_{group}", "attributes": {"agenda-group": group}, **plain} for group in "gh"]
        return {"id": f"spec {number}", "rules": rules, "drl": drl(rules), "steps": self.steps(), "mode": "cloud"}

    def window_case(self, number: int) -> dict[str, Any]:
        """A case in which patterns look through windows, and days pass."""
        self.themes = ("terms", "windows")
        rules = [self.rule(f"r{n}") for n in range(self.random.randint(1, 3))]
        steps: list[dict[str, Any]] = []
        for step in self.steps():
            steps += (
                [step, {"op": "advance", "ms": 43_200_000 * self.random.randint(1, 3)}] if self.chance(0.3) else [step]
            )
        text = drl(rules, declared=EVENTS)
        return {"id": f"window {number}", "rules": rules, "drl": text, "steps": steps, "mode": "stream"}

    def rule(self, name: str) -> dict[str, Any]:
        bound: list[str] = []
        when = [self.term(bound, f"e{place}", 0) for place in range(self.random.choice((1, 1, 2, 2, 3)))]
        if not bound and self.random.random() < 0.7:
            when.append(self.pattern(bound, "e9"))
        then = [self.action(bound, when) for _ in range(self.random.choice((0, 0, 1, 1, 2)))]
        gone: set[str] = set()
        kept = []
        for action in then:  # nothing is done to what a body has deleted
            if action[0] in ("modify", "delete") and action[1] in gone:
                continue
            if action[0] == "delete":
                gone.add(action[1])
            if action[0] == "delete" and any(one[0] == "modify" and one[1] == action[1] for one in kept):
                continue
            kept.append(action)
        return {"name": name, "attributes": self.attributes(bound), "when": when, "then": kept}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def attributes(self, bound: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.chance(0.3):
            found["salience"] = self.random.randint(-2, 2)
            if bound and "agenda" in self.themes and self.chance(0.4):
                found["salience"] = f"{self.random.choice(bound)}.x"
        if self.chance(0.15):
            found["no-loop"] = True
        if "agenda" in self.themes:
            if self.chance(0.4):
                found["agenda-group"] = self.random.choice(("g", "h"))
                if self.chance(0.4):
                    found["auto-focus"] = True
            if self.chance(0.2):
                found["activation-group"] = self.random.choice(("p", "q"))
            if self.chance(0.2):
                found["lock-on-active"] = True
            if self.chance(0.1):
                found["enabled"] = False
            if self.chance(0.1):
                found[self.random.choice(("date-effective", "date-expires"))] = self.random.choice((1, 3))
        return found

    def term(self, bound: list[str], alias: str, depth: int) -> dict[str, Any]:
        chance = self.random.random()
        if "terms" not in self.themes or chance < 0.45 or depth > 1:
            if chance > 0.85 and depth == 0:
                return {"not": [self.pattern(list(bound), alias)]}
            return self.pattern(bound, alias)
        if chance < 0.65:
            inner = list(bound)
            word = self.random.choice(("not", "not", "exists"))
            return {word: [self.term(inner, f"{alias}{n}", depth + 1) for n in range(self.random.choice((1, 1, 2)))]}
        if chance < 0.85 or not bound:
            return self.accumulate(bound, alias, depth)
        if chance < 0.93:
            return {"eval": [self.operand(bound), self.random.choice(tuple(OPERATORS)), self.operand(bound)]}
        term = {"from": [self.operand(bound), self.operand(bound)], "as": alias}
        if self.chance(0.6):
            term["if"] = [[self.random.choice(tuple(OPERATORS)), self.operand(bound)]]
        return term

    def accumulate(self, bound: list[str], alias: str, depth: int) -> dict[str, Any]:
        inner = list(bound)
        terms = [self.pattern(inner, f"{alias}0")]
        if self.chance(0.3):
            terms.append(
                self.term(inner, f"{alias}1", depth + 1) if self.chance(0.5) else self.pattern(inner, f"{alias}1")
            )
        function = self.random.choice(FOLDS)
        term: dict[str, Any] = {
            "accumulate": terms,
            "as": alias,
            "folds": [[function, f"{alias}0.{self.random.choice('xy')}"]],
        }
        if self.chance(0.5) and not function.startswith("collect"):
            term["if"] = [[self.random.choice((">", ">=", "<", "!=")), self.operand(bound)]]
        return term

    def pattern(self, bound: list[str], alias: str) -> dict[str, Any]:
        term: dict[str, Any] = {"type": self.random.choice(tuple(TYPES)), "as": alias}
        tests = [
            [self.random.choice("xy"), self.random.choice(tuple(OPERATORS)), self.operand(bound)]
            for _ in range(self.random.choice((0, 1, 1, 2)))
        ]
        if tests:
            term["if"] = tests
        if "windows" in self.themes and self.chance(0.5):
            term[self.random.choice(("length", "time"))] = self.random.randint(1, 3)
        bound.append(alias)
        return term

    def operand(self, bound: list[str]) -> Any:
        if bound and self.chance(0.5):
            return f"{self.random.choice(bound)}.{self.random.choice('xy')}"
        return self.random.randint(0, 2)

    def action(self, bound: list[str], when: list[dict[str, Any]]) -> list[Any]:
        facts = [term["as"] for term in when if "type" in term]
        if "agenda" in self.themes and self.chance(0.2):
            return ["focus", self.random.choice("gh")] if self.chance(0.8) else ["halt"]
        if not facts or self.chance(0.45):
            word = "insertLogical" if "logical" in self.themes and self.chance(0.7) else "insert"
            return [word, self.random.choice(tuple(TYPES)), self.operand(facts), self.operand(facts)]
        if self.chance(0.7):
            return ["modify", self.random.choice(facts), self.random.choice("xy"), self.random.randint(0, 2)]
        return ["delete", self.random.choice(facts)]

    def steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        names: list[str] = []
        for number in range(self.random.randint(3, 12)):
            chance = self.random.random()
            if chance < 0.5 or not names:
                fields = {one: self.random.randint(0, 2) for one in "xy"}
                names.append(f"f{number}")
                steps.append(
                    {"op": "insert", "type": self.random.choice(tuple(TYPES)), "as": names[-1], "fields": fields}
                )
            elif chance < 0.7:
                steps.append({"op": "fire", "limit": 15})
            elif chance < 0.85:
                fields = {self.random.choice("xy"): self.random.randint(0, 2)}
                steps.append({"op": "update", "as": self.random.choice(names), "fields": fields})
            elif chance < 0.93 or "agenda" not in self.themes:
                steps.append({"op": "delete", "as": names.pop(self.random.randrange(len(names)))})
            elif chance < 0.97:
                steps.append({"op": "focus", "group": self.random.choice("gh")})
            else:
                steps.append({"op": "advance", "ms": 86_400_000})
        return [*steps, {"op": "fire", "limit": 15}]


if __name__ == "__main__":
    generator = Generator(int(sys.argv[2]))
    for number in range(int(sys.argv[1])):
        made = generator.window_case if sys.argv[3:] == ["windows"] else generator.case
        sys.stdout.write(json.dumps(made(number)) + "\n")
