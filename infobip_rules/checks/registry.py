"""All checks, and a rulebook reviewed by each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infobip_rules.checks.body_mistakes import body_mistakes
from infobip_rules.checks.case import Case, Check, case_of
from infobip_rules.checks.catalogue import CatalogueEntry, entries_of
from infobip_rules.checks.contradictions import contradictions
from infobip_rules.checks.double_answers import double_answers
from infobip_rules.checks.endless_timers import endless_timers
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.layout import empty_files, empty_rulesets
from infobip_rules.checks.loops import loops
from infobip_rules.checks.message_texts import text_findings
from infobip_rules.checks.slow_patterns import slow_patterns
from infobip_rules.checks.suppression import is_suppressed
from infobip_rules.checks.unreachable_rules import unreachable
from infobip_rules.checks.unread_facts import unread_facts
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.plugins.implementation import MOST_ITEMS, Implementation, first_of, place_of, shown
from infobip_rules.plugins.manager import Plugins, loaded_plugins
from infobip_rules.plugins.markers import hookimpl

CHECKS: tuple[Check, ...] = (
    empty_files,
    empty_rulesets,
    contradictions,
    double_answers,
    loops,
    endless_timers,
    unreachable,
    body_mistakes,
    slow_patterns,
    text_findings,
    unread_facts,
)


@hookimpl
def checks() -> tuple[Check, ...]:
    """Returns the built-in checks."""
    return CHECKS


def review(rulebook: Rulebook, plugins: Plugins | None = None) -> list[Finding]:
    """Returns everything that the checks find, without what comments suppress, by file and line. Raises PluginError."""
    plugins = plugins or loaded_plugins()
    case, entries = case_of(rulebook), entries_of(plugins)
    found: dict[Finding, None] = {}
    for check, by in checks_of(plugins):
        found.update(dict.fromkeys(_findings(check, case, entries, by)))
    kept = [finding for finding in found if not is_suppressed(finding, case.sources)]
    return sorted(kept, key=lambda finding: (finding.file, finding.line, finding.column or 0, finding.id))


def checks_of(plugins: Plugins) -> list[tuple[Check, Implementation]]:
    """Returns the checks that plugins add, the built-in ones first, each with its plugin. Raises PluginError."""
    return [
        (check, implementation)
        for implementation in plugins.implementing("checks")
        for check in implementation.items("functions of a Case", callable)
    ]


def _findings(check: Check, case: Case, entries: Mapping[str, CatalogueEntry], by: Implementation) -> Iterator[Finding]:
    """Returns the findings of one check. Raises PluginError if a plugin's raises, or finds what its catalogue does not have."""
    if by.plugin.built_in:
        yield from check(case)
        return
    name = getattr(check, "__name__", type(check).__name__)
    try:
        found = list(first_of(check(case)))
    except KeyboardInterrupt:
        raise
    except BaseException as problem:  # such as SystemExit: it is not the plugin's to end the program
        raise by.error(
            f"gave the check {name}, which raised {shown(problem)}.", f"Fix it{place_of(problem)}"
        ) from problem
    if len(found) > MOST_ITEMS:
        raise by.error(f"gave the check {name}, which found more than {MOST_ITEMS:,}, maybe without end.", "Fix it")
    for finding in found:
        if not isinstance(finding, Finding):
            raise by.error(f"gave the check {name}, which found a {type(finding).__name__}.", "Let it give Findings")
        if finding.id not in entries:
            raise by.error(
                f"gave the check {name}, which found {finding.id}: nothing explains it.", "Add it by the hook findings"
            )
        yield finding
