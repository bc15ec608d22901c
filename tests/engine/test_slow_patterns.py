"""Texts that are made to hold a rule up: matched at once where that can be, else given up with rule and pattern named."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import EvaluationError
from tests.engine.sessions import Session, received
from tests.rulefiles.drl.evaluating import SIGNAL, loaded
from tests.rulefiles.drl.evaluating import Session as DrlSession

#: Forty letters, on which an engine that backtracks tries 2^39 ways.
HOLDING_UP = "a" * 40


def rules(pattern: str) -> str:
    return (
        'with ruleset("t"):\n'
        f"    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text.{pattern}))\n"
        '    def answer(c): c.insert(Note(text="matched"))\n'
    )


@pytest.mark.parametrize(
    "pattern", ['matches(r"([a-z]+)+[0-9]")', 'imatches(r"(a|A|aa)+[0-9]")', r'matches(r"(%w+%s?)*!")']
)
def test_a_python_condition_is_judged_at_once(tmp_path: Path, pattern: str) -> None:
    session = Session(tmp_path, rules(pattern))

    for _ in range(30):
        assert not session.tell(received(HOLDING_UP)).fired
    assert not session.tell(received("a" * 100_000)).fired


@pytest.mark.parametrize("inner", ["m.tags.anyItem(item.matches({}))", "m.tags.allItems(item.imatches({}))"])
def test_so_is_one_on_the_entries_of_a_list(tmp_path: Path, inner: str) -> None:
    condition = inner.format('r"([a-z]+)+[0-9]"')
    session = Session(
        tmp_path, f'with ruleset("t"):\n    @when_all(fact(Order, {condition}))\n    def found(c): pass\n'
    )

    assert not session.tell(opening=(session.make("Order", tags=[HOLDING_UP] * 5),)).fired


def test_one_that_needs_lookaround_is_given_up_with_its_rule_and_its_pattern(tmp_path: Path) -> None:
    session = Session(tmp_path, rules(r'matches(r"(?=.*[a-z])([a-z]+)+[0-9]")'))

    assert session.tell(received("abc1")).fired
    with pytest.raises(EvaluationError) as caught:
        session.tell(received(HOLDING_UP))
    assert caught.value.rule == "t/answer"
    assert "A condition of the rule t/answer" in caught.value.fact
    assert (
        "'(?=.*[a-z])([a-z]+)+[0-9]' took longer than 0.1 s of computing on a text of 40 characters"
        in caught.value.fact
    )
    assert "infobip-rules check" in caught.value.remedy
    assert HOLDING_UP not in str(caught.value)


def in_drl(folder: Path, when: str = "", then: str = "") -> DrlSession:
    pattern = SIGNAL.replace("()", f"({when})")
    sends = 'InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), "matched");'
    return DrlSession(loaded(f'package t;\nrule "r" when {pattern} then {then or sends} end', folder))


@pytest.mark.parametrize(
    "when",
    [
        'text matches "([a-z]+)+[0-9]"',
        'text.matches("(?i)(a|A|aa)+[0-9]")',
        r'text matches "(\\p{L}+\\s?)*!"',
        'text.replaceAll("([a-z]+)+[0-9]", "") == ""',
    ],
)
def test_a_drl_constraint_is_judged_at_once(tmp_path: Path, when: str) -> None:
    session = in_drl(tmp_path, when)

    for _ in range(30):
        assert session.write(HOLDING_UP) == []


@pytest.mark.parametrize(
    "call",
    [
        'String.valueOf(signal.getText().matches("([a-z]+)+[0-9]"))',
        'signal.getText().replaceAll("([a-z]+)+[0-9]", "x")',
        'signal.getText().replaceFirst("(a|aa)+[0-9]", "x")',
        'signal.getText().split("(a|aa)+b")[0]',
    ],
)
def test_so_is_a_method_of_a_text_in_a_body(tmp_path: Path, call: str) -> None:
    session = in_drl(tmp_path, then=f"InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), {call});")

    assert session.write(HOLDING_UP) in ([HOLDING_UP], ["false"])


@pytest.mark.parametrize(
    ("when", "then"),
    [
        ('text matches "(?=a)(a+)+b"', ""),
        ('text.matches("(?:(a+)+)+(.)\\\\2b")', ""),
        ("", 'boolean b = signal.getText().matches("(?=a)(a+)+b");'),
        ("", 'String s = signal.getText().replaceAll("(?=a)(a+)+b", "");'),
        ("", 'String s = signal.getText().replaceFirst("(?=a)(a+)+b", "");'),
        ("", 'String[] s = signal.getText().split("(?=a)(a+)+b");'),
    ],
)
def test_what_needs_backtracking_in_drl_is_given_up_with_its_rule_and_its_pattern(
    tmp_path: Path, when: str, then: str
) -> None:
    session = in_drl(tmp_path, when, then)

    with pytest.raises(EvaluationError) as caught:
        session.write(HOLDING_UP)
    assert caught.value.rule == "t/r"
    assert "(a+)+" in caught.value.fact
    assert "took longer than 0.1 s of computing" in caught.value.fact


def test_replacements_and_parts_are_what_they_were(tmp_path: Path) -> None:
    calls = (
        r'signal.getText().replaceAll("(\\w+)=(\\w+)", "$2=$1")',
        r'signal.getText().replaceAll("(?<k>\\w+)=", "${k}: ")',
        r'signal.getText().replaceAll("x*", "-")',
        r'signal.getText().replaceFirst("[a-c]", "\\$")',
        r'String.join("|", signal.getText().split("\\s*[,;]\\s*"))',
        r'signal.getText().replaceAll("\\s+$", "")',
    )
    sends = "".join(f"InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), {call});" for call in calls)
    session = in_drl(tmp_path, then=sends)

    assert session.write("a=1 ; b=č, \n") == [
        "1=a ; b=č, \n",
        "a: 1 ; b: č, \n",
        "-a-=-1- -;- -b-=-č-,- -\n-",
        "$=1 ; b=č, \n",
        "a=1|b=č",
        "a=1 ; b=č,",
    ]
