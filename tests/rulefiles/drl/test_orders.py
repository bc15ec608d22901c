"""Orders that Drools 8.31 has among matches of equal standing; what it answered stands in each case."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rulefiles.drl.playing import DrlPlayback

DECLARED = "".join(f"declare {kind} @role(event)\n  x: int\n  y: int\nend\n" for kind in "ABC")
OR = "rule r when (A() or B() or C()) then end"


def fired(rules: str, steps: str, folder: Path) -> str:
    """What fires, for steps such as `a1 a2 | b1`: elements of types A and B, and rounds of firing."""
    played = []
    for word in steps.split():
        kind = {"op": "insert", "type": word[0].upper(), "as": word, "fields": {"x": 0, "y": int(word[1:] or 0)}}
        played.append({"op": "fire", "limit": 9} if word == "|" else kind)
    trace = DrlPlayback(DECLARED + rules, folder).play([*played, {"op": "fire", "limit": 9}])
    return " ".join("|" if line.startswith("fired") else line for line in trace)


@pytest.mark.parametrize(
    ("came", "first"),
    [
        ("a b c", "r(a) r(c) r(b)"),
        ("a c b", "r(a) r(b) r(c)"),
        ("b a c", "r(b) r(c) r(a)"),
        ("b c a", "r(b) r(a) r(c)"),
        ("c a b", "r(c) r(b) r(a)"),
        ("c b a", "r(c) r(a) r(b)"),
    ],
)
def test_of_the_ways_of_an_or_the_first_to_come_goes_first_then_the_last(came: str, first: str, tmp_path: Path) -> None:
    assert fired(OR, came, tmp_path) == f"{first} |"


def test_what_exists_of_several_patterns_lets_pass_comes_newest_first(tmp_path: Path) -> None:
    rule = "rule r when $a: A() exists (B() and C()) then end"
    assert fired(rule, "a1 a2 a3 | b c", tmp_path) == "| r(a3) r(a2) r(a1) |"


def test_a_change_nobody_reads_moves_an_element_to_the_end_of_a_join(tmp_path: Path) -> None:
    rules = """
        rule r salience 1 when $e: A($y: y) $f: A() then end
        rule q when $e: A(y == 2) then modify($e) { setY(3) } end"""
    answer = "r(a1,a1) r(a1,a2) r(a2,a1) r(a2,a2) q(a2) r(a2,a2) r(a2,a1) |"
    assert fired(rules, "a1 a2", tmp_path) == answer


@pytest.mark.parametrize(
    ("steps", "answer"),
    [
        ("a1 a2 a3", "r(a3) r(a2) r(a1) |"),
        ("a1 a2 | a3 a4", "r(a2) r(a1) | r(a3) r(a4) |"),
    ],
)
def test_what_a_window_in_first_place_held_before_comes_newest_first(steps: str, answer: str, tmp_path: Path) -> None:
    assert fired("rule r when $a: A() over window:length(5) then end", steps, tmp_path) == answer


def test_rules_with_windows_work_changes_off_one_by_one(tmp_path: Path) -> None:
    rule = "rule r when $a: A() $b: B() over window:length(5) then end"
    answer = "r(a2,b1) r(a1,b1) r(a2,b2) r(a1,b2) r(a3,b2) r(a3,b1) r(a3,b3) r(a2,b3) r(a1,b3) |"
    assert fired(rule, "a1 a2 b1 b2 a3 b3", tmp_path) == answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("modify($e) { setY(0) } insert(new B(7, 5));", "new changed"),
        ("$e.setY(0); update($e); insert(new B(7, 5));", "changed new"),
        ("if (true) { modify($e) { setY(0) } } insert(new B(7, 5));", "changed new"),
        ("if (true) { modify($e) { setY(0) } insert(new B(7, 5)); }", "new changed"),
    ],
)
def test_rules_hear_of_modify_at_the_end_of_its_block(body: str, answer: str, tmp_path: Path) -> None:
    rules = f"rule r when $e: B(y == 1) then {body} end rule q salience 9 when B($y: y) then end"
    shown = answer.replace("new", "q(B( x=7, y=5 ))").replace("changed", "q(b1)")
    assert fired(rules, "b1", tmp_path) == f"q(b1) r(b1) {shown} |"
