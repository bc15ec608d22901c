"""Rule files for checks, written with what they all import, and reviewed; `# <-` marks the line of a finding."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules

HEAD = """\
from typing import Any
from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport
from infobip_rules.lang import *

class Visit(Fact):
    count: int = 0
    state: str = ""

"""
MARK = "# <-"


def written(folder: Path, source: str, name: str = "rules.py") -> Path:
    """The file with the source below `HEAD`."""
    file = folder / name
    file.write_text(HEAD + source, encoding="utf-8")
    return file


def findings(folder: Path, source: str) -> list[Finding]:
    """What is found in the source, without what tests leave aside: that nobody reads Visit."""
    found = review(load_rules([written(folder, source)]))
    return [finding for finding in found if not (finding.id == "RULE030" and " Visit" in finding.reason)]


def marked_line(source: str) -> int:
    """The line of the file on which the mark stands."""
    lines = (HEAD + source).splitlines()
    (number,) = [number for number, line in enumerate(lines, 1) if MARK in line]
    return number
