"""Comments that say that a finding is meant to be: `# check: ignore RULE022 the link is to be read whole`."""

from __future__ import annotations

import re

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.source import SourceFiles

#: A reason is asked for: without one the comment is none.
_COMMENT = re.compile(r"(?:#|//)\s*check:\s*ignore\s+([A-Z_]+\d{3}(?:\s*,\s*[A-Z_]+\d{3})*)\s+[^\s,].*")


def is_suppressed(finding: Finding, sources: SourceFiles) -> bool:
    """Returns whether a comment on the finding's line, or in lines of comments right above it, names its id and a reason."""
    source = sources.holding(finding.where)
    if source is None:
        return False
    lines = source.lines[: finding.line]
    candidates = list(lines[-1:])
    for line in reversed(lines[:-1]):
        if not line.lstrip().startswith(("#", "//")):
            break
        candidates.append(line)
    return any(finding.id in comment for line in candidates for comment in _COMMENT.findall(line))
