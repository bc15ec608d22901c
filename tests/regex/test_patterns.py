"""Patterns: what Python's `re` matches, at a cost that no text can drive up."""

from __future__ import annotations

import re
import signal
import sys
import threading

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from infobip_rules.regex import characters
from infobip_rules.regex.patterns import Regex, RegexMatch, SlowPatternError

# An interrupt may come while the test library counts a collection of garbage, where Python passes over it: it comes again.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

FLAGS = st.sampled_from((0, re.DOTALL, re.ASCII, re.IGNORECASE | re.DOTALL, re.ASCII | re.IGNORECASE, re.MULTILINE))
#: Signs that differ in case, class or width between engines, those of replacements and lines among them.
SIGNS = "abAB01_ -\n\r\t.čČßſKkİıiΣςσ٣²Ⅷⅷ漢😀\x1c\x85\u2028\u00a0\u0345"
_SINGLE = st.sampled_from(
    (
        *(
            "a",
            "b",
            "A",
            "1",
            "_",
            " ",
            ".",
            r"\d",
            r"\D",
            r"\w",
            r"\W",
            r"\s",
            r"\S",
            "č",
            "ß",
            "ſ",
            "k",
            "İ",
            "i",
            "ς",
            "\n",
        ),
        *(
            "[ab]",
            "[^a]",
            "[a-z]",
            "[^a-zč]",
            r"[\w-]",
            r"[^\d\s]",
            "[k-s]",
            "[à-ž]",
            "[Ⅰ-Ⅿ]",
            r"[\W\d]",
            r"\.",
            "漢",
            "😀",
        ),
    )
)
_PLACE = st.sampled_from(("^", "$", r"\b", r"\B", r"\A", r"\Z"))
_TIMES = st.sampled_from(("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}", "{0}"))
#: Every character but halves of pairs.
EVERYTHING = "".join(map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1))))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map("|".join).map(lambda text: f"(?:{text})"),
        st.tuples(st.sampled_from(("(", "(?:", "(?i:", "(?a:", "(?s:", "(?-i:")), inner, _TIMES).map(
            lambda text: f"{text[0]}{text[1]}){text[2]}"
        ),
        st.tuples(_SINGLE, _TIMES).map("".join),
    )


PATTERNS = st.recursive(st.one_of(_SINGLE, _SINGLE, _SINGLE, _PLACE), _grown, max_leaves=8)
#: What only Python's own engine knows.
BACKTRACKING = st.tuples(
    st.sampled_from(("(?={})a?", "(?!{})", "(?<=a){}", "({})\\1", "(?>{})", "(?:{})++", "(a)?(?(1){}|b)")), PATTERNS
).map(lambda text: text[0].format(text[1]))
TEXTS = st.text(st.sampled_from(SIGNS), max_size=12)


def compiled(pattern: str, flags: int) -> tuple[re.Pattern[str], Regex]:
    try:
        python = re.compile(pattern, flags)
    except re.error:
        assume(False)
    return python, Regex(pattern, flags, shown=pattern, seconds=60)


def seen(found: re.Match[str] | RegexMatch, groups: int) -> list[tuple[int, int, str | None]]:
    """All that can be asked about a match."""
    return [(found.start(number), found.end(number), found.group(number)) for number in range(groups + 1)]


@settings(max_examples=1_000, deadline=None)
@given(pattern=st.one_of(PATTERNS, BACKTRACKING), flags=FLAGS, text=TEXTS)
@example(pattern="(a*)*b", flags=0, text="aab")
@example(pattern="(|a)+", flags=0, text="aa")
@example(pattern="a$", flags=0, text="a\n")
@example(pattern="a$\n?", flags=0, text="a\n")
@example(pattern=r"\bč\b", flags=0, text="č")
@example(pattern="[^a]", flags=0, text="\ud83d")
@example(pattern=r"(?:\B|(a)+)", flags=0, text="")
def test_a_whole_text_matches_where_pythons_re_says_so(pattern: str, flags: int, text: str) -> None:
    python, ours = compiled(pattern, flags)

    assert ours.fullmatch(text) is (python.fullmatch(text) is not None)


