"""What `.drl` text is understood as."""

from __future__ import annotations

import time

import pytest

from infobip_rules.rulefiles.drl.syntax.parser import parse_text
from infobip_rules.rulefiles.drl.syntax.syntax import Place
from tests.rulefiles.drl.spelling import body, conditions, mistakes, rule, spelled, unit


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("A()", "A()"),
        ("a: A(x == 1)", "a: A((x == 1))"),
        ('signal : A() from entry-point "signals"', "signal: A() from entry-point signals"),
        ("A() from entry-point signals", "A() from entry-point signals"),
        ("com.example.A()", "com.example.A()"),
        ("A(f: from)", "A(f: from)"),
        ('A(from == "x")', "A((from == 'x'))"),
        ('A(not contains "x")', "A((not contains 'x'))"),
        ("A(x: y > 5 && z: w)", "A(x: y if (y > 5); z: w)"),
        ("A(x := y)", "A(x: y)"),
        ('A("x", $y; z > 3)', "A('x'; $y | (z > 3))"),
        ("A(x > 1) @watch(y, !z)", "A((x > 1)) @watch(y, !z)"),
        ("A(eval(x > 5))", "A((x > 5))"),
        ("A(x == null, y == true)", "A((x == None:null); (y == True))"),
        ("A()\n;\nB();", "A(); B()"),
    ],
)
def test_a_pattern_is_a_type_with_constraints_and_a_source(text: str, understood: str) -> None:
    assert conditions(text) == understood


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("A() B()", "A(); B()"),
        ("A() and B() or C()", "or<and<A(); B()>; C()>"),
        ("A() && B() || C()", "or<and<A(); B()>; C()>"),
        ("(A() or B()) and C()", "and<or<A(); B()>; C()>"),
        ("(or A() B())", "or<A(); B()>"),
        ("(and A() B())", "and<A(); B()>"),
        ("not A() B()", "not<A()>; B()"),
        ("not (A() and B())", "not<and<A(); B()>>"),
        ("not(not A())", "not<not<A()>>"),
        ("exists (A() or B())", "exists<or<A(); B()>>"),
        ("forall($a: A() B(this == $a))", "forall<$a: A(); B((this == $a))>"),
        ("$x: (A() or B(y > 1))", "or<$x: A(); $x: B((y > 1))>"),
        ("eval($a.getX() > 5)", "eval(($a.getX() > 5))"),
        ('?q("a", $x;)', "?q('a', $x)"),
        ("q($x;)", "q($x | )"),
        ("List() from $x.items not B()", "List() from $x.items; not<B()>"),
        ("A(x == 1)and B()", "and<A((x == 1)); B()>"),
    ],
)
def test_conditions_are_joined_as_in_drools(text: str, understood: str) -> None:
    assert conditions(text) == understood


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("A(age (> 30 && < 40))", "A(((age > 30) && (age < 40)))"),
        ("A(x > 1 || < 0)", "A(((x > 1) || (x < 0)))"),
        ("A(x > 1 || < 0 && != -5)", "A(((x > 1) || ((x < 0) && (x != -5))))"),
        ("A(y == 1 && z > 2 + 3 && < 9)", "A(((y == 1) && ((z > (2 + 3)) && (z < 9))))"),
        ('A(l contains "x" && not contains "y")', "A(((l contains 'x') && (l not contains 'y')))"),
        ('A(k in ("A", "B"), k not in ("C"))', "A((k in ['A', 'B']); (k not in ['C']))"),
        ("A(x == 1 || == 2)", "A(((x == 1) || (x == 2)))"),
        ("A(x || y && !z)", "A((x || (y && (!z))))"),
        ("A(a + b * c - d == e % 2)", "A((((a + (b * c)) - d) == (e % 2)))"),
        ("A((x > 5 || y < 3) && z)", "A((((x > 5) || (y < 3)) && z))"),
        ('A(text str[startsWith] "x")', "A((text str['startsWith'] 'x'))"),
        ("A(text not str[length] 5)", "A((text not str['length'] 5))"),
        ("A(this after[1s, 2m30s] $b)", "A((this after['1s', '2m30s'] $b))"),
        ("A(x not before $b)", "A((x not before $b))"),
        ('A(c["phone"] == "x")', "A((c['phone'] == 'x'))"),
        ("A(a!.b!.c() == 1)", "A((a!.b!.c() == 1))"),
        ("A(x excludes 1)", "A((x not contains 1))"),
        ("A(x instanceof B, y)", "A((x instanceof B); y)"),
        ("A(x ? y : z)", "A((x ? y : z))"),
        ("A(x memberOf $l, $n: x)", "A((x memberOf $l); $n: x)"),
    ],
)
def test_constraints_bind_as_tightly_as_in_drools(text: str, understood: str) -> None:
    assert conditions(text) == understood


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        (
            "accumulate($a: A($t: total) and B(); $s: sum($t), $c: count(); $s > 5, $c < 3)",
            "accumulate(and<$a: A($t: total); B()> | $s: sum($t); $c: count() | ($s > 5); ($c < 3))",
        ),
        ("acc(A(), $c: count(1))", "accumulate(A() | $c: count(1) | )"),
        ("Number(this > 5) from accumulate(A($t: t), sum($t))", "Number((this > 5)) from accumulate(A($t: t) | sum($t))"),
        ("$l: List(size > 1) from collect(A() from entry-point s)", "$l: List((size > 1)) from collect(A() from entry-point s)"),
        ("String() from $a.c.keySet() B()", "String() from $a.c.keySet(); B()"),
        ("Integer() from [1, 2]", "Integer() from [1, 2]"),
        ("A() over window:time(1m 30s) from entry-point s", "A() over time(1m 30s) from entry-point s"),
        ("A() over window:length(3)", "A() over length(3)"),
    ],
)  # fmt: skip
def test_what_is_computed_of_several_elements(text: str, understood: str) -> None:
    assert conditions(text) == understood


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ('String s = "a" + 5; int a = 1, b;', "String s = ('a' + 5); int a = 1; int b = -"),
        ("Map<String, List<Integer>> m = new HashMap<>();", "Map<String, List<Integer>> m = new HashMap()"),
        ("for (int i = 0; i < 2; i++) { f(i); }", "for (int i = 0 | (i < 2) | (x++i)) {f(i)}"),
        ("for (;;) break;", "for ( | - | ) break"),
        ("for (String s : list) f(s);", "for (String s : list) f(s)"),
        ("if (a) b(); else if (c) { d(); } else e();", "if a b() else if c {d()} else e()"),
        ("while (x < 3) { x = x + 1; continue; }", "while (x < 3) {x = (x + 1); continue}"),
        ("x.y = 5; x[0] += 2; --j;", "x.y = 5; x[0] += 2; (--j)"),
        ("modify(a) { setX(1), setY(2) }; modify(b) { x = 5 }", "modify(a) {setX(1); setY(2)}; modify(b) {x = 5}"),
        ("modify(a) { }", "modify(a) {}"),
        ('insert(new Order("A", 5)); delete($x);', "insert(new Order('A', 5)); delete($x)"),
        ("Object o = (String) x; int n = (int) -5.5;", "Object o = ((String) x); int n = ((int) -5.5:double)"),
        ("f((a) + b);", "f((a + b))"),
        ('String[] a = new String[] {"x", "y"};', "String[] a = ['x', 'y']"),
        ("char c = 'x';", "char c = 'x':char"),
        ("var y = a < b ? c : d;", "var y = ((a < b) ? c : d)"),
        ("long l = 5L << 2; f(1.5f, 0xFF, 1_000, 017);", "long l = (5:long << 2); f(1.5:float, 255, 1000, 15)"),
        ("f(9.99B);", "f(Decimal('9.99'):BigDecimal)"),
        ('f("a\\"b\\n\\u010d\\\\");', "f('a\"b\\nč\\\\')"),
        ("return; ;", "return -"),
        ("{ final int x = 5; }", "{int x = 5}"),
        ("drools.getKnowledgeRuntime().getAgenda().setFocus();", "drools.getKnowledgeRuntime().getAgenda().setFocus()"),
        ("String rule = when; from = then2;", "String rule = when; from = then2"),
    ],
)  # fmt: skip
def test_bodies_are_java(text: str, understood: str) -> None:
    assert body(text) == understood


