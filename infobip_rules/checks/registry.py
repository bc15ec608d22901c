"""All checks, and a rulebook reviewed by each of them."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.checks.body_mistakes import body_mistakes
from infobip_rules.checks.case import Case, Check, case_of
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


def review(rulebook: Rulebook, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """Returns everything that the checks find, without what comments suppress, by file and line."""
    case: Case = case_of(rulebook)
    found = dict.fromkeys(finding for check in checks for finding in check(case))
    kept = [finding for finding in found if not is_suppressed(finding, case.sources)]
    return sorted(kept, key=lambda finding: (finding.file, finding.line, finding.column or 0, finding.id))
