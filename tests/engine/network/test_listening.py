"""What reaches a rule of changes to the element that it begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.rules.model import ANY_FIELD, Pattern
from infobip_rules.rulefiles.loader import load_rules

DECLARED = """
declare A
    x : int
    y : int
    s : String
end
declare B
    x : int
end
"""


def heard(folder: Path, *conditions: str) -> list[set[str]]:
    """The fields that rules with these conditions hear of in their first element."""
    rules = "".join(f'rule "r{n}" when {one} then end\n' for n, one in enumerate(conditions))
    (folder / "rules.drl").write_text(DECLARED + rules, encoding="utf-8")
    firsts = [rule.branches[0][0] for rule in load_rules([folder]).rules]
    return [set(first.listens) - {ANY_FIELD} for first in firsts if isinstance(first, Pattern)]


EVERYTHING = {"x", "y", "s"}


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        ("a : A(x > 0)", {"x"}),
        ("a : A(x > 0) B()", {"x"}),
        ("a : A(x > 0) B(x == a.y)", {"x", "y"}),
        ("a : A(x > 0) B() eval(a.getY() > 0)", {"x"}),
        ("a : A(x > 0) eval(a.getY() > 0)", EVERYTHING),
        ("a : A(x > 0) not (eval(a.getY() > 0) and B())", EVERYTHING),
        ("a : A(x > 0) not (B() and eval(a.getY() > 0))", {"x"}),
    ],
)
def test_what_follows_an_element_decides_which_changes_reach_the_rule(
    tmp_path: Path, condition: str, fields: set[str]
) -> None:
    assert heard(tmp_path, condition) == [fields]


def test_rules_that_begin_alike_hear_what_the_first_of_them_asks_for(tmp_path: Path) -> None:
    joined, computed = "a : A(x > 0) B()", "a : A(x > 0) eval(a.getY() > 0)"
    assert heard(tmp_path, joined, computed) == [{"x"}, {"x"}]
    assert heard(tmp_path, computed, joined) == [EVERYTHING, EVERYTHING]


def test_a_rule_of_one_pattern_shares_with_none(tmp_path: Path) -> None:
    assert heard(tmp_path, "a : A(x > 0) eval(a.getY() > 0)", "A(x > 0)") == [EVERYTHING, {"x"}]


def test_rules_that_name_different_fields_do_not_begin_alike(tmp_path: Path) -> None:
    conditions = ("a : A(x > 0) B(x == a.y)", "a : A(x > 0) eval(a.getY() > 0)", "A(x > 0, named : s) B()")
    assert heard(tmp_path, *conditions) == [{"x", "y"}, EVERYTHING, {"x", "s"}]