@settings(max_examples=1_000, deadline=None)
@given(pattern=st.one_of(PATTERNS, BACKTRACKING), flags=FLAGS, text=TEXTS)
@example(pattern="(a|b)+1", flags=0, text="ab1a1")
@example(pattern="x*", flags=0, text="axb")
@example(pattern="(?:(a)|b)+", flags=0, text="ab")
def test_places_and_groups_are_found_where_pythons_re_finds_them(pattern: str, flags: int, text: str) -> None:
    python, ours = compiled(pattern, flags)

    expected = [seen(found, python.groups) for found in python.finditer(text)]
    assert [seen(found, python.groups) for found in ours.find(text)] == expected
    assert [seen(found, python.groups) for found in ours.find(text, 1)] == expected[:1]


@pytest.mark.parametrize("flags", [0, re.ASCII, re.IGNORECASE, re.ASCII | re.IGNORECASE])
@pytest.mark.parametrize(
    "single", [r"\d", r"\W", r"[\s_]", "[a-z]", "[^k]", "i", "ß", "[Ā-ſ]", "ſ", "[^à-þ]", "\u0345"]
)
def test_a_class_holds_the_characters_that_it_holds_in_python(single: str, flags: int) -> None:
    python = re.compile(single, flags)
    whole = Regex(f"(?:{single}|{single})*", flags, shown=single)
    opposite = Regex(f"(?:(?!{single})(?s:.))*", flags, shown=single)

    assert whole.is_linear
    assert opposite.is_linear
    assert whole.fullmatch("".join(python.findall(EVERYTHING)))
    assert opposite.fullmatch(python.sub("", EVERYTHING))


def test_no_character_beyond_those_looked_at_has_another_case() -> None:
    beyond = map(chr, range(characters._LAST_CASED + 1, sys.maxunicode + 1))
    assert all(character.lower() == character == character.upper() for character in beyond)


@pytest.mark.parametrize(
    "pattern",
    [
        "([a-z]+)+[0-9]",
        "(a*)*b",
        "(a|aa)+[0-9]",
        "(.*)(.*)(.*)(.*)(.*)x",
        r"(\w+\s?)*!",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        "(?i)(č|[a-z])+[0-9]",
        r"([a-z]+)+\b[0-9]",
    ],
)
def test_a_text_made_to_hold_things_up_is_matched_at_once(pattern: str) -> None:
    ours = Regex(pattern, re.DOTALL, shown=pattern)

    assert ours.is_linear
    assert not ours.fullmatch("a" * 40)
    assert not ours.fullmatch("a" * 20_000)


@pytest.mark.parametrize("pattern", ["(?=.*b)([a-z]+)+[0-9]", r"([a-z]+)+(.)\2[0-9]", "(?>(a+)+[0-9])", r"(\w+)+\bč!"])
def test_what_needs_backtracking_is_interrupted_and_named(pattern: str) -> None:
    text = "a" * 40 + "bč"

    with pytest.raises(SlowPatternError) as caught:
        Regex(pattern, re.DOTALL, shown=pattern).fullmatch(text)
    assert repr(pattern) in caught.value.fact
    assert text not in caught.value.fact


@pytest.mark.parametrize(
    ("pattern", "text"), [("a.*b|a", "a" * 20_000), (r"\s*$", " " * 50_000 + "x"), (r"(?=a)a+b", "a" * 20_000)]
)
def test_so_is_a_search_that_reads_on_from_each_place(pattern: str, text: str) -> None:
    with pytest.raises(SlowPatternError):
        Regex(pattern, 0, shown=pattern).find(text)


def test_a_search_that_need_not_read_on_is_quick_however_long_the_text() -> None:
    assert not Regex(r"\s+$", 0, shown="x").find(" " * 100_000 + "x")


def test_an_interrupt_leaves_no_timer_and_no_handler_behind() -> None:
    before = signal.getsignal(signal.SIGVTALRM)

    with pytest.raises(SlowPatternError):
        Regex("(?=a)(a+)+b", 0, shown="x").fullmatch("a" * 40)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_a_pattern_that_backtracks_matches_in_other_threads_too() -> None:
    found: list[bool] = []
    other = threading.Thread(target=lambda: found.append(Regex("(?=a)a+b", 0, shown="x").fullmatch("aab")))

    other.start()
    other.join()

    assert found == [True]


def test_a_pattern_of_many_brackets_is_matched_all_the_same() -> None:
    deep = "(" * 240 + "a+" + ")+" * 240

    assert Regex(deep, 0, shown=deep).fullmatch("aaa")
