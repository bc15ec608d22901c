"""Conditions that are null instead of true or false, as real Drools 8.31 ends them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import EvaluationError
from tests.rulefiles.drl.evaluating import SIGNAL, Session, loaded, refused

RULES = """declare Person
    name : String
    vip : Boolean
    note : String
end
rule "First" salience 5 when {signal} not Person() then insert(new Person("a", null, null)); end
rule "Vip" when {signal}
    Person({test})
then InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), "yes"); end
"""


def answers(test: str, folder: Path) -> list[str]:
    rulebook = loaded(RULES.format(signal=SIGNAL, test=test), folder)
    return Session(rulebook).write("hello")


@pytest.mark.parametrize(
    ("test", "column"),
    [
        ("vip", 12),
        ("!vip", 13),
        ("getVip()", 12),
        ("this.vip", 17),
        ("eval(vip)", 17),
        ('vip || name == "a"', 12),
        ('vip && name == "a"', 12),
        ('!(vip && name == "b")', 14),
        ("(!vip) == false", 14),
        ('!note!.startsWith("x")', 19),
    ],
)
def test_a_null_that_is_to_decide_ends_the_evaluation_with_rule_and_place(
    test: str, column: int, tmp_path: Path
) -> None:
    with pytest.raises(EvaluationError) as caught:
        answers(test, tmp_path)
    assert caught.value.rule == "rules/Vip"
    assert f"A condition of the rule rules/Vip failed: {tmp_path}/rules.drl:8:" in str(caught.value)
    assert f":8:{column}: " in str(caught.value)
    assert "is null here. (NullPointerException) Write " in str(caught.value)


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ('name == "a" || vip', True),
        ('name == "b" && vip', False),
        ("vip == null || vip", True),
        ("vip != null, vip", False),
        ("vip == true", False),
        ("vip != true", True),
        ('note!.startsWith("x")', False),
        ('note!.startsWith("x") || name == "a"', True),
        ('!(name!.startsWith("x"))', True),
    ],
)
def test_a_null_that_does_not_decide_is_let_be(test: str, holds: bool, tmp_path: Path) -> None:
    assert answers(test, tmp_path) == (["yes"] if holds else [])


@pytest.mark.parametrize("test", ["name", "this", '"a"', "1 + 1", "null", "!name", "vip && name"])
def test_what_is_neither_true_nor_false_is_refused(test: str, tmp_path: Path) -> None:
    (only,) = refused(RULES.format(signal=SIGNAL, test=test), tmp_path)
    assert "neither true nor false" in only
