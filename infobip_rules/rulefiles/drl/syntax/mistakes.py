"""Mistakes in one rule, type or function, gathered while it is compiled, so that the rest is examined all the same."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.rulefiles.drl.syntax.syntax import Place


class FollowUpError(RuleError):
    """A consequence of a mistake that is already reported; it is never shown."""


class Mistakes:
    """Collects what is raised inside `with`, after which work goes on.

    >>> with mistakes:
    ...     raise RuleError("There is no type Ordre.", "Did you mean 'Order'?")
    """

    __slots__ = ("found", "unreadable", "warnings")

    #: The most that are collected of one rule: what is raised then reaches the compiler of the file.
    most = 50

    def __init__(self, unreadable: Iterable[str] = (), warnings: list[tuple[Place, str]] | None = None) -> None:
        self.found: list[InfobipRulesError] = []
        #: What is ignored, with its place; of all that is compiled together.
        self.warnings: list[tuple[Place, str]] = [] if warnings is None else warnings
        #: Names whose own declaration is wrong: what uses them is not reported.
        self.unreadable = set(unreadable)

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, problem: BaseException | None, _at: TracebackType | None) -> bool:
        if not isinstance(problem, InfobipRulesError) or len(self.found) >= self.most:
            return False
        if not isinstance(problem, FollowUpError):
            self.found.append(problem)
        return True

    def raise_first(self) -> None:
        """Raises the first of them, if there are any."""
        if self.found:
            raise self.found[0]

    def inner(self) -> Mistakes:
        """Returns the record for what is compiled next: no mistakes, and the same names unreadable."""
        return Mistakes(self.unreadable, self.warnings)
