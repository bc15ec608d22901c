"""Which patterns take exponential time with an engine that backtracks, and through which part."""

from __future__ import annotations

import re

import pytest

from infobip_rules.regex.ambiguity import is_exponential, slow_part, tree_of


def part(pattern: str, flags: int = 0) -> str | None:
    return slow_part(pattern, lambda text: tree_of(text, flags))


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        ("([a-z]+)+[0-9]", "([a-z]+)+"),
        ("(a*)*b", "(a*)*"),
        ("(a|aa)+$", "(a|aa)+"),
        ("(a|a)*b", "(a|a)*"),
        (r"(\w+\s?)*!", r"(\w+\s?)*"),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "(([a-z])+.)+"),
        (r"(?=.*\d)(\w+)+$", r"(\w+)+"),
        (r"(?=(a+)+b)a", "(a+)+"),
        (r"(.)\1(?:x*)*y", "(?:x*)*"),
        ("(?:a?a?)*b", "(?:a?a?)*"),
        (r"((\w+)[\]\)]?)+!", r"((\w+)[\]\)]?)+"),
        ("(?:ab|a|b)+c", "(?:ab|a|b)+"),
        (r"(?>(a+)+b)", "(a+)+"),
        (r"(.+?)+x", "(.+?)+"),
        ("(a+){10,20}b", "(a+){10,20}"),
    ],
)
def test_a_part_that_reads_a_text_in_many_ways_is_found(pattern: str, slow: str) -> None:
    assert is_exponential(tree_of(pattern, 0))
    assert part(pattern) == slow


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z]+[0-9]",
        r"\s*(STOP|END|QUIT)\b.*",
        "[a-z]+(,[a-z]+)*",
        r"(\w+\s)*!",
        "(ab|ac)*d",
        "(a|b)*c",
        r"(\d{1,3}\.){3}\d{1,3}",
        ".*.*.*x",
        r"(\b\w+)+",
        "(?:[a-z]+[0-9])+",
        "(a{2}b|ab)*",
        r"([^,]*,)*[^,]*",
        r"(a+){2}b",
        r"(?i)((?:a|B)[c-e])*f",
    ],
)
def test_a_pattern_that_has_no_such_part_is_let_be(pattern: str) -> None:
    assert not is_exponential(tree_of(pattern, 0))
    assert part(pattern) is None


def test_case_makes_a_difference() -> None:
    assert part("(ab|AB)*c") is None
    assert part("(ab|AB)*c", re.IGNORECASE) == "(ab|AB)*"


def test_what_is_too_large_to_look_at_is_let_be() -> None:
    assert not is_exponential(tree_of("(" + "a" * 500 + ")+", 0))