def test_in_mvel_single_quotes_hold_text_and_the_last_semicolon_may_be_missing() -> None:
    assert body("s = 'xyz'; u = ['a': 1]", 'dialect "mvel"') == "s = 'xyz'; u = ['a': 1]"


def test_a_whole_file() -> None:
    tree = unit("""
        package com.example.orders
        import java.util.List; import com.example.*
        global java.util.List<String> results;
        dialect "java"
        declare Order extends Base @role(event) @expires(1h)
            number : String @key
            total : double = 1.5
            items : List<String>
        end
        function String hi(String a, int n) { return "hi " + a; }
        query "big"(double $limit) Order(total > $limit) end
        query all() Order() end
        query none Order() end
        rule "First rule" extends "Base rule" @tag("x")
            salience -10 no-loop agenda-group "g", auto-focus false timer(int: 30s 5m)
        when then end
        rule second enabled false salience (1 + $x) lock-on-active true then end""")
    assert (tree.package, [import_node.name for import_node in tree.imports]) == (
        "com.example.orders",
        ["java.util.List", "com.example.*"],
    )
    assert spelled(tree.globals[0].type) == "java.util.List<String>"
    (order,) = tree.declares
    assert (order.extends, [(annotation.name, annotation.text) for annotation in order.annotations]) == (
        "Base",
        [("role", "event"), ("expires", "1h")],
    )
    assert [(field.name, spelled(field.type)) for field in order.fields] == [
        ("number", "String"), ("total", "double"), ("items", "List<String>")]  # fmt: skip
    assert [spelled(field.default) for field in order.fields if field.default] == ["1.5:double"]
    assert [(function.name, len(function.parameters)) for function in tree.functions] == [("hi", 2)]
    assert [(query.name, len(query.parameters)) for query in tree.queries] == [("big", 1), ("all", 0), ("none", 0)]
    first, second = tree.rules
    assert (first.name, first.extends, second.name) == ("First rule", "Base rule", "second")
    assert [(attribute.name, attribute.value) for attribute in first.attributes] == [
        ("salience", -10), ("no-loop", True), ("agenda-group", "g"), ("auto-focus", False), ("timer", "int: 30s 5m")]  # fmt: skip
    assert [attribute.name for attribute in second.attributes] == ["enabled", "salience", "lock-on-active"]


