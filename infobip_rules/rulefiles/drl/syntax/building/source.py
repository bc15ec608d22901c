"""Places of pieces of a file, so that what is built from them knows its place."""

from __future__ import annotations

from typing import TypeAlias

from lark import Token
from lark.visitors import Transformer

from infobip_rules.rulefiles.drl.syntax.syntax import Place, SyntaxNode


class UnsupportedError(Exception):
    """Something that is understood and not supported, found while the tree is built."""

    def __init__(self, at: Place, fact: str, remedy: str) -> None:
        super().__init__(fact)
        self.at = at
        self.fact = fact
        self.remedy = remedy


#: lark's base class, whose generic parameters say nothing here.
Building: TypeAlias = Transformer[Token, SyntaxNode]


class PlacedBuilder:
    """Counts the places of tokens from the start of the file, while lark parses a piece of it."""

    #: Lines before the piece, and columns before it in its first line.
    lines = 0
    columns = 0
    #: Whether the piece is a body in Java, in which single quotes hold one character.
    java = False

    def begin(self, *, lines: int, columns: int, java: bool) -> None:
        """Gets ready for a piece."""
        self.lines, self.columns, self.java = lines, columns, java
        #: What is ignored, with its place.
        self.warnings: list[tuple[Place, str]] = []
        #: What stands in brackets of its own, by identity.
        self.in_brackets: dict[int, SyntaxNode] = {}

    def at(self, token: Token | SyntaxNode) -> Place:
        """Returns the place at which a token or node begins."""
        if isinstance(token, SyntaxNode):
            return token.at
        line, column = token.line or 1, token.column or 1
        return Place(line=line + self.lines, column=column + self.columns if line == 1 else column)
