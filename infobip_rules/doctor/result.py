"""The answer to one question about machine, settings, account, journal or webhook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_FINE, _PROBLEMS, _CONFIGURATION, _PROVIDER = 0, 1, 3, 4


class State(StrEnum):
    """What an answer comes to."""

    OK = "ok"
    #: Something to know, which keeps nothing from working.
    NOTE = "note"
    PROBLEM = "problem"
    #: Not looked at; the answer says why.
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One answer, in one line: what is so, and a hint where something is to be done."""

    #: Such as DOC21; its tens are groups: 00 machine, 10 settings, 20 account, 30 journal, 40 webhook.
    id: str
    name: str
    state: State
    says: str
    hint: str = ""


def ok(id_: str, name: str, says: str) -> Result:
    """All is well."""
    return Result(id=id_, name=name, state=State.OK, says=says)


def note(id_: str, name: str, says: str, hint: str = "") -> Result:
    """Worth knowing."""
    return Result(id=id_, name=name, state=State.NOTE, says=says, hint=hint)


def problem(id_: str, name: str, says: str, hint: str) -> Result:
    """To be mended."""
    return Result(id=id_, name=name, state=State.PROBLEM, says=says, hint=hint)


def skipped(id_: str, name: str, why: str) -> Result:
    """Not looked at."""
    return Result(id=id_, name=name, state=State.SKIPPED, says=why)


def exit_code(results: Iterable[Result]) -> int:
    """0 where nothing is a problem; else 3 for one of the settings, 4 for one of the account, 1 for any other."""
    groups = {result.id[3] for result in results if result.state is State.PROBLEM}
    if "1" in groups:
        return _CONFIGURATION
    if "2" in groups:
        return _PROVIDER
    return _PROBLEMS if groups else _FINE
