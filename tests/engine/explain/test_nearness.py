"""The distance of rules from firing: the rule that was meant comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.explain.nearness import words_of
from infobip_rules.engine.explain.story import no_match_sentence
from tests.engine.explain.traced import KEYWORDS, QUIZ, traced
from tests.engine.sessions import AGENT, received


def test_misses_come_nearest_first(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert [one.rule for one in session.trace.missed] == ["quiz/join", "quiz/stop", "quiz/thank", "quiz/note"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("JION", "join"), ("jion please", "join"), ("STPO", "stop"), ("HLEP", "help_them"), ("inof", "info")],
)
def test_the_rule_whose_word_is_spelt_most_alike_comes_first(tmp_path: Path, written: str, meant: str) -> None:
    session = traced(tmp_path, KEYWORDS)
    session.tell(received(written), opening=(AGENT,))
    assert f"nearest: *{meant}*" in no_match_sentence(session.trace)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("m.keyword == 'JOIN'", ("JOIN",)),
        (r"(m.keyword == 'JOIN') | m.text.imatches('\\s*JOIN\\b.*')", ("JOIN",)),
        ('text matches "(?i)[a-z]*stop %w+"', ("stop",)),
        ("m.n > 3", ()),
    ],
)
def test_a_constraint_is_known_by_the_words_in_its_quotes(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words
