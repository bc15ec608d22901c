"""`DateTimeFormatter` and `SimpleDateFormat`: patterns such as `dd.MM.yyyy HH:mm`."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from infobip_rules.rulefiles.drl.java.date_texts import text_of_moment
from infobip_rules.rulefiles.drl.java.failures import JavaFailure

_RUNS = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
#: What stands for one letter, by the length of its run: Python's format, and whether zeros in front go.
_WRITTEN: dict[str, str] = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "uu": "%y",
    "y": "%Y",
    "u": "%Y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "-%m",
    "dd": "%d",
    "d": "-%d",
    "HH": "%H",
    "H": "-%H",
    "hh": "%I",
    "h": "-%I",
    "mm": "%M",
    "m": "-%M",
    "ss": "%S",
    "s": "-%S",
    "SSS": "ms",
    "a": "%p",
    "EEEE": "%A",
    "EEE": "%a",
    "EE": "%a",
    "E": "%a",
    "D": "-%j",
    "XXX": "zone",
    "z": "%Z",
    "VV": "%Z",
    "Z": "%z",
}


class DateTimeFormatter:
    """A pattern, ready to write moments, and to read them."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = [_part(run, text) for run in _RUNS.finditer(text)]

    def write(self, value: Any) -> str:
        """Returns the moment, written; JavaFailure if the pattern asks for what it has not."""
        if isinstance(value, datetime):
            moment = value
        elif isinstance(value, date):
            moment = datetime.combine(value, time())
        else:
            moment = datetime.combine(date(1970, 1, 1), value)
        return "".join([literal if literal is not None else _filled(code, moment) for literal, code in self._parts])

    def read(self, text: str) -> datetime:
        """Returns the moment that a text of this pattern says; JavaFailure for any other text."""
        codes = [
            literal.replace("%", "%%")
            if literal is not None
            else {"ms": "%f", "zone": "%z"}.get(code, code.lstrip("-"))
            for literal, code in self._parts
        ]
        try:
            return datetime.strptime(text, "".join(codes))  # noqa: DTZ007 - a local time, unless the pattern has a zone
        except ValueError:
            raise JavaFailure(
                "DateTimeParseException", f"{text[:40]!r} is not of the pattern {self.text!r}.", ""
            ) from None


def _part(run: re.Match[str], pattern: str) -> tuple[str | None, str]:
    quoted, letter = run.groups()
    if quoted is not None:
        return quoted.replace("''", "'") or "'", ""
    if letter is None:
        return run.group(), ""
    if run.group() not in _WRITTEN:
        raise JavaFailure(
            "IllegalArgumentException",
            f"{run.group()!r} of the pattern {pattern!r} is not supported.",
            f"There are: {', '.join(_WRITTEN)}.",
        )
    return None, _WRITTEN[run.group()]


def _filled(code: str, moment: datetime) -> str:
    if code == "ms":
        return f"{moment.microsecond // 1000:03}"
    if code == "zone":
        return text_of_moment(moment)[-6:] if moment.utcoffset() else "Z"
    if code == "%Y":
        return f"{moment.year:04}"
    text = moment.strftime(code.lstrip("-"))
    return (text.lstrip("0") or "0") if code.startswith("-") else text
