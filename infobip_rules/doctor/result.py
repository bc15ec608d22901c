"""The result of a check of machine, settings, account, journal or webhook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_FINE, _PROBLEMS, _CONFIGURATION, _PROVIDER = 0, 1, 3, 4


class State(StrEnum):
    """The state of a result."""

    OK = "ok"
    #: Worth knowing; it keeps nothing from working.
    NOTE = "note"
    PROBLEM = "problem"
    #: Not checked; the result says why.
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A result in one line: what was found, and a hint if something has to be done."""

    #: Such as DOC21; its tens are groups: 00 machine, 10 settings, 20 account, 30 journal, 40 webhook.
    id: str
    name: str
    state: State
    says: str
    hint: str = ""


def ok(id_: str, name: str, says: str) -> Result:
    """A result without fault."""
    return Result(id=id_, name=name, state=State.OK, says=says)


def note(id_: str, name: str, says: str, hint: str = "") -> Result:
    """A result that is worth knowing, and keeps nothing from working."""
    return Result(id=id_, name=name, state=State.NOTE, says=says, hint=hint)


def problem(id_: str, name: str, says: str, hint: str) -> Result:
    """A result that has to be fixed."""
    return Result(id=id_, name=name, state=State.PROBLEM, says=says, hint=hint)


def skipped(id_: str, name: str, why: str) -> Result:
    """A check that was not made, and why."""
    return Result(id=id_, name=name, state=State.SKIPPED, says=why)


def exit_code(results: Iterable[Result]) -> int:
    """0 without a problem; else 3 for one of the settings, 4 for one of the account, 1 for any other."""
    groups = {result.id[3] for result in results if result.state is State.PROBLEM}
    if "1" in groups:
        return _CONFIGURATION
    if "2" in groups:
        return _PROVIDER
    return _PROBLEMS if groups else _FINE
