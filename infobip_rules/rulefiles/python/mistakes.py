"""Mistakes in a rule file written in Python, as its author reads them: place, caret, what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterable

from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.rulefiles.python.positions import excerpt

#: More would not be read.
MOST = 50
_WHERE = re.compile(r":(\d+)(?::(\d+))?$")


class PythonMistake(RuleError):
    """A mistake in a rule file; `excerpt` is its line with a caret below the column."""

    def __init__(self, fact: str, remedy: str, *, where: str, excerpt: str, **context: object) -> None:
        self.excerpt = excerpt
        super().__init__(fact, remedy, where=where, **context)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.excerpt}"


def pointed_at(problems: Iterable[InfobipRulesError], file: str) -> list[InfobipRulesError]:
    """Returns the mistakes of a file in their order, each once, with its line and a caret if the column is known."""
    found: dict[tuple[str, str], InfobipRulesError] = {}
    for problem in problems:
        where = getattr(problem, "where", "")
        found.setdefault((where, problem.fact), _pointed_at(problem, where, file))
    return sorted(found.values(), key=_place)[:MOST]


def file_of(where: str) -> str:
    """Returns the file of a place."""
    return _WHERE.sub("", where)


def _pointed_at(problem: InfobipRulesError, where: str, file: str) -> InfobipRulesError:
    found = _WHERE.search(where)
    if found is None or found[2] is None or where[: found.start()] != file:
        return problem
    shown = excerpt(file, int(found[1]), int(found[2]))
    if not shown:
        return problem
    fact = problem.fact.removeprefix(f"{where}: ")
    return PythonMistake(fact, problem.remedy, where=where, excerpt=shown, **problem.context)


def _place(problem: InfobipRulesError) -> tuple[int, int]:
    found = _WHERE.search(getattr(problem, "where", ""))
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)
