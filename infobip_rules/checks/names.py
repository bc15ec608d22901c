"""RULE014: names that a rule's body reads and the rule does not declare."""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding
from infobip_rules.engine.fields import closest
from infobip_rules.engine.model import Existential


def undeclared_names(case: Case) -> Iterator[Finding]:
    """Every `c.NAME` that is no element of the rule."""
    for rule in case.rulebook.rules:
        terms = [term for branch in rule.branches for term in branch if not isinstance(term, Existential)]
        declared = {alias for term in terms if (alias := getattr(term, "alias", ""))}
        for name, where in case.body(rule).reads.items():
            if name not in declared:
                yield Finding(
                    id="RULE014",
                    where=where,
                    reason=f"{rule.id} reads c.{name}, which it does not declare.",
                    remedy=closest(name, sorted(declared)) if declared else "Name an element: c.signal << signal(...).",
                    rule=rule.id,
                )
