"""Times in attributes of rules, as Drools writes them: dates, and timers such as `int: 30s 5m; repeat-limit=3`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from infobip_rules.engine.rules.cron import read_cron
from infobip_rules.engine.rules.model import RuleTimer
from infobip_rules.rulefiles.drl.syntax.durations import seconds

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(r"(\d{1,2})-([A-Za-z]{3})[a-z]*-(\d{4})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d))?)?")
_FORMS = "Write timer(int: 30s 5m), timer(10s) or timer(cron: 0 0 9 * * ?)."
_OPTIONS = ("start", "end", "repeat-limit")
#: Seconds: a timer that fires more often would keep the host busy with one session.
_SHORTEST_INTERVAL = 1.0


def read_moment(written: str) -> datetime | None:
    """Reads `24-Dec-2026`, `24-Dec-2026 18:30` or an ISO date, in UTC unless it says otherwise; None for anything else."""
    found = _DATE.fullmatch(written.strip())
    try:
        if found is None:
            moment = datetime.fromisoformat(written.strip())
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        day, month, year, *time = found.groups()
        hours, minutes, rest = (int(part or 0) for part in time)
        return datetime(int(year), _MONTHS.index(month.lower()) + 1, int(day), hours, minutes, rest, tzinfo=UTC)
    except ValueError:
        return None


def read_timer(written: str) -> RuleTimer:
    """Returns the timer that stands in the parentheses of `timer(...)`.

    ValueError with a fact and a remedy for any other text.
    """
    schedule, *options = written.split(";")
    kind, colon, rest = schedule.partition(":")
    kind, rest = (kind.strip(), rest.strip()) if colon else ("int", schedule.strip())
    given = _options([part for option in options for part in option.split(",")])
    start, end, firings = _moment(given, "start"), _moment(given, "end"), _firings(given)
    if kind == "cron":
        try:
            return RuleTimer(cron=read_cron(rest), start=start, end=end, firings=firings)
        except ValueError as problem:
            raise ValueError(
                str(problem), "Write e.g. timer(cron: 0 30 9 ? * MON-FRI): second, minute, hour ..."
            ) from None
    if kind == "expr":
        raise ValueError("times that are computed are not supported", "Write the times, as in timer(int: 30s 5m).")
    first, every = _intervals(rest) if kind == "int" else (None, None)
    if first is None:
        raise ValueError("it is not understood", _FORMS)
    if every is not None and 0 < every < _SHORTEST_INTERVAL:
        raise ValueError("it repeats more often than each second", "Let it repeat each 1s, or less often.")
    return RuleTimer(first=first, every=every or None, start=start, end=end, firings=firings)


def _intervals(rest: str) -> tuple[float | None, float | None]:
    """Returns the delay, and after how long it is repeated."""
    spans = [seconds(part) for part in rest.split()]
    if len(spans) == 2 and None not in spans:
        return spans[0], spans[1]
    return seconds(rest), None


def _options(parts: list[str]) -> dict[str, str]:
    found = {}
    for name, _, value in (part.partition("=") for part in parts):
        if name.strip() not in _OPTIONS:
            raise ValueError(
                f"there is no {name.strip() or 'option without name'!r}", f"There are {', '.join(_OPTIONS)}."
            )
        found[name.strip()] = value.strip().strip("\"'")
    return found


def _moment(given: Mapping[str, str], name: str) -> datetime | None:
    if name not in given:
        return None
    moment = read_moment(given[name])
    if moment is None:
        raise ValueError(f"{given[name]!r} is no date", f"Write {name}=24-Dec-2026 (UTC).")
    return moment


def _firings(given: Mapping[str, str]) -> int | None:
    """Drools 8 counts one firing less than its limit says, and allows one at least."""
    if "repeat-limit" not in given:
        return None
    try:
        limit = int(given["repeat-limit"])
    except ValueError:
        raise ValueError(f"{given['repeat-limit']!r} is no number", "Write e.g. repeat-limit=3.") from None
    return max(limit - 1, 1) if limit >= 0 else None
