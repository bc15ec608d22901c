"""Other people's texts on a terminal."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text on one line, with whatever could move a terminal's cursor or colour it shown as `?`."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.splitlines()))
