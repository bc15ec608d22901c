"""Random rules that read fields of what was matched before, with changes of fields between the fires."""

from __future__ import annotations

import random
from typing import Any

FIELDS = {"A": ("x", "y", "z"), "B": ("x", "y")}
ORDER = ("==", ">=", "<=", "!=", ">=")
TAGS = (["t"], ["t", "zz"], ["u"])
BEGINNINGS = (
    *(
        "$a: A()",
        "$a: A(s != null)",
        "$a: A(x > 0)",
        "$a: A(x >= 0, y < 3)",
        "$a: A($va: y)",
        "$a: A(s != null, $va: x)",
    ),
    *(
        "$a: A(Math.abs(x) > 0)",
        "$a: A(twice(z) > 0)",
        "$a: A(b)",
        "$a: A(tags.size() > 0)",
        "$a: A(s != null) @watch(z)",
    ),
    *("$a: A(x > 0 || y > 1)", "$a: B()", "$a: B(x > 0)", "$a: B($va: y, s != null)"),
)
QUERIES = ("B(x == v)", "B(x >= v)", "A(x >= v) B(y <= 2)")
SETTERS = {
    "x": ("0", "1", "2"),
    "y": ("0", "1", "2"),
    "z": ("0", "1"),
    "s": ('"q"', '"qq"'),
    "b": ("true", "false"),
    "tags": tuple(f'new ArrayList(java.util.Arrays.asList("{text}"))' for text in ("t", "zz")),
}


