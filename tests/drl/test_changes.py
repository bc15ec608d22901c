"""What setters, update and modify make rules do, in the engine, as Drools 8.31 showed it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.actions import SmsCommand
from infobip_rules.engine.evaluation import evaluate
from infobip_rules.engine.loader import load_rules

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
    numbers = count(1)

    def make(phone: str, text: str, shorten_url: bool) -> SmsCommand:
        return SmsCommand(message_id=f"m{next(numbers)}", to=phone, text=text, shorten_url=shorten_url)

    message = InfobipSmsReceivedMessage.model_validate({"from": "385981234567", "receivedAt": NOON.isoformat()})
    effects = evaluate(load_rules([folder]), None, [message], now=NOON, make_sms=make)
    return [text.text for text, _ in effects.messages]


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
