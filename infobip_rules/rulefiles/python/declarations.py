"""Rulesets and rules that a rule file declares, collected while it is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.front import here


class DeclaredRuleset:
    """A named group of rules, which collects those that are declared in its `with`."""

    def __init__(self, name: str) -> None:
        declared = _collected[-1]
        if name in declared.rulesets:
            raise RuleError(
                f"The ruleset {name!r} is declared twice in one file.",
                "Join the two.",
                where=here().where(),
                same_as=name,
            )
        if declared.entered:
            raise RuleError(
                f"The ruleset {name!r} stands inside another.", "Put it beside the other.", where=here().where()
            )
        self.name = name
        self.rules: list[Any] = []
        declared.rulesets[name] = self

    def __enter__(self) -> None:
        _collected[-1].entered.append(self)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        _collected[-1].entered.pop()


@dataclass(kw_only=True, slots=True)
class Declarations:
    """What a file has declared so far."""

    rulesets: dict[str, DeclaredRuleset] = field(default_factory=dict)
    #: The rulesets whose `with` is being run.
    entered: list[DeclaredRuleset] = field(default_factory=list)


#: The last takes what is declared; the first, what is declared by modules that nobody loads as rule files.
_collected = [Declarations()]


def entered_ruleset() -> DeclaredRuleset | None:
    """Returns the ruleset whose `with` is being run."""
    entered = _collected[-1].entered
    return entered[-1] if entered else None


@contextmanager
def collecting() -> Iterator[Declarations]:
    """Collects what is declared meanwhile, of which nothing stays behind."""
    declared = Declarations()
    _collected.append(declared)
    try:
        yield declared
    finally:
        _collected.remove(declared)
