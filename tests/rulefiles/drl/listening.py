"""Rules that read fields in every way, and changes of each field: which of them Drools lets a rule look at again.

`python -m tests.rulefiles.drl.listening ORACLE` asks Drools about all of them (see `record`), and writes its answers down.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.rulefiles.drl.generate_listening import Generator
from tests.rulefiles.drl.record import LISTENING, asked, write

DECLARED = """import java.util.List;
import java.util.ArrayList;
declare B
  x: int
  y: int
  s: String
end
declare A
  x: int
  y: int
  z: int
  s: String
  tags: List
  b: boolean
  o: B
end
declare G
  k: int
end
declare L
  x: int @key
end
function int twice(int n) { return n * 2; }
function boolean big(A a) { return a.getX() > 0; }
function List tagsOf(A a) { return a.getTags(); }
"""
A = {"x": 1, "y": 1, "z": 1, "s": "q", "tags": ["t"], "b": True}
B = {"x": 1, "y": 1, "s": "q"}
#: Setters that change nothing: what listens looks again, and goes on matching.
SETTERS = (
    *(("A", f"setX({A['x']})"), ("A", "setY(1)"), ("A", "setZ(1)"), ("A", 'setS("q")'), ("A", "setB(true)")),
    *(("A", "setO(new B(1, 1, null))"), ("A", 'setTags(new ArrayList(java.util.Arrays.asList("t")))')),
    *(("B", "setX(1)"), ("B", "setY(1)"), ("B", 'setS("q")')),
)

#: Constraints of a pattern on A, called $a.
ALONE = (
    *("Math.abs(x) > 0", "Math.max(x, y) > 0", "Math.max(getX(), y) > 0", "Math.max(y, getX()) > 0"),
    *("Math.max(this.getX(), y) > 0", "Math.max(z, x + getY()) > 0", "Math.max(twice(x), y) > 0", "x == Math.abs(y)"),
    *("Math.abs(x) == Math.abs(y)", "Math.abs(getX()) > 0", "x > 0 || Math.abs(y) > 5", "Math.abs(y) > 5 || x > 0"),
    *("twice(x) == 2", "twice(1) > 0", "twice(x + y) > 0", "twice(this.getX()) > 0", "twice(Math.abs(x)) > 0"),
    *("twice(s.length()) > 0", "big(this)", "big($a)", "tagsOf(this).size() > 0", "x <= twice(y)"),
    *("tags.size() > 0", "tags.get(x - 1) == 't'".replace("'", '"'), "tags[x - 1] != null", "tags.indexOf(s) < 0"),
    *('"q".equals(s)', 's.equals("q")', '"q" == s', '"qq".contains(s)', '"q".equals(getS())', "s.startsWith(s)"),
    *("s.substring(x - 1).length() > 0", "s.substring(0, getX()) == 'q'".replace("'", '"'), "!s.empty", "s matches s"),
    *("b", "this.b", "$a.b", "b || x > 5", "this.b || x > 5", "tags.empty || x > 0", "!tags.empty || x > 5"),
    *(
        "true",
        "1 == 1",
        "eval(true)",
        "eval(x > 0)",
        "this != null",
        "this.getX() > 0",
        "this.getX() == y",
        "x == $a.y",
    ),
    *("y == $a.getX()", "$a.x > 0", "$a != null", "toString() != null", 'toString() == "z" || x > 0'),
    *("hashCode() != 0 && x > 0", "s!.length > 0", "x > 0 && < 5", "x > 0 || < -5", "x in (Math.abs(y), 2)"),
    *("$v: x", "$v: this.x", "$v: Math.abs(x)", "$v: s.length", "$v: s.length()", "$v: s!.length", "$me: this"),
    *("$v: x, $v > 0", "$v: x, Math.abs($v) > 0", "$v: x, twice($v) > 0", "$v: getX(), $v > 0"),
    *("$v: s, $v.length() > 0", '$v: tags, $v contains "t"', "$v: x, $v > 0 || y > 5", "$v: x, y == Math.abs($v)"),
    *("o == null || o.x > 0", "tags not contains s", "s memberOf tags || b", "x > y - 1 && z > 0 || b"),
)
#: What stands behind `$a: A(s != null)`.
BEHIND = (
    *("B(x == $a.x)", "B(x <= twice($a.x))", "B(eval($a.getX() > 0))", "B($a.x > 0)", "B(x > 0, $a.getY() > 0)"),
    *("B($a != null)", "B(big($a))", 'B($a.tags contains "t")', "B($a.x == x || $a.y == y)", "B(x in ($a.x, $a.y))"),
    *(
        "B(x == $a.x && y == $a.y)",
        "B(x == $a.x, y == $a.y)",
        "B(x * 2 >= $a.x + $a.y)",
        "B(x == Math.max($a.x, $a.y))",
    ),
    *("B(x == $a!.x)", "B($n: x == $a.x)", "B(x == $a.getX())", "B($a.x, 1;)", "not B($w: x, $w > $a.x)"),
    *("not B(x > $a.x)", "exists (B(x == $a.x) and String() from $a.tags)", "not (not (B(x == $a.x)))"),
    *("not (B(x > $a.x) and B(y > $a.z))", "forall(B(x >= 0) B(y == $a.y))", "not (B(x > 3) and eval($a.getX() > 0))"),
    *("not (B($w: x) and eval($w > $a.getX()))", "not (eval($a.getX() > 5) and B())", "exists (eval(true) and B())"),
    *(
        'not (String(this == "zz") from $a.tags and B())',
        "not (not (String() from $a.tags))",
        "not A(this != $a, x == $a.x)",
    ),
    *('forall(String(this != "zz") from $a.tags)', "accumulate(B($w: x, y == $a.y); $n: sum($w))"),
    *("accumulate(B($w: x); $n: sum($w); $n >= $a.x)", "Number(intValue >= $a.x) from accumulate(B($w: x), sum($w))"),
    *("accumulate($t: String() from $a.tags and B(); $n: count())", "List(size >= $a.x) from collect(B())"),
    *("eval(true) B(x == $a.x)", "eval(true) not B(x > $a.x)", "$t: String() from $a.tags B(x == $a.x)"),
    *("$b: B() eval($a.getX() > 0)", "$b: B() $t: String() from $a.tags", "not L() eval($a.getX() > 0)"),
    *("exists B() eval($a.getX() > 0)", "$b: B() A(x == $b.x)", "$b: B() exists String() from $a.tags"),
    *("(B(x == $a.x) or B(y == $a.y))", "(B(x == $a.x) or (B(y == $a.y) and not L(x == $a.z)))"),
    *("(B(x == $a.x) or eval($a.getY() > 5))", "(eval($a.getY() > 5) or B(x == $a.x))"),
    *("(not B(x > $a.x) or exists B(y == $a.y))", "((B(x == $a.x) and eval($a.getY() > 0)) or L())"),
    *('(String(this == "zz") from $a.tags or B(y == $a.y))', "(B(x == $a.x) or B(x > 5)) B(y == $a.y)"),
    *("B() A(x > 0) from $a", "B() A(x > 0, y > 0) from $a", "B() A(x > 0 || y > 0) from $a", "B() A($q: y) from $a"),
    *("B() exists A(getX() > 0) from $a", "B() A(Math.abs(x) > 0) from $a", "B() A() from $a"),
)
#: Whole conditions.
WHOLE = (
    *(
        "A($v: y) B(x == $v)",
        "A($v: z) B($v > 0)",
        "A($v: y) B($v > 0)",
        "A($v: y) B(eval($v > 0))",
        "A($v: y) B(twice($v) > 0)",
    ),
    *(
        "A($v: getY()) B(x == $v)",
        "A($v: y) not B(x > $v)",
        "A($v: y) B(x in ($v, 5))",
        "A($v: x) B($w: y, x == $v) A(x == $w)",
    ),
    *("$b: B() $a: A(x > $b.x - 1) B(y == $a.y, this == $b)", "accumulate($b: B() and A(x == $b.x); $n: count())"),
    *("accumulate($a: A($v: x) and B(y == $v); $n: count())", "not (L() and B()) $b: B() A(x == $b.x)"),
    *("exists ($a: A(s != null) and eval($a.getX() > 0))", "eval(true) $a: A(s != null) eval($a.getX() > 0)"),
    *("$a: A(s != null) @watch(!s) eval(true)", "$a: A(s != null) @watch(!*) B()", "$a: A() B(x == $a.y) @watch(!x)"),
    *(
        "$a: A(x > 0) @watch(!s) B(s == $a.s)",
        "$a: A(s != null) @watch(*, !x) B(x == $a.y)",
        "$a: A(x > 0) @watch(!*, y)",
    ),
)
FIRST = ("$a: A()", "$a: A(x > 0)", "$a: A($v: x)", "$a: A(s != null, $v: y)")
SECOND = (
    *("eval($a.getX() > 0)", "eval(big($a))", "$t: String() from $a.tags", "$t: String() from tagsOf($a)"),
    *(
        "exists String() from $a.tags",
        'not String(this == "zz") from $a.tags',
        "List() from collect(String() from $a.tags)",
    ),
    *("accumulate($t: String() from $a.getTags(); $n: count($t))", "(eval($a.getX() > 0) or eval($a.getY() > 5))"),
)
#: Conditions of a query `q(int v)`, and conditions that ask it.
QUERIES = (
    *(
        "B(x == v)",
        "B(v == x)",
        "B(x > v - 1)",
        "B(x == v + 0)",
        "B($w: x, $w == v)",
        "B(v, 1;)",
        "B(x == v && y == 1)",
    ),
    *(
        "$q: B() A(x == $q.x, y == v)",
        "B(v := x)",
        "accumulate(B(x == v); $n: count())",
        "B() eval(v > 0)",
        "B(x >= v) eval(v > 0)",
    ),
)
ASKING = (
    "q(1;)",
    "$a: A(s != null) q($a.x;)",
    "$a: A(s != null) exists q(1;)",
    "B() $a: A(s != null) q($a.getY();)",
    "q(1;) eval(true)",
)
#: Conditions of two rules that begin alike.
ALIKE = (
    *(
        "$a: A(s != null) B()",
        "$a: A(s != null) eval(true)",
        "$a: A(s != null)",
        "$a: A(s != null) exists String() from $a.tags",
    ),
    *("$a: A(s != null) B(x == $a.x)", "$a: A(s != null, $v: y)"),
)

#: Bodies that change $a or what is in it: which rules are told. Each rule of `LISTENERS` listens to one field.
BODIES = (
    *(
        "update($a);",
        "$a.setX(5); update($a);",
        '$a.getTags().add("z"); update($a);',
        "$a.getTags().clear(); update($a);",
    ),
    *('$a.getM().put("k", "v"); update($a);', '$a.getM().remove("k"); update($a);', "$a.getTags().size(); update($a);"),
    *("int n = $a.getTags().size(); update($a);", "$a.getX(); update($a);", "$a.getTags().isEmpty(); update($a);"),
    *('$a.getTags().add("z"); $a.setX(5); update($a);', '$a.getTags().add("z"); drools.update($a);'),
    *('if ($a.getTags().size() < 9) { $a.getTags().add("z"); update($a); }', "$a.getO().setX(4); update($a);"),
    *('for (int i = 0; i < 2; i++) { $a.getTags().add("z"); } update($a);', "$a.getO().getS(); update($a);"),
    *('List l = $a.getTags(); l.add("z"); update($a);', '$a.getTags().add("z"); update($a); $a.setX(5);'),
    *(
        "$a.toString(); $a.setX(1); update($a);",
        "$a.getS().trim(); update($a);",
        "$a.getM().values().clear(); update($a);",
    ),
    *(
        "$a.getTags().get(0).toString(); update($a);",
        "((A) $a).setX(4); update($a);",
        "A o = $a; o.setX(4); update($a);",
    ),
    *('A q = $a; q.getTags().add("x"); update(q);', 'boolean ok = $a.getTags().add("z"); update($a);', "$a.setX(4);"),
    *('$a.getTags().add("z" + $a.getX()); update($a);', "twice($a.getX()); update($a);", "$b.setX(3); update($a);"),
    *(
        '$a.getTags().add("z"); $b.setX(4); update($b); update($a);',
        "modify($a) { }",
        "if ($a.getX() < 9) { modify($a) { } }",
    ),
    *("modify($a) { setX(4) }", 'modify($a) { getTags().add("z") }', "modify($a) { getTags().clear(), setX(4) }"),
    *(
        "modify($a) { getX() }",
        "modify($a) { toString() }",
        "modify($a) { setX(4), getX() }",
        "modify($a) { getO().setX(4) }",
    ),
    *(
        "modify($a) { getO().getS() }",
        "modify($a) { getTags().isEmpty() }",
        "modify($a) { getTags().get(0).toString() }",
    ),
    *(
        "$a.setY(4); modify($a) { }",
        "$a.setY(4); modify($a) { setX(4) }",
        '$a.getTags().add("z"); modify($a) { setX(4) }',
    ),
    *(
        "$a.setX(1); modify($a) { getX() }",
        "modify($a) { setX(4) } update($a);",
        "$a.setX(4); modify($a) { } update($a);",
    ),
    *(
        "modify($a) { } modify($a) { setX(4) }",
        "update($a); modify($a) { setX(4) }",
        "$b.setX(4); modify($a) { setX(4) }",
    ),
    *(
        "modify($a) { setX(1), setY(1) } modify($a) { setZ(9) }",
        "delete($b); modify($a) { }",
        "modify($a) { } update($a);",
    ),
)
LISTENERS = (
    *("x > -9", "y > -9", "z > -9", "s != null", "tags != null", "o != null", "m != null", "this != null", ""),
)
#: What a body keeps of a list, asked after it has told the rules.
LISTS = (
    *('l.add("x"); $a.setX(5); update($a); l.add("y");', '$a.getTags().add("x"); update($a); l.add("y");'),
    *('update($a); l.add("y");', 'modify($a) { setX(3) } l.add("y");', 'modify($a) { getTags().add("z") } l.add("y");'),
)
#: Rules whose facts rest on the absence of what they insert.
LOGICAL = (
    'rule "r" no-loop when not L() then insertLogical(new L(1)); end',
    'rule "r" no-loop when $a: A() not L() then insertLogical(new L(1)); end',
    'rule "r" no-loop when $a: A() not L(x == $a.x) then insertLogical(new L($a.getX())); end',
    'rule "r" no-loop when not L(x == 1) not L(x == 2) then insertLogical(new L(1)); end',
    'rule "r" no-loop when not L() then insertLogical(new L(1)); end rule "o" salience 5 when L() then end',
    'rule "r" no-loop salience 3 when not L() then insertLogical(new L(1)); end\n'
    'rule "o" when not L() then insertLogical(new L(2)); end',
    'rule "r" no-loop when A(x > 0) then insertLogical(new L(1)); end\n'
    'rule "o" no-loop when not L() then insertLogical(new L(2)); end',
    'rule "r" no-loop when not L(x == 1) then insertLogical(new L(1)); insertLogical(new L(3)); end\n'
    'rule "o" no-loop when not L(x == 3) then end',
    'rule "r" no-loop when $a: A() not L() then insertLogical(new L(1)); modify($a) { setZ(4) } end',
    'rule "r" no-loop when exists A() not L() then insertLogical(new L(1)); end',
    'rule "r" no-loop when B() not L() then insertLogical(new L(1)); end\n'
    'rule "s" salience -1 no-loop when $a: A(x == 1) then modify($a) { setX(3) } end\n'
    'rule "t" no-loop when A(x == 3) not L() then end',
)
#: Conditions that look for A, of which there is one of a type that extends it.
EXTENDED = (
    *(
        "$a: A(s != null) eval($a.getX() > 0)",
        "A(this != null)",
        "A(Math.abs(x) > 0)",
        "A(x > 0) @watch(*)",
        "A(x > 0)",
    ),
    *("$a: A() B(x == $a.x)", "$a: C() A(this == $a)", "$a: C(x > 0) B(x == $a.more)", "B($v: x) A($v > 0, true)"),
)
FIRE = {"op": "fire", "limit": 40}


def case(name: str, before: str, *conditions: str) -> dict[str, Any]:
    """Rules with these conditions, and each field set in its turn; `before` is what the rules need besides."""
    rules = "".join(f'rule "r{n}" when\n  {condition}\nthen\nend\n' for n, condition in enumerate(conditions))
    steps: list[dict[str, Any]] = [
        {"op": "insert", "type": "A", "as": "a", "fields": A},
        {"op": "insert", "type": "B", "as": "b", "fields": B},
        {"op": "fire", "limit": 20},
    ]
    for number, (kind, setter) in enumerate(SETTERS):
        rules += (
            f'rule "{kind}.{setter.partition("(")[0]}" salience -5 when $g: G(k == {number}) $o: {kind}() '
            f"then delete($g); modify($o) {{ {setter} }} end\n"
        )
        steps.append({"op": "insert", "type": "G", "as": f"g{number}", "fields": {"k": number}})
        steps.append({"op": "fire", "limit": 20})
    return {"id": name, "drl": DECLARED + before + rules, "steps": steps, "mode": "cloud"}


def scenario(name: str, rules: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """Rules for an A and a B; `steps` follow the first fire."""
    declared = DECLARED.replace("  o: B\n", "  o: B\n  m: java.util.Map\n")
    first = [
        {"op": "insert", "type": kind, "as": kind.lower(), "fields": given} for kind, given in (("A", A), ("B", B))
    ]
    return {"id": name, "drl": declared + rules, "steps": [*first, FIRE, *steps], "mode": "cloud"}


def telling() -> Iterator[dict[str, Any]]:
    """What bodies do, and whom rules are told of it; and facts that rest on matches."""
    go = {"op": "insert", "type": "G", "as": "g", "fields": {"k": 1}}
    for body in BODIES:
        rules = "".join(f'rule "{listener or "none"}" when A({listener}) then end\n' for listener in LISTENERS)
        rules += (
            'rule "fill" salience 20 when $a: A(o == null) '
            'then modify($a) { setO(new B(1, 1, "q")), setM(new java.util.HashMap()) } end\n'
            f'rule "r" salience 10 when $g: G() $a: A() $b: B() then delete($g);\n{body}\nend\n'
        )
        yield scenario(f"told of {body}", rules, go, FIRE)
    for body in LISTS:
        rules = (
            'rule "r" when $g: G() $a: A() then delete($g); List l = $a.getTags();\n' + body + "\nend\n"
            'rule "s" salience -1 when $a: A() '
            'then InfobipAdapterAPI.sendSmsTextMessage("1", "" + $a.getTags() + $a.getX()); end\n'
        )
        yield scenario(f"a list after {body}", rules, go, FIRE, {"op": "update", "as": "a", "fields": {}}, FIRE)
    for rules in LOGICAL:
        later = {"op": "insert", "type": "B", "as": "b2", "fields": {**B, "x": 2}}
        changes = ({"op": "update", "as": "a", "fields": {"x": 2}}, later, {"op": "delete", "as": "b"})
        yield scenario(rules, rules, FIRE, *(step for change in changes for step in (change, FIRE)))


def extending() -> Iterator[dict[str, Any]]:
    """Changes of a field that a type has besides those of the type it extends."""
    for pattern in EXTENDED:
        rules = "declare C extends A\n  more: int\nend\n" + f'rule "r" when {pattern} then end\n'
        steps: list[dict[str, Any]] = [{"op": "insert", "type": "C", "as": "c", "fields": {**A, "more": 1}}, FIRE]
        for number, (kind, setter) in enumerate((("C", "setMore(1)"), ("C", "setX(1)"), ("A", "setY(1)"))):
            asked = f"$g: G(k == {number}) $o: {kind}()"
            rules += f'rule "{setter}" salience -5 when {asked} then delete($g); modify($o) {{ {setter} }} end\n'
            steps += [{"op": "insert", "type": "G", "as": f"g{number}", "fields": {"k": number}}, FIRE]
        yield scenario(f"{pattern} of a C", rules, *steps)


def cases() -> Iterator[dict[str, Any]]:
    """All of them, without what Drools did."""
    behind = [f"$a: A(s != null) {item}" for item in BEHIND]
    both = [f"{first} {second}" for first in FIRST for second in SECOND]
    for item in (*(f"$a: A({item})" for item in ALONE), *behind, *WHOLE, *both):
        yield case(item, "", item)
    for inside in QUERIES:
        for pattern in ASKING:
            yield case(f"{pattern} of {inside}", f"query q(int v)\n  {inside}\nend\n", pattern)
    for first in ALIKE:
        for second in ALIKE:
            if first != second:
                yield case(f"{first} / {second}", "", first, second)
    generator = Generator(seed=12)
    for number in range(150):
        yield generator.case(f"random {number}", DECLARED)
    yield from telling()
    yield from extending()


def main(oracle: str) -> int:
    """Asks Drools; what it refuses, or fails in, is left out."""
    answered = asked(Path(oracle), list(cases()))
    kept = [case for case in answered if case["drools"] and not any(map(_is_wrong, case["drools"]))]
    write(kept, LISTENING)
    left: Sequence[str] = [case["id"] for case in answered if case not in kept]
    sys.stdout.write("".join(f"left out: {name}\n" for name in left) + f"{len(kept)} scenarios recorded.\n")
    return 0


def _is_wrong(line: str) -> bool:
    return line.startswith(("does not compile", "error"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
