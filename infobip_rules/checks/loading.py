"""Findings for rule files that could not be loaded."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from infobip_rules.checks.finding import Finding, split_place
from infobip_rules.errors import RuleError, RuleFileError


def findings_of(problem: RuleFileError) -> Iterator[Finding]:
    """Yields one finding for everything that is wrong."""
    for mistake in problem.problems:
        where = str(getattr(mistake, "where", ""))
        reason = mistake.fact.removeprefix(f"{where}: ") if where else mistake.fact
        excerpt = str(getattr(mistake, "excerpt", ""))
        id_ = mistake.id if isinstance(mistake, RuleError) else RuleError.id
        yield Finding(id=id_, where=where, reason=reason, remedy=mistake.remedy, excerpt=excerpt)


def left_by(problem: BaseException, file: str) -> Finding:
    """Returns the finding for a file that ends the program that loads it with an exception such as KeyboardInterrupt."""
    lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == file]
    return not_checked(f"{file}:{lines[-1]}" if lines and lines[-1] else file, f"raises {type(problem).__name__}")


def not_checked(where: str, what: str, also: str = "") -> Finding:
    """Returns the finding for a file that could not be checked, as it `what` (`takes longer than 30 s`).

    `also` is a further sentence of the remedy.
    """
    if not where:
        return Finding(id="RULE004", where="", reason=f"The check {what}.", remedy=f"Try again. {also}".rstrip())
    return Finding(
        id="RULE004",
        where=where,
        reason=f"{split_place(where)[0]} could not be checked: it {what} while it is loaded.",
        remedy=f"Only declare types and rules at the top of the file; work belongs in the bodies of rules. {also}".rstrip(),
    )
