"""Relations between patterns: which cover each other, and which can match one element together."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.checks.terms import Branch, covers, exclude, may_share, positive
from infobip_rules.rulefiles.loader import load_rules
from tests.checks.reviewing import written


def branches(folder: Path, *conditions: str) -> list[Branch]:
    rules = "".join(f"    @when_all({text})\n    def r{number}(c): pass\n" for number, text in enumerate(conditions))
    return [rule.branches[0] for rule in load_rules([written(folder, f'with ruleset("r"):\n{rules}')]).rules]


@pytest.mark.parametrize(
    ("weaker", "stronger", "covered"),
    [
        ("fact(Visit)", "fact(Visit, m.count == 1)", True),
        ("fact(Visit, m.count > 0)", "fact(Visit, m.count == 1)", True),
        ("fact(Visit, m.count > 1)", "fact(Visit, m.count == 1)", False),
        ("fact(Fact)", "fact(Visit)", True),
        ("fact(Visit)", "fact(ClientAgent)", False),
        ("fact(Visit, m.state == c.agent.identifier)", "fact(Visit)", False),
    ],
)
def test_a_pattern_covers_what_asks_for_the_same_and_more(
    weaker: str, stronger: str, covered: bool, tmp_path: Path
) -> None:
    agent = "c.agent << fact(ClientAgent), " if "c.agent" in weaker else ""
    first, second = branches(tmp_path, f"{agent}{weaker}", stronger)
    assert covers(positive(first)[-1], positive(second)[0]) is covered


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("m.count == 1", "m.count == 2", False),
        ("m.count >= 1", "m.count <= 1", True),
        ('m.state.matches("A.*")', 'm.state.matches("B.*")', False),
        ('m.state.matches("A.*")', 'm.state == "AB"', True),
    ],
)
def test_two_patterns_share_an_element_unless_their_constraints_exclude_it(
    first: str, second: str, shared: bool, tmp_path: Path
) -> None:
    found = [positive(branch)[0] for branch in branches(tmp_path, f"fact(Visit, {first})", f"fact(Visit, {second})")]
    assert may_share(found[0], found[1]) is may_share(found[1], found[0]) is shared


@pytest.mark.parametrize(
    ("first", "second", "excluded"),
    [
        ("none(fact(Visit))", "fact(Visit, m.count == 1)", True),
        ("none(fact(Visit, m.count == 2))", "fact(Visit, m.count == 1)", False),
        ("fact(Visit, m.count == 1)", "fact(Visit, m.count == 2)", True),
        ("fact(Visit)", "fact(ClientAgent)", False),
    ],
)
def test_branches_exclude_each_other_if_one_forbids_what_the_other_asks_for(
    first: str, second: str, excluded: bool, tmp_path: Path
) -> None:
    one_way, other_way = branches(tmp_path, first, second)
    assert exclude(one_way, other_way) is exclude(other_way, one_way) is excluded
