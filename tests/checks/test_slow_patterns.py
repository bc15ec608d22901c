"""RULE018: patterns that a text can make slow are found, with the part that does it; those of the linear engine are let be."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules

from .reviewing import findings, marked_line

MESSAGE = 'm: InfobipSmsReceivedMessage({}) from entry-point "signals"'


def in_python(folder: Path, source: str) -> list[Finding]:
    return [finding for finding in findings(folder, source) if finding.id == "RULE018"]


def in_drl(folder: Path, when: str, then: str = "") -> list[Finding]:
    file = folder / "rules.drl"
    file.write_text(f'rule "r" when\n{MESSAGE.format(when)}\nthen\n{then}\nend\n', encoding="utf-8")
    return [finding for finding in review(load_rules([file])) if finding.id == "RULE018"]


def condition(pattern: str) -> str:
    return (
        'with ruleset("r"):\n'
        f"    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text.{pattern}))  # <-\n"
        "    def answer(c): pass\n"
    )


def body(statement: str) -> str:
    return (
        "import re\n"
        'with ruleset("r"):\n'
        "    @when_all(c.signal << signal(InfobipSmsReceivedMessage))\n"
        "    def answer(c):\n"
        f"        {statement}  # <-\n"
    )


def test_a_condition_names_its_part_and_what_to_write(tmp_path: Path) -> None:
    source = condition('matches(r"(?=.*[0-9])([a-z]+)+[0-9]")')

    (found,) = in_python(tmp_path, source)

    assert found.line == marked_line(source)
    assert "The part ([a-z]+)+ of the pattern '(?=.*[0-9])([a-z]+)+[0-9]'" in found.reason
    assert found.remedy == "Write [a-z]+ in its place."


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        (r'imatches(r"(?!stop)(a|A.)+[0-9]")', "(a|A.)+"),
        (r'matches(r"(%w+%s?)+(.)\2!")', "(%w+%s?)+"),
        (r'matches(r"(?>(a+)+b)")', "(a+)+"),
    ],
)
def test_so_does_one_in_any_case_with_escapes_or_an_atomic_group(tmp_path: Path, pattern: str, part: str) -> None:
    (found,) = in_python(tmp_path, condition(pattern))

    assert f"The part {part} of the pattern" in found.reason


@pytest.mark.parametrize(
    "pattern",
    [
        'matches(r"([a-z]+)+[0-9]")',
        'imatches(r"(a|aa)+b")',
        'matches(r"(?=.*[0-9])[a-z]+[0-9]")',
        'matches(r".*.*.*x")',
    ],
)
def test_a_condition_in_linear_time_or_without_such_a_part_is_let_be(tmp_path: Path, pattern: str) -> None:
    assert in_python(tmp_path, condition(pattern)) == []


@pytest.mark.parametrize(
    "statement",
    [
        're.fullmatch("(a+)+", c.signal.text)',
        're.match("(a+)+b", c.signal.text)',
        're.compile(r"^(\\w+\\s?)*$")',
        're.sub("(ab|AB)*c", "", c.signal.text, flags=re.IGNORECASE)',
    ],
)
def test_pythons_own_re_in_a_body_is_looked_at(tmp_path: Path, statement: str) -> None:
    source = body(statement)

    (found,) = in_python(tmp_path, source)

    assert found.line == marked_line(source)
    assert "Python's re tries them all" in found.reason


@pytest.mark.parametrize(
    "statement",
    ['re.search("(a+)+", c.signal.text)', 're.fullmatch("[a-z]+", c.signal.text)', 're.match("(ab|AB)*c", "x")'],
)
def test_and_let_be_where_it_is_quick(tmp_path: Path, statement: str) -> None:
    assert in_python(tmp_path, body(statement)) == []


def test_a_constraint_in_drl_names_its_part(tmp_path: Path) -> None:
    (found,) = in_drl(tmp_path, r'text matches "(?=.*\\d)(\\w+)+\\d"')

    assert found.line == 2
    assert r"The part (\w+)+ of the pattern" in found.reason
    assert found.remedy == r"Write \w+ in its place."


def test_so_do_methods_of_text_in_drl(tmp_path: Path) -> None:
    found = in_drl(
        tmp_path,
        'text.matches("(a+)++b")',
        'String a = m.getText().replaceAll("(?=a)(a+)+b", "");\nString[] b = m.getText().split("(?!c)(a|aa)+b");',
    )

    assert [finding.line for finding in found] == [2, 4, 5]


@pytest.mark.parametrize(
    "when", ['text matches "([a-z]+)+[0-9]"', r'text matches "(\\p{L}+)+\\s"', 'text matches "(?i)(a|aa)+b"']
)
def test_drl_in_linear_time_is_let_be(tmp_path: Path, when: str) -> None:
    assert in_drl(tmp_path, when, 'String a = m.getText().replaceAll("([a-z]+)+[0-9]", "");') == []
