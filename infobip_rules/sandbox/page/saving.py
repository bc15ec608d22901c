"""A conversation on the page as a file of tests; until then as lines."""

from __future__ import annotations

from infobip_rules.sandbox.page.board import Board


def conversation_of(board: Board, number: str) -> str:
    """The conversation of one phone as text."""
    return "".join(f"{'<' if one.tick else '>'} {number}: {one.text}\n" for one in board.bubbles_of(number))
