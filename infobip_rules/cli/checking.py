"""`check`: the findings about rule files, printed for people, as JSON, or as annotations of GitHub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infobip_rules.checks.catalogue import severity_of
from infobip_rules.checks.finding import Finding, Severity
from infobip_rules.checks.isolation import Checked, check_files
from infobip_rules.cli.banner import counted
from infobip_rules.cli.environment import withdraw_secrets
from infobip_rules.cli.exits import PROBLEMS, say
from infobip_rules.cli.options import CheckFormat
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line, print_json

#: GitHub's words for the severities.
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def check_rules(paths: Sequence[Path], *, strict: bool, form: CheckFormat, seconds: float) -> int:
    """Checks the files and prints what was found to stdout; returns the exit code.

    1 if files do not load, or for errors (with `strict`, for warnings too), else 0.
    """
    withdraw_secrets()  # from the process that loads the files
    checked = check_files(paths, seconds=seconds)
    _PRINTERS[form](checked)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return PROBLEMS if not checked.loaded or any(severity_of(finding.id) in bad for finding in checked.findings) else 0


def _print_text(checked: Checked) -> None:
    for finding in checked.findings:
        where = finding.where if finding.excerpt else f"{finding.file}:{finding.line}"
        place = f"{where}: " if finding.where else ""
        put(one_line(f"{place}{severity_of(finding.id)} {finding.id}: {finding.reason} {finding.remedy}".rstrip()))
        for line in finding.excerpt.splitlines():
            put(f"    {one_line(line)}")
    if not checked.findings:
        put(f"{counted(checked.rules, 'rule')} in {counted(checked.files, 'file')}.")
        return
    numbers = Counter(severity_of(finding.id) for finding in checked.findings)
    counts = [counted(numbers[level], level.value) for level in (Severity.ERROR, Severity.WARNING) if numbers[level]]
    counts += [f"{numbers[Severity.ADVICE]} advice"] if numbers[Severity.ADVICE] else []
    say(f"{', '.join(counts)}. `infobip-rules explain {checked.findings[0].id}` says more.")


def _print_json(checked: Checked) -> None:
    findings = [_record(finding) for finding in checked.findings]
    print_json({"loaded": checked.loaded, "rules": checked.rules, "files": checked.files, "findings": findings})


def _record(finding: Finding) -> Mapping[str, object]:
    return {
        "id": finding.id,
        "severity": severity_of(finding.id).value,
        "file": finding.file,
        "line": finding.line if finding.where else None,
        "column": finding.column,
        "rule": finding.rule,
        "reason": finding.reason,
        "remedy": finding.remedy,
    }


def _print_github(checked: Checked) -> None:
    for finding in checked.findings:
        column = f"col={finding.column}," if finding.column else ""
        place = f"file={_property(finding.file)},line={finding.line},{column}" if finding.where else ""
        message = _escaped(f"{finding.reason} {finding.remedy}".rstrip())
        put(f"::{_GITHUB[severity_of(finding.id)]} {place}title={finding.id}::{message}")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


_PRINTERS: Mapping[CheckFormat, Callable[[Checked], None]] = {
    CheckFormat.TEXT: _print_text,
    CheckFormat.JSON: _print_json,
    CheckFormat.GITHUB: _print_github,
}
