"""Rules by the names that people give them: id, function or title."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule
from infobip_rules.errors import TrialError
from infobip_rules.testing.given import RULESET


def rule_named(name: str, rulebook: Rulebook) -> Rule:
    """The rule with that id (`keywords/join`), else name (`join`), else title (with or without its full stop).

    Raises TrialError, with the nearest name, where there is none, or more than one.
    """
    rules = [rule for rule in rulebook.rules if rule.ruleset != RULESET]
    wanted = name.removesuffix(".")
    for place in range(3):
        found = [rule for rule in rules if _names(rule)[place] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(rule.id for rule in found)
            raise TrialError(f"{len(found)} rules are called {name!r}: {ids}.", "Give the rule's id.")
    raise TrialError(f"No rule is called {name!r}.", _nearest(wanted, rules))


def _names(rule: Rule) -> tuple[str, str, str]:
    return rule.id, rule.name, rule.title.removesuffix(".")


def _nearest(name: str, rules: Sequence[Rule]) -> str:
    by_name = {spelt.casefold(): (spelt, rule.id) for rule in rules for spelt in _names(rule)}
    near = get_close_matches(name.casefold(), by_name, n=1, cutoff=0.5)
    if not near:
        return f"There are: {', '.join(rule.id for rule in rules)}."
    spelt, rule_id = by_name[near[0]]
    return f"Did you mean {spelt!r}?" if spelt == rule_id else f"Did you mean {spelt!r} ({rule_id})?"
