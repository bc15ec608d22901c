"""Corners of the language, a small file with a scenario each: what `accumulate` gives, kinds compared, orders in bodies.

`python -m tests.rulefiles.drl.record ORACLE corners` asks real Drools about all of them and records its answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

DECLARED = """import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;
declare Order
  name : String
  total : double
  qty : int
  amount : Long
  count : Integer
  price : Double
  cost : BigDecimal
  any : Object
  tags : List
  attrs : Map
  vip : boolean
end
declare A
  v : int
  w : int
  s : String
end
declare B
  v : int
  w : int
  s : String
end
declare L
  x : int @key
end
"""
Step = Mapping[str, Any]
FIRE: Step = {"op": "fire", "limit": 6}


def put(kind: str, name: str, /, **fields: Any) -> Step:
    """A fact."""
    return {"op": "insert", "type": kind, "as": name, "fields": fields}


def orders(**fields: Sequence[Any]) -> list[Step]:
    """Orders, the n-th with the n-th value of each field; a field that has none there is left out."""
    count = max(map(len, fields.values()))
    return [
        put("Order", f"o{n}", **{name: values[n] for name, values in fields.items() if n < len(values)})
        for n in range(count)
    ]


ANA = [put("Order", "o", name="ana", qty=2, count=3, tags=["a", "b"], attrs={"k": "v"}, total=3.0)]
ONE = [put("A", "a", v=3, w=4, s="a")]
BOTH = [*ONE, put("B", "b", v=3, w=4, s="b")]


def case(name: str, text: str, steps: Sequence[Step], before: str = "") -> dict[str, Any]:
    """A file of which Drools is asked."""
    return {"id": name, "drl": f"{DECLARED}{before}{text}", "steps": [*steps, FIRE], "mode": "cloud"}


def rule(when: str, sends: str = '""') -> str:
    """A rule that sends a value as text."""
    return f'rule "r" when\n{when}\nthen\nInfobipAdapterAPI.sendSmsTextMessage("r", "" + {sends});\nend\n'


def cases() -> list[dict[str, Any]]:
    """All of them, the same ones at each call."""
    made = [
        *folds(),
        *decimals(),
        *sets(),
        *collecting(),
        *looking_into(),
        *signs(),
        *labels(),
        *bodies(),
        *unseen(),
        *signals(),
        *forms(),
    ]
    assert len({item["id"] for item in made}) == len(made)
    return made


FUNCTIONS = ("sum", "average", "min", "max", "count", "collectList", "collectSet")
#: Values for each field; with a null only where Drools takes one.
VALUES: Mapping[str, Sequence[Any]] = {
    "total": [5.0, 7.5],
    "qty": [2, 3],
    "amount": [4, None, 6],
    "count": [None, 3],
    "price": [1.5, 2.5],
    "any": [2, 3],
}


def folds() -> Iterator[dict[str, Any]]:
    """Each function over each kind of value: none, some, and null."""
    for function in FUNCTIONS:
        for field, values in VALUES.items():
            text = rule(f"accumulate(Order($t: {field}); $s: {function}($t))", "$s")
            yield case(f"{function} of no {field}", text, [])
            yield case(f"{function} of {field}", text, orders(**{field: values}))
        computed = (
            ("$q * 2", "$q + 0.5") if function in ("sum", "min", "max") else ()
        )  # others fail in Drools by a cast
        for given in ("1", "1.5", "1L", "$o.getTotal()", "$o.qty", *computed):
            source = "$o: Order($q: qty)"
            yield case(f"{function}({given}) of none", rule(f"accumulate({source}; $s: {function}({given}))", "$s"), [])
            older = rule(f"$s: Object() from accumulate({source}, {function}({given}))", "$s")
            yield case(f"from {function}({given}) of none", older, [])
            yield case(f"from {function}({given})", older, orders(qty=[3], total=[1.5]))
    for field, values in {"qty": [2_147_483_647, 1], "amount": [2**63 - 1, 1], "total": [0.1] * 10}.items():
        text = rule(f"accumulate(Order($t: {field}); $s: sum($t))", "$s")
        yield case(f"sum of {field}, as wide as it is", text, orders(**{field: values}))
    several = rule(
        "accumulate(Order($t: total, $q: qty); $s: sum($t), $n: count(), $m: max($q))", '$s + " " + $n + " " + $m'
    )
    yield case("several functions of none", several, [])
    for kind, test in (
        ("Number", "doubleValue > 1"),
        ("Number", "intValue > 1"),
        ("Number", "this > 1"),
        ("Double", "this > 1"),
    ):
        text = rule(f"$s: {kind}({test}) from accumulate(Order($t: any), sum($t))", "$s")
        yield case(f"{kind}({test}) of what may be anything", text, orders(any=[2, 3]))
    yield case(
        "Number of a list", rule("Order($t: tags) $s: Number(intValue > 3) from $t", "$s"), orders(tags=[[1, 5, 9]])
    )


def decimals() -> Iterator[dict[str, Any]]:
    """BigDecimal keeps its places."""
    for values in (["1.00", "2.00", "2.00"], ["1", "2"], ["1.5", "2.25"], ["10", "3", "3"], ["1E+2", "3"], []):
        inserted = "".join(
            f'Order $o{n} = new Order(); $o{n}.setCost(new BigDecimal("{value}")); insert($o{n});'
            for n, value in enumerate(values)
        )
        for function in ("sum", "average", "min", "max", "collectSet"):
            fold = f"accumulate(Order($t: cost); $s: {function}($t))"
            text = f'rule "i" salience 9 when not L() then {inserted} insert(new L(1)); end\n' + rule(
                f"L() {fold}", "$s"
            )
            yield case(f"{function} of decimals {' '.join(values)}", text, [])


def sets() -> Iterator[dict[str, Any]]:
    """The order of what is collected."""
    given: Mapping[str, Sequence[Any]] = {
        "name": ["pear", "apple", "fig", "kiwi"],
        "qty": [40, 17, 3, 99, 16],
        "total": [1.5, -2.0, 100.25, 0.1],
        "amount": [5_000_000_000, 1, 17],
    }
    many = [["Zora", "Ana", "Iva", "Bo", "Zz", "aA", "BB"], [f"n{n}" for n in range(15)], [None, "x", "a", "x"]]
    for field, values in [*given.items(), *(("name", name) for name in many)]:
        name = f"{field} {values[:2]}"
        yield case(
            f"list of {name}",
            rule(f"accumulate(Order($t: {field}); $s: collectList($t))", "$s"),
            orders(**{field: values}),
        )
        yield case(
            f"set of {name}",
            rule(f"accumulate(Order($t: {field}); $s: collectSet($t))", "$s"),
            orders(**{field: values}),
        )
        each = rule(f"$l: Set() from accumulate(Order($t: {field}), collectSet($t)) $s: Object() from $l", "$s")
        yield case(f"each of the set of {name}", each, orders(**{field: values}))
        loop = rule(f"accumulate(Order($t: {field}); $s: collectSet($t))").replace(
            'InfobipAdapterAPI.sendSmsTextMessage("r", "" + "");',
            'for (Object x : $s) { InfobipAdapterAPI.sendSmsTextMessage("r", "" + x); }',
        )
        yield case(f"loop through the set of {name}", loop, orders(**{field: values}))


def collecting() -> Iterator[dict[str, Any]]:
    """What `collect` takes, and what types that are not there come to."""
    two = [put("A", "a", v=1), put("A", "a2", v=2), put("B", "b", v=3)]
    for source in (
        "A()",
        "A(v > 1)",
        "A(v > 9)",
        "$x: A()",
        "A() and B()",
        "not A()",
        "A(v > 1) and not B()",
        "eval(true)",
    ):
        yield case(f"collect({source})", rule(f"$l: List() from collect({source})", "$l.size()"), two)
    yield case("collect into a set", rule("$l: Set() from collect(A())", "$l.size()"), two)
    for form in (
        "$l: List() from collect(Nope())",
        "accumulate(Nope(); $n: count())",
        "$n: Number() from accumulate(Nope(), count(1))",
        "not Nope()",
        "exists (Nope() and A())",
        "forall(Nope() A())",
        "accumulate(A() and not Nope(); $n: count())",
    ):
        yield case(f"no such type: {form}", rule(form), two)
    for test in ("$s.size() == 1", "$s.size == 1", "$s != null"):
        for function in ("collectList", "collectSet"):
            yield case(f"{function}, {test}", rule(f"accumulate(A($v: v); $s: {function}($v); {test})"), two[:1])


def looking_into() -> Iterator[dict[str, Any]]:
    """`contains` and `memberOf` over kinds."""
    for field in (
        "name",
        "qty",
        "count",
        "total",
        "vip",
        "tags",
        "attrs",
        "cost",
        "tags.size()",
        "attrs.keySet()",
        "attrs.values()",
    ):
        for test in (f'{field} contains "a"', f'{field} not contains "a"', f"{field} contains name"):
            yield case(test, rule(f"Order({test})"), ANA)
    for test in (
        '"a" memberOf tags',
        '"z" memberOf tags',
        '"z" not memberOf tags',
        'tags excludes "a"',
        'name excludes "z"',
    ):
        yield case(test, rule(f"Order({test})"), ANA)
    for test in ('tags contains "a"', 'tags not contains "a"', '"a" memberOf tags', 'name contains "a"'):
        yield case(f"of null: {test}", rule(f"Order({test})"), [put("Order", "o", qty=1)])


def signs() -> Iterator[dict[str, Any]]:
    """A char beside a text."""
    for test in (
        *("{0} == 'a'", '{0} == "a"', "{0} != 'a'", "{0} > 'A'", '{0} < "b"', "{0} >= 'a' && <= 'z'", '{0} == "ana"'),
        *("{0} in ('a', 'b')", "{0} not in ('a')", "'a' == {0}", "Character.isLetter({0})"),
    ):
        yield case(f"sign: {test}", rule(f"Order({test.format('name.charAt(0)')})"), ANA)
        yield case(f"sign in eval: {test}", rule(f"$o: Order() eval({test.format('$o.getName().charAt(0)')})"), ANA)
    yield case("two signs", rule("Order(name.charAt(0) == name.charAt(2))"), ANA)


def labels() -> Iterator[dict[str, Any]]:
    """What a label stands for, and which are none."""
    for value in (
        *(
            "v + w",
            "v * w",
            "v - 1",
            's + "x"',
            "(v + w)",
            "v + w + 1",
            "(v + 1) * w",
            "v + 0.5",
            "s.length() + 1",
            "s.length()",
        ),
        *(
            "this.v + 1",
            "getV() + 1",
            "v + Math.max(v, w)",
            "(v + w) * 2",
            "1 + v",
            '"k" + s',
            "2 * (v + w)",
            "w == 4",
            "v > 1",
        ),
    ):
        yield case(f"label before {value}", rule(f"A($s: {value})", "$s"), ONE)
        yield case(f"label before {value} > 0", rule(f"A($s: {value} > 0)", "$s"), ONE)
        yield case(f"label before {value}, joined", rule(f"A($s: {value}) B(v + 0 == $s)", "$s"), BOTH)
    for test in ("$s > 5", "$s < 99", "$s == 7", "w < $s", "$s + w > 1"):
        yield case(f"label of a sum, {test}", rule(f"A($s: v + w, {test})", "$s"), ONE)
        yield case(f"label of a sum in brackets, {test}", rule(f"A($s: (v + w), {test})", "$s"), ONE)
    yield case(":= twice", rule("A($i := v) B($i := v)", "$i"), BOTH)
    yield case(":= once", rule("A($i := v)", "$i"), BOTH)
    yield case(":= in a query", "query q(int i)\nA(i := v)\nend\n" + rule("B($v: v) q($v;)", "$v"), BOTH)
    yield case("one label for one type in `or`", rule("$x: (A(v > 1) or A(w > 1))", "$x.getV()"), BOTH)
    yield case("fields of one label in `or`", rule("(A($v: v) or B($v: v))", "$v"), BOTH)


WATCHING = """rule "w" salience -1 when $x: A(v > 5)
then InfobipAdapterAPI.sendSmsTextMessage("w", "" + $x.getV() + $x.getW()); end
rule "n" when not A() then InfobipAdapterAPI.sendSmsTextMessage("n", "none"); end
rule "b" when $b: B() then InfobipAdapterAPI.sendSmsTextMessage("b", "b"); end
"""
DOING = {
    "delete": "delete($a);",
    "modify": "modify($a) { setV(9) }",
    "update": "$a.setV(9); update($a);",
    "set": "$a.setW(5);",
    "send": 'InfobipAdapterAPI.sendSmsTextMessage("r", "" + $a.getV());',
}
BODIES = (
    'B $b = new B(1, 2, "x"); insert($b); delete($b);',
    'B $b = new B(1, 2, "x"); insert($b); $b.setV(7); update($b);',
    'B $b = new B(1, 2, "x"); insert($b); delete($b); insert($b);',
    'B $b = new B(1, 2, "x"); insert($b); insert($b);',
    'delete($a); insert(new A(9, 1, "n"));',
    'insert(new A(9, 1, "n")); delete($a);',
    "delete($a); delete($a);",
    "delete($a); update($a);",
    "update($a); delete($a);",
    "if (true) { modify($a) { setV(9) } } delete($a);",
    "if (true) { delete($a); } modify($a) { setV(9) }",
    "for (int i = 0; i < 2; i++) { modify($a) { setV(8 + i) } }",
    "modify($a) { setV(8) } modify($a) { setV(9) }",
    "insert(null);",
)


def bodies() -> Iterator[dict[str, Any]]:
    """What one body does to one fact, in every order; and to two."""
    given = [put("A", "a", v=1, w=1, s="q")]
    for count in (2, 3):
        for words in permutations(DOING, count):
            body = "\n".join(DOING[word] for word in words)
            yield case(" ".join(words), f'rule "r" when $a: A(v < 5)\nthen\n{body}\nend\n{WATCHING}', given)
    for body in BODIES:
        yield case(body, f'rule "r" when $a: A(v < 5)\nthen\n{body}\nend\n{WATCHING}', given)
    two = [*given, put("B", "b2", v=1, w=1, s="q"), put("B", "b3", v=1, w=1, s="q")]
    for first, second in permutations(
        ("delete($a);", "delete($b);", "modify($a) { setV(9) }", "modify($b) { setV(9) }"), 2
    ):
        text = f'rule "r" when $a: A(v < 5) $b: B()\nthen\n{first} {second}\nend\n{WATCHING}'
        yield case(f"{first} {second}", text, two)


DERIVED = """declare Base v : int w : int tags : List end
declare Derived extends Base z : int end
"""
#: Changes of a fact of the derived type.
CHANGES = (
    "modify($d) { setZ(9) }",
    "$d.setZ(9); update($d);",
    'modify($d) { getTags().add("x") }',
    '$d.getTags().add("x"); update($d);',
    "modify($d) { }",
    "update($d);",
)
#: What looks at it, each in a way of its own.
LOOKS = (
    "Base() @watch(*) A()",
    "Derived(z > 5)",
    "Base(tags.size() > 1)",
    "$x: Base() eval($x.getTags().size() > 1)",
    "$x: Base() A(v < $x.tags.size())",
)


def unseen() -> Iterator[dict[str, Any]]:
    """Changes in place, and of fields that the type looked at does not have, of a fact that is deleted."""
    given = [put("A", "a", v=1, w=1, s="q"), put("Derived", "d", v=1, w=1, z=1, tags=["t"])]
    for change in CHANGES:
        for look in LOOKS:
            text = (
                f'rule "r" when $d: Derived(v == 1)\nthen\ndelete($d); {change}\nend\n'
                f'rule "l" salience -1 when {look}\nthen InfobipAdapterAPI.sendSmsTextMessage("l", "l"); end\n'
            )
            yield case(f"delete, {change} before {look}", text, given, DERIVED)


MESSAGE: Step = {
    "op": "insert",
    "entry_point": "signals",
    "type": "InfobipSmsReceivedMessage",
    "as": "m",
    "fields": {"messageId": "m1", "text": "keep", "from": "1"},
}
LISTENING = """rule "l" when L() from entry-point "signals" then InfobipAdapterAPI.sendSmsTextMessage("l", "l"); end
rule "n" when not InfobipSmsReceivedMessage() from entry-point "signals" then InfobipAdapterAPI.sendSmsTextMessage("n", "n"); end
"""


def signals() -> Iterator[dict[str, Any]]:
    """What a body does to its signal, and where what it inserts comes to."""
    for body in (
        *("delete($m); insert($m);", "delete($m); delete($m);", "update($m);", "delete($m);", "insert(new L(1));"),
        *("drools.insert(new L(1));", 'drools.getEntryPoint("signals").insert(new L(1));'),
        'kcontext.getKieRuntime().getEntryPoint("signals").insert(new L(2));',
    ):
        when = '$m: InfobipSmsReceivedMessage(text == "keep") from entry-point "signals"'
        yield case(body, f'rule "r" when {when}\nthen\n{body}\nend\n{LISTENING}', [MESSAGE])
    phone = '$o: Order($p: attrs["phone"])\nthen InfobipAdapterAPI.sendSmsTextMessage((String) $p, "x");'
    yield case("a phone that is null", f'rule "r" when {phone}\nend\n', ANA)


def forms() -> Iterator[dict[str, Any]]:
    """Forms that are read, and some that are none."""
    for form in (
        "A(v > 1), B(v > 1)",
        "$a: A(v > 1), B(v == $a.v)",
        "$a: A(v > 1) B(v == $a.v)",
        "A(v > 1) and B(v > 1)",
    ):
        yield case(f"forall({form})", rule(f"forall({form})"), BOTH)
    send = 'InfobipAdapterAPI.sendSmsTextMessage("r", "{}")'
    for name, body in {
        "the last semicolon": send.format("x"),
        "those at the end of a line": f"{send.format('x')}\n{send.format('y')}",
        "one inside braces": f"if (true) {{ {send.format('x')} }}",
        "one before a comment": f"{send.format('x')} // so",
        "one behind modify": "modify($a) { setV(9) }",
        "one of an assignment": "$a.v = 9",
    }.items():
        text = f'rule "r" dialect "mvel" when $a: A(v < 5)\nthen\n{body}\nend\n'
        yield case(f"without {name} in MVEL", text, ONE)
    for line, value in {
        "import static java.lang.Math.max;": "max(1, 2)",
        "import static java.lang.Math.*;": "max(1, 2)",
        "import function java.lang.Math.max;": "max(1, 2)",
        "import static java.lang.Integer.parseInt;": 'parseInt("2")',
        "import static java.lang.Math.PI;": "PI",
        "import static java.math.RoundingMode.HALF_UP;": "HALF_UP",
    }.items():
        yield case(line, rule("A()", value), ONE, f"{line}\n")
    yield case("import static, in a condition", rule("A(max(v, w) > 3)"), ONE, "import static java.lang.Math.max;\n")
    yield case("# before a rule", f"# so\n{rule('A()')}", ONE)
    yield case("# in a rule", rule("# so\nA()"), ONE)
    yield case("# in a body", rule("A()").replace("then\n", "then\n# so\n"), ONE)
    for operator in ("<<=", ">>=", ">>>=", "&=", "|=", "^=", "%="):
        change = f"int n = 13; n {operator} 2;"
        text = f'rule "r" when A()\nthen\n{change} InfobipAdapterAPI.sendSmsTextMessage("r", "" + n);\nend\n'
        yield case(f"n {operator} 2", text, ONE)
