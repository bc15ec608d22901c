"""What setters, update and modify make rules do, in the engine, as Drools 8.31 showed it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered, sms_of

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
DECLARED = """
declare A
    i : int
    n : String
    t : java.util.List
end
declare B
    i : int
    n : String
end
rule "start" salience 100 when s : InfobipSmsReceivedMessage() from entry-point "signals" then
    A made = new A(); made.setI(1); made.setN("x"); made.setT(Arrays.asList("q")); insert(made);
    delete(s);
end
"""
SAY = 'InfobipAdapterAPI.sendSmsTextMessage("385981234567", '
WATCHING = f"""
rule "i" salience 10 when A(i > 0) then {SAY}"i"); end
rule "n" salience 10 when A(n == "x") then {SAY}"n"); end
"""


def sent(folder: Path, rules: str) -> list[str]:
    """The texts that are sent when the rules are told one message."""
    (folder / "rules.drl").write_text(DECLARED + rules, encoding="utf-8")
    message = InfobipSmsReceivedMessage.model_validate({"from": "385981234567", "receivedAt": NOON.isoformat()})
    effects = evaluate(load_rules([folder]), None, [message], now=NOON, compose=Numbered().compose)
    return [sms_of(message).text for message, _ in effects.messages]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("a.setI(5); update(a);", ["i", "n", "i"]),
        ("if (1 > 2) { a.setI(5); } update(a);", ["i", "n", "i"]),
        ("update(a);", ["i", "n", "i", "n"]),
        ("update(a); a.setI(7);", ["i", "n", "i", "n"]),
        ("modify(a) { setI(5) }", ["i", "n", "i"]),
        ("modify(a) { getN() }", ["i", "n", "i", "n"]),
        ('modify(a) { getT().add("z") }', ["i", "n"]),
        ("A b = a; b.setI(5); update(a);", ["i", "n", "i", "n"]),
        ("A b = a; b.setI(5); update(b);", ["i", "n", "i"]),
        ("a.setI(5);", ["i", "n"]),
        ('a.getT().add("z"); update(a);', ["i", "n"]),
        ('a.getT().add("z"); a.setI(5); update(a);', ["i", "n", "i"]),
        ("modify(a) { }", ["i", "n"]),
        ("a.setI(5); modify(a) { }", ["i", "n"]),
        ('a.setI(5); modify(a) { setN("x") }', ["i", "n", "i", "n"]),
        ("modify(a) { setI(5), getN() }", ["i", "n", "i"]),
    ],
)
def test_rules_look_again_as_in_drools(tmp_path: Path, body: str, texts: list[str]) -> None:
    assert sent(tmp_path, f'rule "r" no-loop when a : A() then {body} end\n{WATCHING}') == texts


def test_a_setter_without_update_is_seen_by_who_reads_next(tmp_path: Path) -> None:
    rules = (
        f'rule "r" salience 5 when a : A() then a.setN("new"); end rule "n" when a : A(i == 1) then {SAY}a.getN()); end'
    )
    assert sent(tmp_path, rules) == ["new"]


def test_a_fact_changed_after_its_insertion_is_matched_as_it_is_then(tmp_path: Path) -> None:
    rules = f"""
    rule "r" no-loop when A() then B b = new B(); insert(b); b.setN("late"); end
    rule "n" when b : B() then {SAY}b.getN()); end"""
    assert sent(tmp_path, rules) == ["late"]


def test_a_fact_is_written_as_drools_writes_it(tmp_path: Path) -> None:
    rules = (
        f'rule "r" when A() then insert(new B(5, "z")); end rule "n" when b : B(i == 5) then {SAY}b.getN() + b); end'
    )
    assert sent(tmp_path, rules) == ["zB( i=5, n=z )"]


def test_a_list_taken_from_a_fact_stays_its_own_after_update(tmp_path: Path) -> None:
    rules = f"""
    rule "r" salience 5 no-loop when a : A() then
        java.util.List l = a.getT(); l.add("x"); a.setI(2); update(a); l.add("y");
    end
    rule "t" when a : A(i == 2) then {SAY}"" + a.getT()); end"""
    assert sent(tmp_path, rules) == ["[q, x, y]"]


CHANGE = 'rule "change" salience -5 when a : A(i == 1) then modify(a) { setI(2), setT(Arrays.asList("z")) } end '


@pytest.mark.parametrize(
    "reads",
    [
        "eval(a.getI() == 2)",
        'String(this == "z") from a.t',
        'exists String(this == "z") from a.t',
        'not String(this == "q") from a.t',
        'accumulate(String(this == "z") from a.t; count : count(); count == 1)',
        'java.util.List(size == 1) from collect(String(this == "z") from a.t)',
    ],
)
def test_a_rule_sees_what_another_changed_in_a_field_that_only_its_eval_or_from_reads(
    tmp_path: Path, reads: str
) -> None:
    assert sent(tmp_path, f'rule "r" when a : A(n != null) {reads} then {SAY}"seen"); end {CHANGE}') == ["seen"]


def test_the_ways_of_an_or_hear_what_any_of_them_reads(tmp_path: Path) -> None:
    other = 'rule "b" salience 90 when A() not B() then insert(new B(2, "y")); end '
    ways = "(B(i == a.i) or B(i == 2, n != a.n))"
    assert sent(tmp_path, f'rule "r" when a : A() {ways} then {SAY}"r"); end {other}{CHANGE}') == ["r", "r", "r"]
