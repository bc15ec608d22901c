"""Every command that a page tells to type exists, with its options."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.docs.commands import PROGRAM, commands, lines, names, parse
from tests.docs.pages import ROOT, blocks, pages, text_of

NAMES = set(names(PROGRAM))
#: README's are read by its own test.
COMMANDS = [
    pytest.param(words, id=f"{page}: {shlex.join(words)}")
    for page in pages()
    if page != "README.md"
    for words in commands(text_of(page), blocks(page))
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_exists_with_its_options(words: list[str]) -> None:
    if shlex.join(words) not in NAMES:  # one that is only mentioned, without what it needs
        assert parse(words).name in words


def test_an_option_that_is_not_there_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["trace", "last", "--no-such-option"])


@pytest.mark.parametrize("page", pages())
def test_every_target_of_make_exists(page: str) -> None:
    there = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    typed = [line for line in lines(blocks(page)) if line.startswith("make ")]
    assert {line.split()[1] for line in typed} <= there
