"""Facts that a test gives a session: a signal of the test carries them, and a rule of the test inserts them.

So they are inserted by an evaluation, as all facts: rules that match them fire, and their effects are kept.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.rules.model import Pattern, Rule
from infobip_rules.errors import TrialError
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal

#: The ruleset of the one rule that is added; no other ruleset can have `@` in its name.
RULESET = "@test"


class Given(Signal):
    """A fact that a test inserts."""

    entry_point: ClassVar[str] = "@test"

    #: The name of its type, and its fields as JSON has them.
    kind: str
    fields: dict[str, Any]


def with_insertion(rulebook: Rulebook) -> Rulebook:
    """The same rules, and one that inserts the facts of `Given`."""
    rules = (*rulebook.rules, _rule(rulebook, len(rulebook.rules)))
    return Rulebook(
        rules,
        fact_types=rulebook.fact_types.values(),
        signal_types=[*rulebook.signal_types.values(), Given],
        route=rulebook.route,
        first_contact=rulebook.first_contact,
        sources=rulebook.sources,
    )


def given(fact: Fact, rulebook: Rulebook) -> Given:
    """The signal that carries `fact`. Raises TrialError if the rules know no facts of that type."""
    kind = type(fact).__name__
    if kind not in rulebook.fact_types:
        raise TrialError(
            f"The rules know no facts of type {kind}.",
            closest(kind, list(rulebook.fact_types)),
        )
    return Given(kind=kind, fields=json.loads(fact.model_dump_json()))


def _rule(rulebook: Rulebook, order: int) -> Rule:
    def insert(c: Any) -> None:
        fact = rulebook.fact_types[c.given.kind]
        c.insert(fact.model_validate(c.given.fields))  # type: ignore[attr-defined]  # holds fact types only
        c.delete(c.given)

    pattern = Pattern(
        alias="given",
        type=Given,
        entry_point=Given.entry_point,
        constraints=(),
        joins=(),
        listens=frozenset(),
        where=__file__,
    )
    return Rule(
        ruleset=RULESET,
        name="insert",
        title="Inserts what a test gives.",
        salience=2**31,
        order=order,
        branches=((pattern,),),
        action=insert,
        where=__file__,
    )
