"""What is wrong with one rule, type or function, gathered while it is compiled: the rest is looked at all the same."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.rulefiles.drl.syntax.syntax import Place


class FollowUpError(RuleError):
    """Comes of a mistake that is told already; nobody reads it."""


class Mistakes:
    """Takes in what is raised inside `with`, and goes on behind it.

    >>> with mistakes:
    ...     raise RuleError("There is no type Ordre.", "Did you mean 'Order'?")
    """

    __slots__ = ("found", "unreadable", "warnings")

    #: More of one rule are not looked for: what is raised then goes on to whoever compiles the file.
    most = 50

    def __init__(self, unreadable: Iterable[str] = (), warnings: list[tuple[Place, str]] | None = None) -> None:
        self.found: list[InfobipRulesError] = []
        #: What is let be, with its place; of all that is compiled together.
        self.warnings: list[tuple[Place, str]] = [] if warnings is None else warnings
        #: Names whose own declaration is wrong: what uses them is not told of.
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
        """For what is compiled next: none found, and the same names unreadable."""
        return Mistakes(self.unreadable, self.warnings)
