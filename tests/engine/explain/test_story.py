"""Sentences about a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.explain.story import no_match_sentence, value_text
from tests.engine.explain.traced import KEYWORDS, traced
from tests.engine.sessions import AGENT, received


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("JION", "JION"),
        ("", '""'),
        ("two words", '"two words"'),
        (None, "not there"),
        (True, "true"),
        (3, "3"),
        ("a\nb", "a\\nb"),
        ("x" * 50, "x" * 37 + "..."),
    ],
)
def test_values_are_short_and_on_one_line(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_log_line_about_no_match_has_nothing_that_somebody_wrote(tmp_path: Path) -> None:
    session = traced(tmp_path, KEYWORDS)
    session.tell(received("JION, it is me, Ana", keyword="JION"), opening=(AGENT,))
    said = no_match_sentence(session.trace, texts=False)
    assert "nearest: *join* (keyword was JION, text was (19 characters))" in said
    assert "Ana" not in said
