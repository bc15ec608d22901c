"""A finding: what is wrong, or could be better, where, why, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is: errors always fail a check, warnings if it is strict, advice never does."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding; its severity and explanation are those of its id in the catalogue."""

    #: Such as RULE012; never changes its meaning.
    id: str
    #: `file:line` or `file:line:column`, as the rules were named; empty if no file is to blame.
    where: str
    #: What is so, in one sentence.
    reason: str
    #: What to do about it.
    remedy: str
    #: The rule it is about (`ruleset/name`); empty if it is about a file.
    rule: str = ""
    #: The line with a caret below the place, if the column is known.
    excerpt: str = ""

    @property
    def file(self) -> str:
        """The file, without the line."""
        return self.place[0]

    @property
    def line(self) -> int:
        """The line, 1 if none is known."""
        return self.place[1]

    @property
    def column(self) -> int | None:
        """The column, from 1; None if none is known."""
        parts = self.where.rsplit(":", 2)
        return int(parts[2]) if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal() else None

    @property
    def place(self) -> tuple[str, int]:
        """File and line; `file:line:column` is read too."""
        return split_place(self.where)


def split_place(where: str) -> tuple[str, int]:
    """Returns file and line of `file:line` or `file:line:column`; line 1 if none is named."""
    parts = where.split(":")
    numbers: list[int] = []
    while len(parts) > 1 and parts[-1].isdecimal() and len(numbers) < 2:
        numbers.append(int(parts.pop()))
    return ":".join(parts), numbers[-1] if numbers else 1


def remedy_for(where: str, *, python: str, drl: str) -> str:
    """Returns what to do about a finding, in the language of its file."""
    return drl if split_place(where)[0].endswith(".drl") else python
