"""Rules in Drools' language, loaded and evaluated."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from infobip_rules import Fact, Signal
from infobip_rules.engine.rules.model import Pattern
from infobip_rules.rulefiles.drl.compiling.compiler import compile_files
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import sms_of
from tests.rulefiles.drl.evaluating import ANA, SIGNAL, Session, loaded, refused
from tests.rulefiles.drl.test_parser import TYPICAL

DOCUMENTED = Path(__file__).with_name("documented_rule.drl")
LINK = (
    "https://media.licdn.com/dms/image/C560BAQHs7NgrupDBzA/company-logo_200_200/0/1585518354036"
    "?e=2147483647&v=beta&t=DP90UsvlwvWy78Hx4Herv82QLqVwtuptG1ZC8vLVQXM"
)
SEND = "InfobipAdapterAPI.sendSmsTextMessage"


def test_the_documented_rule_sends_its_text_byte_for_byte() -> None:
    assert Session(load_rules([DOCUMENTED])).write("hello") == [f"This is a text message with a test link!! {LINK}"]


def test_the_documented_rule_with_true_asks_for_a_shortened_link(tmp_path: Path) -> None:
    text = DOCUMENTED.read_text("utf-8").replace("(phone, text)", "(phone, text, true)")
    session = Session(loaded(text, tmp_path))
    session.write("hello")
    assert [sms_of(message).shorten_url for message, _ in session.tell(_message()).messages] == [True]


def _message() -> Signal:
    from infobip_rules import InfobipSmsReceivedMessage

    return InfobipSmsReceivedMessage.model_validate({"from": ANA, "text": "x", "receivedAt": "2026-11-09T12:00:00Z"})


def test_the_documented_rule_may_be_laid_out_in_any_way(tmp_path: Path) -> None:
    words = " ".join(DOCUMENTED.read_text("utf-8").split())
    assert len(Session(loaded(f"// a comment\n{words} /* the end */", tmp_path)).write("hello")) == 1


def test_without_a_package_the_ruleset_is_called_as_the_file(tmp_path: Path) -> None:
    (rule,) = loaded(f'rule "a b" when {SIGNAL} then end', tmp_path, "orders.drl").rules
    assert (rule.id, rule.title) == ("orders/a b", "a b")


def test_a_package_names_the_ruleset(tmp_path: Path) -> None:
    (rule,) = loaded(f"package com.example.orders; rule r when {SIGNAL} then end", tmp_path).rules
    assert rule.id == "com.example.orders/r"


ORDERS = """
declare Order
    number : String @key
    total : double = 1.5
    from : String
    lines : java.util.List<String>
end
rule make when
    m: InfobipSmsReceivedMessage(text == "new") from entry-point "signals"
then
    Order order = new Order();
    order.setNumber("A" + m.getText().length());
    order.setFrom(m.getFrom());
    insert(order);
end
rule show when
    m: InfobipSmsReceivedMessage(text == "show") from entry-point "signals"
    $o: Order(total > 1, $n: number)
then
    InfobipAdapterAPI.sendSmsTextMessage(m.getFrom(), $n + " " + $o.getTotal() + " " + $o.from);
