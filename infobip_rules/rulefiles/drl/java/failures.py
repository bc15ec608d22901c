"""Failures of a rule's expression or body as it runs, named as in Java, with line and column."""

from __future__ import annotations

from infobip_rules.errors import InfobipRulesError

#: Characters in one text, and entries in one collection, that a body may make.
LARGEST = 100_000


class BodyError(InfobipRulesError, RuntimeError):
    """An expression or the body of a `.drl` rule failed; `where` is `file:line:column`."""

    id = "IR321"

    def __init__(self, fact: str, remedy: str = "", *, where: str = "", **context: object) -> None:
        self.where = where
        super().__init__(f"{where}: {fact}" if where else fact, remedy, **context)


class JavaFailure(Exception):
    """A method of the library could not do what was asked; `name` is the exception that Java would throw."""

    def __init__(self, name: str, fact: str, remedy: str = "") -> None:
        self.name = name
        self.fact = fact
        self.remedy = remedy
        super().__init__(f"{name}: {fact}")


def null_argument(what: str) -> JavaFailure:
    """Returns the failure for a null in place of a value."""
    return JavaFailure("NullPointerException", f"{what} is null.", "Test it for null first.")


def too_large(what: str, limit: int) -> JavaFailure:
    """Returns the failure for a text or collection that would take too much memory."""
    return JavaFailure("OutOfMemoryError", f"{what} would grow beyond {limit:,}.", "Keep less in one value.")
