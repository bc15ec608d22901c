"""The glossary has the standard terms in order, each with a sentence and the module that implements it."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, text_of

ROWS = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \| `(.+)` \|$", text_of("docs/glossary.md"), re.MULTILINE)
#: Words of the field that a reader looks for.
STANDARD = {
    "Activation",
    "Agenda",
    "Alpha memory",
    "Beta memory",
    "Channel",
    "Dead letter",
    "Delivery report",
    "Entry point",
    "Fact",
    "Fence",
    "Inbox",
    "Lease",
    "Outbox",
    "Part",
    "Refraction",
    "Salience",
    "Session",
    "Signal",
    "Truth maintenance",
    "Window",
    "Working memory",
}


def test_the_standard_terms_are_there() -> None:
    assert STANDARD - {word for word, _, _ in ROWS} == set()


def test_words_stand_in_order_each_once() -> None:
    words = [word.casefold() for word, _, _ in ROWS]
    assert words == sorted(set(words))


def test_every_line_of_the_table_is_read() -> None:
    lines = [line for line in text_of("docs/glossary.md").splitlines() if line.startswith("| **")]
    assert len(ROWS) == len(lines)


@pytest.mark.parametrize(("word", "meaning", "module"), ROWS, ids=[word for word, _, _ in ROWS])
def test_a_word_has_a_sentence_and_a_module_that_is_there(word: str, meaning: str, module: str) -> None:
    assert re.search(r"[.)]$", meaning), word
    assert (ROOT / module).is_file()
