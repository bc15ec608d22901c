"""What the author of a wrong `.drl` text reads."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infobip_rules.rulefiles.drl.syntax.parser import parse_text
from tests.rulefiles.drl.spelling import mistakes


def mistake(text: str) -> str:
    (only,) = mistakes(text)
    return only


def in_condition(text: str) -> str:
    return mistake(f"rule r when\n  {text}\nthen end")


def in_body(text: str) -> str:
    return mistake(f"rule r when then\n  {text}\nend")


def test_a_mistake_shows_file_line_column_and_a_caret() -> None:
    assert in_condition('a: A(x == "y" from entry-point "s")').splitlines() == [
        "rules.drl:2:17: `from` can't stand here. Expected `;`, `,`, `)` or a comparison. [RULE001]",
        '      a: A(x == "y" from entry-point "s")',
        "                    ^",
    ]


@pytest.mark.parametrize("begun", ["/* rule b", "/*", "/*/"])
def test_a_comment_without_an_end_swallows_nothing_unseen(begun: str) -> None:
    assert mistake(f"rule a when then end\n{begun} when then end").splitlines()[0] == (
        "rules.drl:2:1: The comment has no end. Close it with */. [RULE001]"
    )
    assert "2:1: The comment has no end" in mistake(f"rule a when\n{begun} then end\nrule c when then end")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A(x = 5)", "2:7: = sets a value. Write == to compare, or name: field to bind."),
        ("A(x and y)", "2:7: `and` joins patterns. Between constraints write && or a comma."),
        ("A(x or y)", "2:7: `or` joins patterns. Between constraints write ||."),
        ("A(x <> y)", "2:7: <> is not an operator here. Write !=."),
        ("A(x == 1 &&)", "2:14: `)` can't stand here. Expected a value."),
        ("A(", "2:5: `then` can't stand here. Expected `)`"),
        ("A(x == \"y)", "2:10: The text has no closing quote."),
        ("A(x.?y)", "2:6: .? is MVEL's. Write x!.field"),
        ("A(x?.y)", "2:6: ?. is not Drools'. Write x!.field"),
        ("A(b.(c == 1))", "2:7: Grouped access (x.(...)) is not supported."),
        ("A(x ##isa 5)", "2:7: Custom operators (##name) are not supported. There are == != <"),
        ("A(x longerThan 5)", "2:7: This is no operator. There are == != < <= > >= matches contains memberOf in"),
        ("A(x longerThan[3] 5)", "2:7: This is no operator."),
        ("A(x ~= 'b')", "2:7: This is no operator."),
        ("A() from window W", "2:19: Declared windows (from window W) are not supported. Write over window:length(3)"),
        ("A(b#C.d == 1)", "2:6: Inline casts (x#Type) are not supported."),
        ("A(x soundslike \"y\")", "2:7: soundslike is not supported. Use matches"),
        ("A(x -> y)", "2:7: Lambdas are not supported."),
        ("/orders/items", "2:3: OOPath (/orders/items) is not supported. Write $item: Item() from $order.items."),
        ("accumulate(A(), init(int c = 0;), action(c++;), result(c))", "init, action and result is not supported. Use count"),
        ("A() do[x]", "Named consequences (then[...]) are not supported. Write a rule of its own."),
        ("A", "2:3: `A` can't stand here."),
        ("A(5x)", "can't stand here"),
        ("A(&& < 3)", "can't stand here"),
        ("A(x && < 3)", "2:7: There is no comparison before it. Write the value again"),
        ("A(x matches \"\\d\")", "2:15: \\d is no escape of Java. Write \\\\d for a backslash"),
        ("A(x == 3000000000)", "2:10: 3000000000 is too large for int. Write 3000000000L."),
        ("A() from", "2:11: `then` can't stand here. Expected"),
        ("A() over window", "can't stand here"),
        ("?q($x: 5;)", "2:6: What stands before `;` goes by place."),
        ("a: ?q(5;)", "can't stand here"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_condition_names_what_would_be_right(text: str, said: str) -> None:
    assert said in in_condition(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f()\n  g();", "2:6: A semicolon is missing. Write ; here."),
        ("f()", "2:6: A semicolon is missing."),
        ("x == 5;", "2:3: This is no statement: it would do nothing. Write == only inside a condition"),
        ("x + 1;", "2:3: This is no statement"),
        ("5 = x;", "Nothing can be assigned to this."),
        ("s = 'xyz';", "2:7: Single quotes hold one character in Java."),
        ("try { f(); } catch (Exception e) { }", "2:3: try and catch are not supported."),
        ("throw new X();", "2:3: throw is not supported."),
        ("switch (x) { }", "2:3: switch is not supported. Write if and else if."),
        ("do { f(); } while (x);", "2:3: do-while is not supported."),
        ("synchronized (x) { }", "synchronized is not supported"),
        ("list.forEach(x -> f(x));", "2:18: Lambdas are not supported. Write a loop"),
        ("list.forEach((x, y) -> f(x));", "Lambdas are not supported."),
        ("f(A::b);", "Method references are not supported."),
        ("new Thread() { };", "Anonymous classes are not supported."),
        ("class X { }", "Classes can't be defined here."),
        ("int i = a++;", "++ and -- are statements of their own."),
        ("int[] x = new int[5];", "Arrays by size are not supported."),
        ("f(;", "can't stand here. Expected `)`"),
        ("if (x f();", "can't stand here"),
        ("f() }", "2:7: `}` can't stand here. Expected `;`."),
        ("{ f();", "`end` can't stand here."),
    ],
)
def test_a_mistake_in_a_body_names_what_would_be_right(text: str, said: str) -> None:
    assert said in in_body(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('rule "a" when A() then f();', "1:1: `rule \"a\" when A() then f();` has no `end`."),
        ('rule "a" when A() end', "1:19: The rule 'a' has no `then`."),
        ("rule when A() then end", "1:11: `A` can't stand here."),
        ("rule r salience when A() then end", "1:22: `A` can't stand here."),
        ("rule r sailence 5 when A() then end", "1:8: `sailence` can't stand here."),
        ("rule r when A() then[x] f(); end", "Named consequences (then[...]) are not supported."),
        ("unit Orders;", "Rule units are not supported."),
        ("expander my.dsl", "Domain-specific languages (expander) are not supported."),
        ("import accumulate com.x.f f;", "import accumulate is not supported. Use count, sum"),
        ("import accumulate com.x.F f;", "import accumulate is not supported."),
        ("import 5;", "This import is not understood. Write import com.example.Order;"),
        ("hello world", "1:1: `hello` begins nothing that a rule file holds."),
        ("declare enum Color RED, GREEN; end", "Only types with fields can be declared"),
        ("declare A x int end", "can't stand here"),
        ("function String f(int a) { return a; ", "can't stand here"),
    ],
)  # fmt: skip
def test_a_mistake_around_rules_names_what_would_be_right(text: str, said: str) -> None:
    found = mistakes(text)
    assert found
    assert said in found[0]


def test_all_mistakes_come_in_one_go() -> None:
    rules = ("rule a when A(x = 1) then f() end", "rule b when A() then try end", "rule c when A() then end")
    text = "\n".join((*rules, "rule d when A( then end"))
    assert [mistake.split(" ")[0].removeprefix("rules.drl:") for mistake in mistakes(text)] == [
        "1:17:",
        "1:30:",
        "2:22:",
        "4:15:",
    ]


def test_a_long_line_is_shown_around_its_mistake() -> None:
    lines = in_condition(f"A({'x == 1, ' * 100} y = 5, {'z == 1, ' * 100} z == 1)").splitlines()
    assert len(lines[1]) < 120
    assert lines[1][lines[2].index("^")] == "="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 1_000_001, "characters; at most 900000 are read. Split it"),
        (f"rule r when A(x == {'(' * 10_000}1{')' * 10_000}) then end", "More than 50 brackets stand in each other."),
        (f"rule r when {'not ' * 10_000} A() then end", "more than 120 times"),
        (f"rule r when A({'!' * 10_000}x) then end", "more than 120 times"),
        (f"rule r when A(x == {'1 + ' * 10_000}1) then end", "more than 120 times"),
        (f"rule r when A(x{'.y' * 10_000} == 1) then end", "more than 120 times"),
        (f"rule r when A(x == {'1 ? 2 : ' * 5_000}1) then end", "more than 120 times"),
        (f"rule r when then {'if (a) ' * 5_000} f(); end", "more than 120 times"),
        (f"rule r when then {'if (a) f(); else ' * 5_000} f(); end", "more than 120 times"),
        (f"rule r when then {'{' * 10_000}", "More than 50 brackets"),
        (f"rule r when A(x == {'9' * 10_000}) then end", "A number of 10000 digits is too long."),
        (f"declare A x : {'List<' * 5_000}A{'>' * 5_000} end", "This type is not understood."),
        ("rule r when " + "A(" * 10_000 + " then end", "More than 50 brackets"),
        ('"' * 100_000, "begins nothing"),
        ("/*" * 100_000 + "*/ x", "begins nothing"),
        ("rule r when A(x == 1" + " " * 90_000 + "y) then end", "can't stand here"),
        (
            "rule r when A(x == 1" + " " * 500_000 + "y) then end",
            "This rule has 500031 characters; at most 100000 are read.",
        ),
        ("declare A x: int end " * 301, "The file has more than 300 of what begins with `declare`."),
        ("rule " * 20_000, "can't stand here"),
        ("end " * 20_000, "begins nothing"),
        ("<" * 100_000, "begins nothing"),
        ("rule r when then " + "List<" * 19_000 + "x; end", "This is no statement"),
    ],
)
def test_what_is_too_much_is_refused_within_a_second(text: str, said: str) -> None:
    started = time.process_time()  # of this process, whatever else the machine has to do
    found = mistakes(text)
    took = time.process_time() - started
    assert said in found[0]
    assert took < 5  # seconds: what grows with the square of the text takes minutes


def test_ten_thousand_random_bytes_are_only_wrong() -> None:
    chance = random.Random(7)
    for _ in range(20):
        assert mistakes(chance.randbytes(10_000).decode("latin-1"))


WORDS = """rule query declare function end when then not exists forall eval accumulate from collect over window:time(1s)
    entry-point and or && || ( ) [ ] { } , ; : A x $x "s" 'c' 5 1.5 == != < >= = + - ! !. . ? in matches str[length]
    salience no-loop timer(int:5s) @x(y) if else for while return new (int) String modify ++ import package global
    count sum after[1s] // /* */ " """.split()  # noqa: SIM905 - 70 words in quotes would be hard to read


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "\n"]), max_size=60))
def test_words_of_the_language_in_any_order_never_break_the_parser(words: list[str]) -> None:
    parse_text(" ".join(words))
    parse_text("rule r when " + " ".join(words) + " then end")
    parse_text("rule r when then " + " ".join(words) + " end")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_never_breaks_the_parser(text: str) -> None:
    parse_text(text)
    parse_text(f"rule r when A({text}) then {text} end")


STATEMENTS = (
    *("f();", "int n = 1;", "if (n > 1) { f(); }", "for (int i = 0; i < 3; i++) { f(i); }", "f()", "try { f(); }", "}"),
    *(
        "catch (Exception e) { f(); }",
        "assert n;",
        "out: f();",
        "int[] a = {1, 2};",
        "x -> y;",
        "{",
        "f(;",
        "int n = 1",
        "then[a]",
    ),
    *("switch (n) { case 1: f(); }", "modify($a) { setX(1) }", "delete($a)", '"', "n = ;", "return", "g(h(1), 2)"),
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(STATEMENTS), max_size=12), st.sampled_from(["", 'dialect "mvel"']), st.sampled_from(" \n")
)
def test_a_body_is_read_whole_or_complained_of(lines: list[str], dialect: str, between: str) -> None:
    """What is read without a statement that is wrong must never count as the whole."""
    for text in (
        f"rule r {dialect} when A() then\n{between.join(lines)}\nend",
        f"function void f(int x) {{\n{between.join(lines)}\n}}",
    ):
        unit, complaints = parse_text(text)
        made = [*unit.rules, *unit.functions]
        assert complaints.problems or (len(made) == 1 and made[0].lost is None)