class Generator:
    """Writes rules over the types of `listening`, which begin alike more often than not."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bound: list[tuple[str, str]] = []
        #: Elements of which a field is bound, as $v and their name.
        self.values: set[str] = set()
        self.number = 0
        self.query = False

    def one(self, items: Any) -> Any:
        return self.random.choice(items)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def case(self, name: str, declared: str) -> dict[str, Any]:
        """One file with one scenario."""
        self.query = self.chance(0.3)
        rules = [f"query q(int v)\n  {self.one(QUERIES)}\nend\n"] if self.query else []
        rules += [self.rule(f"r{number}") for number in range(self.one((1, 1, 2, 2, 3)))]
        steps = [self.insert("A", "a"), self.insert("B", "b")]
        if self.chance(0.4):
            steps.append(self.insert(self.one("AB"), "c"))
        steps.append({"op": "fire", "limit": 12})
        changes = [(kind, field) for kind, fields in (("A", SETTERS), ("B", ("x", "y", "s"))) for field in fields]
        for number, (kind, field) in enumerate(self.random.sample(changes, self.one((4, 6)))):
            value, asked = self.one(SETTERS[field]), self.one(("", "", "x > 0"))
            rules.append(
                f'rule "{kind}.{field}" salience -5 when $g: G(k == {number}) $o: {kind}({asked}) '
                f"then delete($g); modify($o) {{ set{field.capitalize()}({value}) }} end\n"
            )
            steps.append({"op": "insert", "type": "G", "as": f"g{number}", "fields": {"k": number}})
            steps.append({"op": "fire", "limit": 12})
        return {"id": name, "drl": declared + "".join(rules), "steps": steps, "mode": "cloud"}

    def insert(self, kind: str, name: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"x": self.one((0, 1, 2)), "y": self.one((0, 1, 2)), "s": self.one(("q", "qq"))}
        if kind == "A":
            fields |= {"z": self.one((0, 1)), "tags": self.one(TAGS), "b": self.chance(0.7)}
        return {"op": "insert", "type": kind, "as": name, "fields": fields}

    def rule(self, name: str) -> str:
        beginning = self.one(BEGINNINGS)
        self.bound = [("a", "B" if ": B(" in beginning else "A")]
        self.values = {"a"} if "$va" in beginning else set()
        when = "\n  ".join([beginning, *(self.condition() for _ in range(self.one((0, 1, 1, 1, 2, 2))))])
        then = ""
        if self.chance(0.3):
            label, kind = self.one(self.bound)
            then = f"modify(${label}) {{ set{self.one(FIELDS[kind]).upper()}({self.one((0, 1, 2))}) }}"
        attributes = self.one(("", "", "", "no-loop", "salience 1", "salience -1"))
        return f'rule "{name}" {attributes} when\n  {when}\nthen\n  {then}\nend\n'

    def condition(self) -> str:
        share = self.random.random()
        with_tags = [label for label, kind in self.bound if kind == "A"]
        if share < 0.3:
            return self.pattern(labelled=True)
        if share < 0.45:
            return f"eval({self.read()} {self.one(('>=', '<', '!='))} {self.read()})"
        if share < 0.58 and with_tags:
            asked = self.one(("", "length >= 1", 'this == "zz"'))
            return f"{self.one(('', 'exists ', 'not '))}String({asked}) from ${self.one(with_tags)}.tags"
        if share < 0.7:
            return f"{self.one(('not', 'exists'))} {self.pattern()}"
        if share < 0.78:
            outside = list(self.bound), set(self.values)
            first = self.pattern(labelled=True)
            second = self.pattern() if self.chance(0.7) else f"eval({self.read()} > 0)"
            self.bound, self.values = outside
            return f"{self.one(('not', 'exists'))} ({first} and {second})"
        self.number += 1
        if share < 0.88:
            kind, rest = self.pattern().split("(", 1)
            source = f"{kind}($w{self.number}: {self.one('xy')}{', ' if rest != ')' else ''}{rest}"
            label, kind = self.one(self.bound)
            test = self.one(("", f"; $n{self.number} >= ${label}.{self.one(FIELDS[kind])}"))
            return f"accumulate({source}; $n{self.number}: sum($w{self.number}){test})"
        if share < 0.94 and self.query:
            given = self.one(("1", *(f"${label}.x" for label, _ in self.bound)))
            return f"{self.one(('', 'exists '))}q({given};)"
        return f"$l{self.number}: List({self.one(('', 'size >= 1'))}) from collect({self.pattern()})"

    def pattern(self, *, labelled: bool = False) -> str:
        kind = self.one("AB")
        tests = [self.test(kind) for _ in range(self.one((0, 1, 1, 1, 2)))]
        if not labelled:
            return f"{kind}({', '.join(tests)})"
        label = next(letter for letter in "cdefghi" if letter not in dict(self.bound))
        if self.chance(0.3):
            tests.insert(0, f"$v{label}: {self.one(FIELDS[kind])}")
            self.values.add(label)
        self.bound.append((label, kind))
        return f"${label}: {kind}({', '.join(tests)})"

    def test(self, kind: str) -> str:
        field, other, sign, read = self.one(FIELDS[kind]), self.one(FIELDS[kind]), self.one(ORDER), self.read()
        return self.one(
            (
                *(f"{field} {sign} {read}", f"{read} {sign} {field}", f"{field} > 0 || {other} {sign} {read}"),
                *(f"{field} > 0 && {other} {sign} {read}", f"{read} > 0", f"{field} in (1, {read})"),
                *(f"eval({field} {sign} {read})", f"Math.abs({field}) {sign} {read}", f"twice({field}) > {read}"),
                *(f"{field} > 0", f"get{field.upper()}() >= {read}", f"this.{field} >= {read}"),
            )
        )

    def read(self) -> str:
        label, kind = self.one(self.bound)
        field, other = self.one(FIELDS[kind]), self.one(FIELDS[kind])
        ways = [f"${label}.{field}", f"${label}.get{field.upper()}()", f"${label}.{field} + ${label}.{other}", "1"]
        ways += [f"Math.max(${label}.{field}, ${label}.getX())", f"twice(${label}.{field}) - 1", f"${label}.s.length()"]
        return self.one([*ways, f"$v{label}"] if label in self.values else ways)
