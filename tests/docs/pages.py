"""The pages, and the blocks of code on them with what an HTML comment before a block says of it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

sys.path.insert(0, str(ROOT / "scripts"))
import reference as reference  # noqa: E402, PLC0414 - the scripts are no package

sys.path.pop(0)

DOCS = ROOT / "docs"
#: Pages whose code has tests of its own.
TESTED_ELSEWHERE = {
    "README.md": "tests/test_readme.py",
    "docs/drl.md": "tests/rulefiles/drl/test_page.py",
    "docs/testing.md": "tests/testing/test_docs.py",
}

_BLOCK = re.compile(
    r"(?:^<!-- block: (?P<said>[^\n]*?) -->\n+)?^```(?P<language>\w+)[^\n]*\n(?P<code>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block: `word` and `rest` are what stands in `<!-- block: word rest -->` before it, empty without one."""

    page: str
    line: int
    language: str
    code: str
    word: str = ""
    rest: str = ""

    @property
    def place(self) -> str:
        """Page and line, to find it by."""
        return f"{self.page}:{self.line}"


def pages() -> list[str]:
    """Every page by its path from the root, README first."""
    return ["README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in DOCS.rglob("*.md"))]


def text_of(page: str) -> str:
    """What a page says."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order; not those that are generated."""
    text = reference.handwritten(text_of(page))
    for found in _BLOCK.finditer(text):
        word, _, rest = (found["said"] or "").partition(" ")
        line = text.count("\n", 0, found.start("code"))
        yield Block(page=page, line=line, language=found["language"], code=found["code"], word=word, rest=rest.strip())