end
"""


def test_a_declared_type_is_remembered_in_the_session_and_found_again(tmp_path: Path) -> None:
    session = Session(loaded(ORDERS, tmp_path))
    session.write("new")
    assert session.facts("Order") == [{"number": "A3", "total": 1.5, "from_": ANA, "lines": None}]
    again = Session(loaded(ORDERS, tmp_path))
    again.state = session.state
    assert again.write("show") == [f"A3 1.5 {ANA}"]


def test_a_declared_type_looked_for_at_an_entry_point_is_a_signal(tmp_path: Path) -> None:
    book = loaded(
        'declare Tick @role(event) n: int end rule r when Tick(n > 1) from entry-point "ticks" then end', tmp_path
    )
    assert issubclass(book.signal_types["Tick"], Signal)
    assert book.signal_types["Tick"].entry_point == "ticks"


def test_a_declared_type_may_extend_another(tmp_path: Path) -> None:
    book = loaded(
        "declare B extends A y: int end declare A x: int end rule r when A(x == 0) B(x == 0, y == 0) then end", tmp_path
    )
    assert issubclass(book.fact_types["B"], book.fact_types["A"])
    assert issubclass(book.fact_types["A"], Fact)


def test_an_equality_with_a_literal_is_found_through_the_index(tmp_path: Path) -> None:
    text = 'declare A k: String n: int end rule r when A(k == "JOIN", n == 1, k == 5) then end'
    (pattern,) = loaded(text, tmp_path).rules[0].branches[0]
    assert isinstance(pattern, Pattern)
    # The number is compared with text, which Drools coerces: no index can do that.
    assert [constraint.equals for constraint in pattern.constraints] == [("k", "JOIN"), ("n", 1), None]


def test_a_pattern_listens_to_what_its_constraints_and_names_read(tmp_path: Path) -> None:
    text = """declare A x: int y: int z: int end
        rule r when $a: A($v: x, y > 1) A(z == $a.z) then end"""
    first, second = loaded(text, tmp_path).rules[0].branches[0]
    assert isinstance(first, Pattern)
    assert isinstance(second, Pattern)
    assert (first.listens, second.listens) == ({"x", "y", "z"}, {"z"})


def test_watch_adds_and_takes_away(tmp_path: Path) -> None:
    text = "declare A x: int y: int z: int end rule r when A(x > 1) @watch(*, !y) then end"
    (pattern,) = loaded(text, tmp_path).rules[0].branches[0]
    assert isinstance(pattern, Pattern)
    assert pattern.listens == {"x", "z"}


@pytest.mark.parametrize(
    ("condition", "body", "answers"),
    [
        ("ClientAgent(phone: getConnection(\"phone\"))", "phone", [ANA]),
        ("ClientAgent($p: connections[\"phone\"])", "$p", [ANA]),
        ("$a: ClientAgent() $k: String() from $a.getConnections().keySet()", "$k", ["phone"]),
        ("$l: List(size == 1) from collect(ClientAgent())", '"n" + $l.size()', ["n1"]),
        ("accumulate(ClientAgent(); $c: count(); $c == 1)", '"n" + $c', ["n1"]),
        ("Number($c: intValue) from accumulate(ClientAgent(), count())", '"n" + $c', ["n1"]),
        ("not ClientAgent(identifier == \"x\")", '"none"', ["none"]),
        ("exists (ClientAgent() or ClientAgent())", '"once"', ["once"]),
        ("forall(ClientAgent(identifier == \"\"))", '"all"', ["all"]),
        ("forall(ClientAgent(identifier != \"\"))", '"all"', []),
        ("eval(signal.getText() == \"hi\")", '"eval"', ["eval"]),
        ("who(ANA;)", '"query"', ["query"]),
        ("who($p;)", "$p", [ANA]),
        ("(ClientAgent($v: identifier) or ClientAgent($v: getConnection(\"phone\")))", '"v" + $v', ["v", f"v{ANA}"]),
        ("ClientAgent(\"\", $c;)", '"n" + $c.size()', ["n1"]),
        ("ClientAgent(connections != null && identifier == signal.to)", '"join"', ["join"]),
    ],
)  # fmt: skip
def test_each_construct_works_from_the_file_to_the_message(
    condition: str, body: str, answers: list[str], tmp_path: Path
) -> None:
    condition = condition.replace("ANA", f'"{ANA}"')
    text = f"""query who(String p) ClientAgent(p := getConnection("phone")) end
        rule r when {SIGNAL} {condition} then {SEND}("{ANA}", {body}); end"""
    assert sorted(Session(loaded(text, tmp_path)).write("hi")) == sorted(answers)


def test_a_rule_extends_the_conditions_of_another(tmp_path: Path) -> None:
    text = f"""rule base when {SIGNAL} then end
        rule kid extends base when ClientAgent($p: getConnection("phone")) then {SEND}($p, signal.getText()); end"""
    assert Session(loaded(text, tmp_path)).write("hi") == ["hi"]


def test_functions_and_queries_are_shared_within_a_package(tmp_path: Path) -> None:
    (tmp_path / "a.drl").write_text('package p; function String hello(String who) { return "Hello " + who; }')
    (tmp_path / "b.drl").write_text(f'package p; rule r when {SIGNAL} then {SEND}("{ANA}", hello("Ana")); end')
    assert Session(load_rules([tmp_path])).write("hi") == ["Hello Ana"]


def test_types_of_python_files_are_known_and_their_values_are_globals(tmp_path: Path) -> None:
    (tmp_path / "z_types.py").write_text(
        'from infobip_rules import Fact\ngreeting = "Hi"\nclass Note(Fact):\n    text: str = ""\n'
    )
    (tmp_path / "a.drl").write_text(f"""global String greeting;
        rule a salience 1 when {SIGNAL} then insert(new Note("x")); end
        rule b when Note($t: text) then {SEND}("{ANA}", greeting + $t); end""")
    assert Session(load_rules([tmp_path])).write("hi") == ["Hix"]


def test_attributes_become_those_of_the_rule(tmp_path: Path) -> None:
    text = f"""rule r salience -5 no-loop agenda-group "g" auto-focus activation-group "x" lock-on-active
        date-effective "24-Dec-2026" date-expires "2027-01-01" enabled false timer(int: 30s 1m) dialect "mvel"
        when {SIGNAL} then end
        rule s salience (signal.text.length()) duration 1500 when {SIGNAL} then end"""
    file = tmp_path / "rules.drl"
    file.write_text(text)
    first, second = compile_files([file], types={}, values={}, first=0).rules
    assert (first.salience, first.no_loop, first.agenda_group, first.auto_focus) == (-5, True, "g", True)
    assert (first.activation_group, first.lock_on_active, first.enabled) == ("x", True, False)
    assert f"{first.effective:%Y-%m-%d} {first.expires:%Y-%m-%d}" == "2026-12-24 2027-01-01"
    assert first.timer is not None
    assert (first.timer.first, first.timer.every) == (30, 60)
    assert callable(second.salience)
    assert second.timer is not None
    assert second.timer.first == 1.5


def test_what_is_ignored_is_said(tmp_path: Path) -> None:
    book = loaded(f'rule r ruleflow-group "g" when {SIGNAL} then end', tmp_path)
    assert [warning.replace(f"{tmp_path}/", "") for warning in book.warnings] == [
        "rules.drl:1:8: ruleflow-group is ignored: there are no processes. Write agenda-group."
    ]


def test_files_of_both_languages_are_one_rulebook(tmp_path: Path) -> None:
    (tmp_path / "a.drl").write_text(f'rule one when {SIGNAL} then {SEND}("{ANA}", "drl"); end')
    (tmp_path / "b.py").write_text(
        "from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage\n"
        "from infobip_rules.lang import c, ruleset, signal, when_all\n"
        'with ruleset("b"):\n'
        "    @when_all(c.m << signal(InfobipSmsReceivedMessage))\n"
        f'    def two(c):\n        InfobipAdapterAPI.send_sms_text_message("{ANA}", "python")\n'
    )
    assert Session(load_rules([tmp_path])).write("hi") == ["python", "drl"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: Nope()", "1:16: There is no type Nope."),
        ("ClientAgnt()", "1:13: There is no type ClientAgnt. Did you mean 'ClientAgent'?"),
        ("ClientAgent(identifer == 1)", "1:25: identifer is not known here. Did you mean 'identifier'?"),
        ("ClientAgent(getConection(1) == 1)", "Did you mean 'getConnection'?"),
        ("ReportStatus()", "ReportStatus is neither a fact nor a signal."),
        ("String()", "String is no fact type: working memory holds facts and signals."),
        ("InfobipSmsReceivedMessage()", 'Write InfobipSmsReceivedMessage(...) from entry-point "signals".'),
        ('ClientAgent() from entry-point "x"', "ClientAgent is a fact; only signals come through entry points."),
        ("$a: ClientAgent() $a: ClientAgent()", "1:31: The name $a is bound a second time."),
        ("ClientAgent($i: identifier) ClientAgent($i: identifier)", "Write identifier == $i to compare, or bind another name."),
        ("not ClientAgent($i: identifier) ClientAgent(identifier == $i)", "$i is not known here."),
        ("accumulate(ClientAgent(); variance(1))", "The function variance of accumulate is not supported."),
        ("accumulate(ClientAgent($i: identifier); $s: sum($i))", "sum of a String is not possible."),
        ("Integer() from accumulate(ClientAgent(), count())", "The result is a Long, no Integer. Write Long(...)"),
        ("accumulate((ClientAgent() or ClientAgent()); $c: count())", "`or` can't stand inside accumulate."),
        ("?q(1;)", "There is no query q."),
        ("ClientAgent() @watch(x)", "ClientAgent has no field 'x'."),
        ("ClientAgent() @foo", "@foo is not supported on a pattern."),
        ("ClientAgent() over window:time(x)", "window:time(x) is not understood."),
        ("ClientAgent(1, 2, 3;)", "ClientAgent has 2 fields to compare by place."),
        ("Nope() from [1]", "There is no type Nope."),
        (" ".join(["(ClientAgent() or ClientAgent())"] * 7), "The rule has 128 alternatives. At most 64: split it."),
        (" ".join(["ClientAgent()"] * 33), "The rule has 33 conditions. At most 32: split it."),
    ],
)  # fmt: skip
def test_what_can_not_be_compiled_is_told_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    (only,) = refused(f"rule r when {text} then end", tmp_path)
    assert only.startswith("rules.drl:1:")
    assert said in only
    assert only.splitlines()[-1].strip() == "^"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rule r extends x when then end", "There is no rule 'x' to extend."),
        ("rule r extends r when then end", "The rule extends itself."),
        (
            "rule r when then end rule r when then end",
            "The rule 'r' is declared twice in the package (before at line 1).",
        ),
        ('rule r dialect "python" when then end', "The dialect 'python' is not supported. There are java and mvel."),
        ('rule r calendars "x" when then end', "calendars is not supported."),
        ('rule r salience "x" when then end', "The salience is a String, no number."),
        ('rule r date-effective "soon" when then end', "'soon' is no date."),
        ("rule r timer(expr: $x) when then end", "timer(expr: $x): times that are computed are not supported."),
        ("query q(int a) q(a;) end rule r when q(1;) then end", "The query q asks itself."),
        ("query q(int a) ClientAgent() end rule r when q() then end", "q has 1 parameters."),
        (
            "\n".join(f"query q{n}() q{n + 1}() end" for n in range(9)) + " query q9() ClientAgent() end",
            "More than 8 queries ask each other.",
        ),
        (
            "rule r0 when then end " + " ".join(f"rule r{n} extends r{n - 1} when then end" for n in range(1, 40)),
            "More than 32 rules extend each other.",
        ),
        ("query q(int a) q(a;) end", "The query q asks itself."),
        ("query q(String a) ClientAgent(identifer == a) end", "1:31: identifer is not known here."),
        ("declare A x: Strin end", "There is no type Strin. Did you mean 'String'?"),
        ("declare A x: int x: int end", "The field x is declared twice."),
        ("declare A b: B end declare B a: A end", "The declared types A, B need each other."),
        ("declare A next: A end", "A refers to itself."),
        ("declare ClientAgent @expires(1h) end", "@expires stands with its fields."),
        ("declare A @classReactive x: int end", "@classReactive is not supported."),
        ("declare A @timestamp(y) x: int end", "A has no field 'y'."),
        ("declare ClientAgent x: int end", "The type ClientAgent is there already, from infobip-rules."),
        ("import infobip_rules.Nope;", "infobip_rules has no Nope."),
        ("global String g; rule r when then String s = g; end", "Nothing gives the global g a value."),
    ],
)
def test_what_is_wrong_around_rules_is_told(text: str, said: str, tmp_path: Path) -> None:
    assert said in "\n".join(refused(text, tmp_path))


def test_a_class_of_another_package_is_unknown_only_where_it_is_used(tmp_path: Path) -> None:
    assert refused(f"import com.acme.Order; rule r when {SIGNAL} then end", tmp_path) == []
    assert "There is no type Order." in refused("import com.acme.Order; rule r when Order() then end", tmp_path)[0]


def test_a_file_with_one_mistake_is_loaded_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "good.drl").write_text(f"rule good when {SIGNAL} then end")
    (only,) = refused(f"rule bad when Nope() then end rule fine when {SIGNAL} then end", tmp_path)
    assert "Nope" in only


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.drl").write_bytes(b"// caf\xe9\n")
    with pytest.raises(Exception, match=r"latin\.drl:1:1: The file is not UTF-8"):
        load_rules([tmp_path / "latin.drl"])


def test_a_thousand_rules_are_loaded_in_three_seconds(tmp_path: Path) -> None:
    started = time.process_time()
    book = loaded("".join(TYPICAL.format(number) for number in range(1_000)), tmp_path)
    assert len(book.rules) == 1_000
    assert time.process_time() - started < 4  # seconds of this process; 1.6 when nothing else runs