def test_everything_knows_its_place() -> None:
    tree = rule('\n\nrule "r" when\n  a: A(x > 1,\n    y == 2)\nthen\n  f(a);\nend')
    assert tree.at == Place(line=3, column=1)
    (pattern,) = tree.conditions
    assert pattern.at == Place(line=4, column=3)
    assert [constraint.at for constraint in pattern.constraints] == [Place(line=4, column=8), Place(line=5, column=5)]  # type: ignore[union-attr]  # a pattern
    assert tree.body[0].at == Place(line=7, column=3)


def test_a_rule_may_stand_on_one_line() -> None:
    tree = unit('rule "a" when A() then f(); end rule "b" when B() then g(); end')
    assert [spelled(rule.conditions) for rule in tree.rules] == ["A()", "B()"]
    assert tree.rules[1].at == Place(line=1, column=33)


def test_comments_count_for_nothing() -> None:
    text = """// a rule "x"
        /* end */ rule r // it's one
        when A(/* then */ x == "// no # comment /* here */") // end
        then f(); /* end
        end */ end"""
    assert spelled(rule(text).conditions) == "A((x == '// no # comment /* here */'))"


def test_a_field_may_be_called_end_or_rule() -> None:
    assert conditions("A(rule == 2, end == 3)") == "A((rule == 2); (end == 3))"


def test_text_without_rules_is_an_empty_file() -> None:
    assert unit(" \n// nothing\n;").rules == ()


TYPICAL = """
rule "Keyword {0}"
    salience 10
    when
        signal: InfobipSmsReceivedMessage(keyword == "K{0}", text != null) from entry-point "signals"
        client: ClientAgent(phone: getConnection("phone"))
    then
        String text = "Hello " + signal.getText();
        InfobipAdapterAPI.sendSmsTextMessage(phone, text);
        delete(signal);
end
"""


def test_a_thousand_rules_are_parsed_in_a_moment() -> None:
    text = "".join(TYPICAL.format(number) for number in range(1_000))
    started = time.process_time()
    tree, complaints = parse_text(text)
    assert (len(tree.rules), complaints.problems) == (1_000, [])
    assert time.process_time() - started < 3  # seconds of this process


def test_else_if_may_follow_else_if_a_few_times() -> None:
    chain = " else ".join(f"if (x == {number}) f({number});" for number in range(30))
    assert body(chain).count("else") == 29


def test_a_mistake_in_one_rule_leaves_the_others() -> None:
    tree, complaints = parse_text("rule a when A( then end\nrule b when A() then end\nrule c when A(x = 1) then end")
    assert [rule.name for rule in tree.rules] == ["b"]
    assert len(complaints.problems) == 2
    assert mistakes("rule a when A() then f();\nrule b when A() then end")[0].startswith(
        "rules.drl:1:1: `rule a when A() then f();` has no `end`."
    )


def test_a_body_in_mvel_with_more_lines_than_are_mended_is_refused_and_not_lost() -> None:
    few, many = ("\n".join(["f()"] * count) for count in (20, 150))
    assert len(rule(f'rule r dialect "mvel" when A() then\n{few}\nend').body) == 20
    (only,) = mistakes(f'rule r dialect "mvel" when A() then\n{many}\nend')
    assert "A semicolon is missing. Write ; here." in only
