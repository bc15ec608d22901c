"""Mistakes in a `.drl` file, as its author reads them: the place, the line with a caret, what would be right."""

from __future__ import annotations

import re

from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.rulefiles.drl.syntax.segments import SourceText
from infobip_rules.rulefiles.drl.syntax.syntax import Place

_WIDEST = 110
_WHERE = re.compile(r":(\d+):(\d+)$")


class DrlError(RuleError):
    """A mistake in a `.drl` file; `where` is `file:line:column`, `excerpt` the line with a caret below its place."""

    def __init__(self, fact: str, remedy: str, *, where: str, excerpt: str) -> None:
        self.excerpt = excerpt
        super().__init__(fact, remedy, where=where)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.excerpt}"


class FileMistakes:
    """The mistakes of one file."""

    #: More would not be read.
    most = 50

    def __init__(self, file: str, source: SourceText) -> None:
        self.file = file
        self.source = source
        self.problems: list[InfobipRulesError] = []
        #: A mistake of what several rules share is found in each of them.
        self._reported: set[tuple[str, str]] = set()
        #: What is ignored, in words; nothing is refused for it.
        self.warnings: list[str] = []

    def add(self, at: Place, fact: str, remedy: str = "") -> None:
        """Adds a mistake."""
        where = f"{self.file}:{at.line}:{at.column}"
        if len(self.problems) < self.most and (where, fact) not in self._reported:
            self._reported.add((where, fact))
            self.problems.append(DrlError(fact, remedy, where=where, excerpt=self._excerpt(at)))

    def take(self, problem: InfobipRulesError) -> None:
        """Adds a mistake that was found elsewhere, with its line if it names one of this file."""
        where = getattr(problem, "where", "")
        found = _WHERE.search(where) if where.startswith(f"{self.file}:") else None
        if found is None or isinstance(problem, DrlError):
            self.problems.append(problem)
        else:
            fact = problem.fact.removeprefix(f"{where}: ")
            self.add(Place(line=int(found[1]), column=int(found[2])), fact, problem.remedy)

    def reported_since(self, at: Place, fact: str) -> bool:
        """Returns whether this was already reported of a place at or after `at`."""
        return any(
            problem.fact.endswith(fact) and _place_of(problem) >= (at.line, at.column) for problem in self.problems
        )

    def in_order(self) -> list[InfobipRulesError]:
        """Returns all mistakes in the order of the file."""
        return sorted(self.problems, key=_place_of)

    def warn(self, at: Place, fact: str) -> None:
        """Adds a warning of something that is ignored."""
        self.warnings.append(f"{self.file}:{at.line}:{at.column}: {fact}")

    def _excerpt(self, at: Place) -> str:
        start = self.source.offset(Place(line=at.line, column=1))
        line = self.source.written[start : start + 10_000].split("\n", 1)[0].rstrip("\r")
        before = max(0, at.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
        shown = "".join(sign if sign.isprintable() else " " for sign in line[before : before + _WIDEST])
        return f"    {shown}\n    {' ' * (at.column - 1 - before)}^"


def _place_of(problem: InfobipRulesError) -> tuple[int, int]:
    found = _WHERE.search(getattr(problem, "where", ""))
    return (int(found[1]), int(found[2])) if found else (0, 0)
