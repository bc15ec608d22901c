"""What of Java and of Drools is not there is named as what it is, with what to write instead; and what comes of `.py` files."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.rulefiles.loader import load_rules
from tests.rulefiles.drl.evaluating import ANA, SIGNAL, Session, loaded, refused


def in_body(statement: str, folder: Path) -> str:
    (only,) = refused(f'rule "r" when {SIGNAL} then List l = new ArrayList(); {statement} end', folder)
    return only


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ('java.util.stream.Stream.of("a");', "Streams are not supported. Write a loop: for (String one : list) { ... }."),
        ("l.stream();", "Streams are not supported. Write a loop"),
        ("Object o = Collectors.toList();", "Streams are not supported."),
        ('org.slf4j.Logger log = org.slf4j.LoggerFactory.getLogger("x");', "Loggers of Java are not supported. Write Log.info"),
        ('Logger log = null;', "Loggers of Java are not supported."),
        ('channels["a"].send("x");', "Channels are not supported. Send a message, or insert a fact"),
        ('entryPoints["a"].insert("x");', "Drools has no `entryPoints` in bodies. Write drools.getEntryPoint("),
        ("Object o = java.util.regex.Pattern.compile(\"x\");", "java.util.regex is not supported. Use matches"),
        ("Thread.sleep(5);", "Threads are not supported."),
        ("Object o = UUID.randomUUID();", "Nothing is random here"),
        ("l.forEach(5);", "Methods that take a lambda are not supported."),
        ("Object o = l.getClass();", "Reflection is not supported."),
        ("int[] a = {1, 2};", "Braces alone make no array here. Write the type before them: new int[] {1, 2}."),
        ("assert 1 > 2;", "assert is not supported. Write if (!test) return;."),
        ("out: for (;;) { break out; }", "Labels are not supported. Leave the loops by `return`"),
        ("try { } catch (Exception e) { }", "try and catch are not supported. Test for what could fail before"),
    ],
)  # fmt: skip
def test_in_a_body_and_in_a_function_it_is_named(statement: str, said: str, tmp_path: Path) -> None:
    assert said in in_body(statement, tmp_path)
    (only,) = refused(f"function void f(List l) {{ {statement} }}", tmp_path)
    assert said in only or "is not known here" in only  # channels are Drools', and no variables of functions


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "import function com.acme.Tools.round;",
            "The class Tools is not known here, and nothing of it. Write the function into",
        ),
        ("import static java.lang.Math.maxx;", "Math has no static member maxx here. Did you mean 'max'?"),
    ],
)
def test_an_import_of_what_is_not_there_is_named(line: str, said: str, tmp_path: Path) -> None:
    (only,) = refused(f"{line}\nrule r when then end", tmp_path)
    assert said in only


TYPES = """from enum import Enum
from infobip_rules import Fact

class Stage(Enum):
    NEW = "new"
    DONE = "done"

class Colour(str, Enum):
    RED = "r"

class Lead(Fact):
    stage: Stage = Stage.NEW
    colour: Colour = Colour.RED
    math: int = -3
    number: int = 0
"""


def session(rules: str, folder: Path) -> Session:
    (folder / "types.py").write_text(TYPES, encoding="utf-8")
    (folder / "rules.drl").write_text(rules, encoding="utf-8")
    return Session(load_rules([folder]))


def test_an_enum_is_no_field_of_the_same_name(tmp_path: Path) -> None:
    rules = f"""rule "Make" when {SIGNAL} not Lead() then insert(new Lead()); end
rule "New" when {SIGNAL} $l: Lead(stage == Stage.NEW, Colour.RED == colour, Math.abs(math) == 3) then
    InfobipAdapterAPI.sendSmsTextMessage("{ANA}", "" + $l.getStage() + $l.getColour().name() + Stage.DONE);
    modify($l) {{ setStage(Stage.DONE) }}
end
rule "Done" when $l: Lead(stage in (Stage.DONE)) then InfobipAdapterAPI.sendSmsTextMessage("{ANA}", "done"); end
"""
    told = session(rules, tmp_path)
    assert told.write("hello") == ["NEWREDDONE", "done"]
    assert told.facts("Lead")[0]["stage"] == "done"


def test_a_member_that_an_enum_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "types.py").write_text(TYPES, encoding="utf-8")
    (tmp_path / "rules.drl").write_text("rule r when Lead(stage == Stage.NWE) then end", encoding="utf-8")
    with pytest.raises(Exception, match="Stage has no member NWE"):
        load_rules([tmp_path])


def test_what_a_label_names_of_a_sum_is_said(tmp_path: Path) -> None:
    rulebook = loaded("declare A v : int w : int end\nrule r when A($s: v + w) then end", tmp_path)
    assert [warning.replace(f"{tmp_path}/", "") for warning in rulebook.warnings] == [
        "rules.drl:2:15: $s stands for v alone, as in Drools. Put it in brackets: $s: (v + w)."
    ]


def test_one_name_is_one_type_in_all_ways(tmp_path: Path) -> None:
    (only,) = refused("declare A end\ndeclare B end\nrule r when $x: (A() or B()) then end", tmp_path)
    assert "3:25: $x is A already, and Drools would look for that here, too. Write a rule for each" in only


@pytest.mark.parametrize(
    "when",
    [
        "exists ($x: A() and B()) $x: B()",
        "not ($x: A() and B(this == $x)) $x: B()",
        "accumulate($x: A(); $n: count($x)) accumulate($x: B(); $m: count($x))",
        "(exists ($x: A() and B()) or $x: B())",
    ],
)
def test_a_label_that_is_gone_may_name_another_type(when: str, tmp_path: Path) -> None:
    assert loaded(f"declare A end\ndeclare B end\nrule r when {when} then end", tmp_path).rules


@pytest.mark.parametrize("when", ["$x: A() $x: B()", "$x: A() not ($x: B())"])
def test_a_label_that_is_given_twice_is_told_once(when: str, tmp_path: Path) -> None:
    (only,) = refused(f"declare A end\ndeclare B end\nrule r when {when} then end", tmp_path)
    assert "The name $x is bound a second time." in only


def test_comments_that_drools_does_not_know_are_told_together(tmp_path: Path) -> None:
    (only,) = refused("# a\nrule r when # b\nthen\n# c\nend", tmp_path)
    assert only.splitlines()[0] == (
        "rules.drl:1:1: A comment does not begin with # in Drools 8. Write // in its place. The same in lines 2, 4. [RULE001]"
    )
