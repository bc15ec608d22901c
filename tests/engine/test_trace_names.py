"""Names in a trace: those that the rule gives and no others; and the rule that was meant comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.explain.nearness import words_of
from infobip_rules.engine.explain.story import no_match_sentence, story
from tests.engine.sessions import AGENT, received
from tests.engine.test_trace import traced

UNNAMED = """
    @when_all(signal(InfobipSmsReceivedMessage, m.text == "hello"), fact(ClientAgent))
    def greet(c):
        c.delete(c.m_0)
    """
KEYWORDS = r"""
    def message(word):
        return signal(InfobipSmsReceivedMessage, (m.keyword == word) | m.text.imatches(rf"\s*{word}\b.*"))

    @when_all(c.signal << message("INFO"))
    def info(c):
        pass

    @when_all(c.signal << message("HELP"), c.client << fact(ClientAgent))
    def help_them(c):
        pass

    @when_all(c.signal << message("JOIN"), c.client << fact(ClientAgent), none(fact(Note)))
    def join(c):
        pass

    @when_all(c.signal << message("STOP"), c.client << fact(ClientAgent), c.note << fact(Note))
    def stop(c):
        pass
    """


def test_elements_without_a_name_get_none(tmp_path: Path) -> None:
    session = traced(tmp_path, UNNAMED)
    session.tell(received("hello"), opening=(AGENT,))
    assert [(one.alias, one.element) for one in session.trace.fired[0].matched] == [
        ("", "InfobipSmsReceivedMessage"),
        ("", "ClientAgent#1"),
    ]
    assert story(session.trace).startswith("*greet* fired: InfobipSmsReceivedMessage matched, ClientAgent#1 found;")


def test_elements_without_a_name_that_are_missed_get_none(tmp_path: Path) -> None:
    session = traced(tmp_path, UNNAMED)
    session.tell(received("good bye"), opening=(AGENT,))
    texts = [line.text for line in session.missed("greet").conditions]
    assert texts == ["InfobipSmsReceivedMessage", "m.text == 'hello'", "ClientAgent"]


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


def test_a_log_line_about_no_match_has_nothing_that_somebody_wrote(tmp_path: Path) -> None:
    session = traced(tmp_path, KEYWORDS)
    session.tell(received("JION, it is me, Ana", keyword="JION"), opening=(AGENT,))
    said = no_match_sentence(session.trace, texts=False)
    assert "nearest: *join* (keyword was JION, text was (19 characters))" in said
    assert "Ana" not in said
