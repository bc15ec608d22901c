"""Random DRL with scenarios: `python -m tests.rulefiles.drl.generate COUNT SEED` prints a JSON line each: id, drl, steps."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

DECLARED = """declare A
  x: int
  y: int
  s: String
  b: boolean
end
declare B
  x: int
  y: int
  s: String
  d: double
end
declare C extends A
  z: int
end
declare L
  x: int @key
end
"""
FIELDS = {"A": ("x", "y", "s", "b"), "L": ("x",), "B": ("x", "y", "s", "d"), "C": ("x", "y", "s", "b", "z")}
KIND = {"x": "int", "y": "int", "z": "int", "s": "String", "b": "boolean", "d": "double"}
TEXTS = ("", "a", "ab", "b1", "A")
ORDER = ("==", "!=", "<", "<=", ">", ">=")


class Generator:
    """Writes rules that Drools compiles, over few types and values, so that much of it matches."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.queries: dict[str, tuple[str, str]] = {}
        self.number = 0

    def case(self, name: str) -> dict[str, Any]:
        """One file with one scenario."""
        self.queries = {}
        parts = [DECLARED]
        if self.chance(0.15):
            parts.append(self.query())
        if self.chance(0.2):
            parts.append("function int twice(int n) { return n * 2; }\n")
        self.has_function = parts[-1].startswith("function")
        parts += [self.rule(f"r{number}") for number in range(self.random.randint(1, 4))]
        return {"id": name, "drl": "".join(parts), "steps": self.steps(), "mode": "cloud"}

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, items: Any) -> Any:
        return self.random.choice(items)

    # --- values

    def value(self, kind: str) -> str:
        if kind == "int":
            return str(self.random.randint(0, 2))
        if kind == "double":
            return self.one(("0.0", "0.5", "1.5", "2.0"))
        return f'"{self.one(TEXTS)}"' if kind == "String" else self.one(("true", "false"))

    def given(self, kind: str) -> Any:
        return json.loads(self.value(kind))

    # --- rules

    def query(self) -> str:
        kind, field = self.one(("A", "B")), self.one(("x", "y"))
        self.queries["q"] = (kind, field)
        return f"query q(int v)\n  {kind}({field} == v)\nend\n"

    def rule(self, name: str) -> str:
        self.bound: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.number = 0
        when = "\n  ".join(self.conditions())
        then = "\n  ".join(self.actions(name))
        return f'rule "{name}" {self.attributes()}\nwhen\n  {when}\nthen\n  {then}\nend\n'

    def attributes(self) -> str:
        found = []
        if self.chance(0.3):
            found.append(f"salience {self.random.randint(-2, 2)}")
        if self.chance(0.2):
            found.append("no-loop")
        if self.chance(0.05):
            found.append('activation-group "g"')
        return " ".join(found)

    def conditions(self) -> list[str]:
        found = [self.pattern()] if self.chance(0.8) else []
        for _ in range(self.one((0, 1, 1, 2))):
            found.append(self.condition())
        return found or [self.pattern()]

    def condition(self) -> str:
        share = self.random.random()
        if share < 0.4:
            return self.pattern()
        if share < 0.55:
            return f"{self.one(('not', 'exists'))} {self.inner()}"
        if share < 0.6:
            return f"forall({self.inner(2)})"
        if share < 0.65:
            return f"not ({self.inner()} and {self.inner()})"
        if share < 0.7:
            return f"exists ({self.inner()} {self.one(('or', 'and'))} {self.inner()})"
        if share < 0.76:
            return f"({self.inner()} or {self.inner()})"
        if share < 0.88:
            return self.accumulate()
        if share < 0.92 and self.values:
            return (
                f"eval({self.one(list(self.values))} {self.one(('==', '!='))} {self.one(list(self.values))})"
                if self.same()
                else self.pattern()
            )
        if share < 0.96 and self.queries and any(kind == "int" for kind in self.values.values()):
            return f"q({self.one([name for name, kind in self.values.items() if kind == 'int'])};)"
        return self.pattern()

    def same(self) -> bool:
        return len(set(self.values.values())) == 1

    def fresh(self, letter: str) -> str:
        self.number += 1
        return f"${letter}{self.number}"

    def pattern(self) -> str:
        kind = self.one(("A", "A", "B", "B", "C"))
        label = self.fresh("e")
        text = self.constraints(kind, binding=True)
        self.bound[label] = kind
        return f"{label}: {kind}({text})"

    def inner(self, least: int = 0) -> str:
        kind = self.one(("A", "B", "C", "A", "B", "L"))
        return f"{kind}({self.constraints(kind, least=least)})"

    def accumulate(self) -> str:
        kind = self.one(("A", "B"))
        field = self.one(("x", "y"))
        own, result = self.fresh("v"), self.fresh("r")
        function = self.one(("sum", "count", "min", "max", "average"))
        tests = ""
        if self.chance(0.5):
            tests = f"; {result} {self.one(ORDER)} {self.random.randint(0, 3)}"
        inside = self.constraints(kind)
        text = (
            f"accumulate({kind}({own}: {field}{', ' + inside if inside else ''}); {result}: {function}({own}){tests})"
        )
        if function in ("sum", "min", "max"):
            self.values[result] = "result"
        return text

    def constraints(self, kind: str, *, binding: bool = False, least: int = 0) -> str:
        found = []
        for _ in range(max(least, self.one((0, 1, 1, 2)))):
            found.append(self.constraint(kind))
        if binding and self.chance(0.4):
            field = self.one(FIELDS[kind])
            name = self.fresh("v")
            found.append(f"{name}: {field}")
            self.values[name] = KIND[field]
        return ", ".join(found)

    def constraint(self, kind: str) -> str:
        field = self.one(FIELDS[kind])
        of = KIND[field]
        share = self.random.random()
        if share < 0.12:
            return f"{self.test(field, of)} {self.one(('||', '&&'))} {self.test(*self.other(kind))}"
        if share < 0.2 and of in ("int", "double"):
            return f"{field} {self.one(ORDER)} {self.value(of)} {self.one(('||', '&&'))} {self.one(ORDER)} {self.value(of)}"
        if share < 0.24 and of in ("int", "double"):
            return f"{field} ({self.one(ORDER)} {self.value(of)} {self.one(('||', '&&'))} {self.one(ORDER)} {self.value(of)})"
        return self.test(field, of)

    def other(self, kind: str) -> tuple[str, str]:
        field = self.one(FIELDS[kind])
        return field, KIND[field]

    def test(self, field: str, of: str) -> str:
        joins = [name for name, kind in self.values.items() if kind == of]
        joins += [f"{label}.{name}" for label, kind in self.bound.items() for name in FIELDS[kind] if KIND[name] == of]
        if joins and self.chance(0.4):
            sign = self.one(ORDER) if of in ("int", "double") else self.one(("==", "!="))
            return f"{field} {sign} {self.one(joins)}"
        share = self.random.random()
        if of == "boolean":
            return self.one((f"{field}", f"{field} == {self.value(of)}", f"!{field}"))
        if of == "String" and share < 0.5:
            return self.one(
                (
                    f'{field} matches "{self.one(("a.*", "[ab]+", ".", "A"))}"',
                    f"{field} contains {self.value(of)}",
                    f"{field} not contains {self.value(of)}",
                    f"{field} in ({self.value(of)}, {self.value(of)})",
                    f"{field} not in ({self.value(of)}, {self.value(of)})",
                    f"{field} str[startsWith] {self.value(of)}",
                    f"{field} str[length] {self.random.randint(0, 2)}",
                    f"{field}.length() {self.one(ORDER)} {self.random.randint(0, 2)}",
                    f"{field} != null",
                )
            )
        if of == "int" and share < 0.25:
            return self.one(
                (
                    f"{field} in ({self.value(of)}, {self.value(of)})",
                    f"{field} + 1 {self.one(ORDER)} {self.value(of)}",
                    f"{field} % 2 == {self.one((0, 1))}",
                    f"get{field.upper()}() {self.one(ORDER)} {self.value(of)}",
                    f"this.{field} {self.one(ORDER)} {self.value(of)}",
                    f"({field} {self.one(ORDER)} {self.value(of)} || {field} == {self.value(of)})",
                )
            )
        sign = self.one(ORDER) if of in ("int", "double") else self.one(("==", "!="))
        return f"{field} {sign} {self.value(of)}"

    # --- bodies

    def actions(self, name: str) -> list[str]:
        found = []
        changed: set[str] = set()
        for _ in range(self.one((0, 1, 1, 2))):
            found.append(self.action(changed))
        if self.values and self.chance(0.5):
            value = self.one(list(self.values))
            found.append(f'InfobipAdapterAPI.sendSmsTextMessage("{name}", "v" + {value});')
        return found

    def action(self, changed: set[str]) -> str:
        # One change each: of several Drools counts the fields of the first only, and a deleted fact goes on firing.
        left = [label for label in self.bound if label not in changed]
        share = self.random.random()
        if share < 0.35 or not left:
            if self.chance(0.15):
                return f"insertLogical(new L({self.number_text()}));"
            kind = self.one(("A", "B"))
            last = self.value("boolean") if kind == "A" else self.value("double")
            return f"insert(new {kind}({self.number_text()}, {self.number_text()}, {self.value('String')}, {last}));"
        label = self.one(left)
        changed.add(label)
        field = self.one([name for name in FIELDS[self.bound[label]] if name != "d"])
        setter = f"set{field.upper()}({self.value(KIND[field])})"
        if share < 0.7:
            return f"modify({label}) {{ {setter} }}"
        if share < 0.8:
            return f"{label}.{setter}; update({label});"
        if share < 0.88:
            return f"if ({label}.getX() {self.one(ORDER)} 1) {{ modify({label}) {{ {setter} }} }}"
        return f"delete({label});"

    def number_text(self) -> str:
        ints = [name for name, kind in self.values.items() if kind == "int"]
        if ints and self.chance(0.3):
            return self.one(ints)
        if self.has_function and self.chance(0.4):
            return f"twice({self.random.randint(0, 1)})"
        return str(self.random.randint(0, 2))

    # --- scenarios

    def steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        names: list[tuple[str, str]] = []
        for number in range(self.random.randint(2, 9)):
            share = self.random.random()
            if share < 0.6 or not names:
                kind, name = self.one(("A", "B", "B", "A", "C")), f"f{number}"
                fields = {field: self.given(KIND[field]) for field in FIELDS[kind]}
                steps.append({"op": "insert", "type": kind, "as": name, "fields": fields})
                names.append((name, kind))
            elif share < 0.82:
                steps.append({"op": "fire", "limit": 15})
            elif share < 0.93:
                name, kind = self.one(names)
                field = self.one(FIELDS[kind])
                steps.append({"op": "update", "as": name, "fields": {field: self.given(KIND[field])}})
            else:
                steps.append({"op": "delete", "as": names.pop(self.random.randrange(len(names)))[0]})
        return [*steps, {"op": "fire", "limit": 15}]


if __name__ == "__main__":
    generator = Generator(int(sys.argv[2]))
    for place in range(int(sys.argv[1])):
        sys.stdout.write(json.dumps(generator.case(f"{sys.argv[2]}-{place}")) + "\n")
