"""The check QUIET001: rules that send, and whose name tells nobody why."""

from __future__ import annotations

from collections.abc import Iterator

from infobip_rules.checks.case import Case
from infobip_rules.checks.catalogue import CatalogueEntry
from infobip_rules.checks.finding import Finding, Severity

ENTRY = CatalogueEntry(
    id="QUIET001",
    severity=Severity.ADVICE,
    title="A rule that sends has a short name",
    why="Whoever asks why they were written to is told the name of the rule.",
    before='rule "r1"',
    after='rule "Greet whoever writes first"',
)
SHORTEST = 5


def short_names(case: Case) -> Iterator[Finding]:
    """Rules that send and have a name of fewer than five letters."""
    for rule in case.rulebook.rules:
        if case.body(rule).sends and len(rule.name) < SHORTEST:
            yield Finding(
                id=ENTRY.id,
                where=rule.where,
                reason=f"The rule {rule.name} sends, and its name does not say why.",
                remedy="Name it by what it is for.",
                rule=rule.id,
            )
