"""Cron schedules, as Quartz (and so Drools) writes them: `0 30 9 ? * MON-FRI`, in UTC."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

#: Days of a month, or of its weeks, that an entry such as `L`, `5L` or `2#1` stands for.
_Days = Callable[[int, int], frozenset[int]]

_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
#: Name, lowest, highest and words of each field.
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("second", 0, 59, {}),
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 1, 7, _WEEKDAYS),
    ("year", 1970, 2099, {}),
)
_SPAN = re.compile(r"(\*|\w+)(?:-(\w+))?(?:/(\d+))?")
_LAST_WEEKDAY = re.compile(r"(\w+)L")
_NTH_WEEKDAY = re.compile(r"(\w+)#([1-5])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cron:
    """A schedule that `read_cron` has read."""

    text: str
    times: tuple[time, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: tuple[_Days, ...]

    def after(self, moment: datetime) -> datetime | None:
        """The first of its moments after `moment`, in UTC; None if there is none."""
        now = moment.astimezone(UTC)
        for day in self._dates(now.date()):
            for at in self.times:
                found = datetime.combine(day, at, tzinfo=UTC)
                if found > now:
                    return found
        return None

    def _dates(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                if (year, month) >= (first.year, first.month):
                    for day in sorted(frozenset[int].union(*(days(year, month) for days in self.days))):
                        if (found := date(year, month, day)) >= first:
                            yield found


def read_cron(text: str) -> Cron:
    """The schedule that `text` writes: second, minute, hour, day, month, weekday and perhaps year.

    Raises ValueError with a few words on what is wrong. Either the day of the month or the weekday is given, and the
    other is `?`. `W` (the nearest working day) and `L-3` are not supported.
    """
    fields = text.upper().split()
    if len(fields) not in (6, 7):
        raise ValueError(f"it has {len(fields)} fields, not 6 or 7")
    seconds, minutes, hours, month_days, months, weekdays, years = [*fields, "*"][:7]
    if (month_days == "?") == (weekdays == "?"):
        raise ValueError("one of day and weekday is to be ?, the other not")
    days = (
        [_weekday(part) for part in weekdays.split(",")]
        if month_days == "?"
        else list(map(_day, month_days.split(",")))
    )
    return Cron(
        text=text,
        times=tuple(
            time(hour, minute, second)
            for hour in sorted(_numbers(hours, 2))
            for minute in sorted(_numbers(minutes, 1))
            for second in sorted(_numbers(seconds, 0))
        ),
        months=_numbers(months, 4),
        years=_numbers(years, 6),
        days=tuple(days),
    )


def _numbers(text: str, place: int) -> frozenset[int]:
    return frozenset[int]().union(*(_span(part, place) for part in text.split(",")))


def _span(part: str, place: int) -> frozenset[int]:
    """`*`, `5`, `1-5`, `0/15`, `10-40/10`; a span that ends before it begins goes round."""
    name, lowest, highest, _ = _FIELDS[place]
    found = _SPAN.fullmatch(part)
    if found is None:
        raise ValueError(f"{part} is no {name}")
    start, end, step = found.groups()
    if step is not None and not 0 < int(step) <= highest:
        raise ValueError(f"{part} has no step that fits a {name}")
    first = lowest if start == "*" else _number(start, place)
    last = _number(end, place) if end else (highest if start == "*" or step else first)
    size = highest - lowest + 1
    length = last - first if last >= first else last - first + size
    return frozenset(lowest + (first - lowest + ahead) % size for ahead in range(0, length + 1, int(step or 1)))


def _number(word: str, place: int) -> int:
    name, lowest, highest, words = _FIELDS[place]
    number = words.get(word, int(word) if word.isdecimal() else -1)
    if not lowest <= number <= highest:
        raise ValueError(f"{word} is no {name}")
    return number


def _day(part: str) -> _Days:
    if part == "L":
        return lambda year, month: frozenset({calendar.monthrange(year, month)[1]})
    wanted = _span(part, 3)
    return lambda year, month: wanted & frozenset(range(1, calendar.monthrange(year, month)[1] + 1))


def _weekday(part: str) -> _Days:
    if part == "L":
        part = "7"
    if found := _LAST_WEEKDAY.fullmatch(part):
        wanted = _number(found[1], 5)
        return lambda year, month: frozenset(_dates_of(year, month, frozenset({wanted}))[-1:])
    if found := _NTH_WEEKDAY.fullmatch(part):
        wanted, which = _number(found[1], 5), int(found[2])
        return lambda year, month: frozenset(_dates_of(year, month, frozenset({wanted}))[which - 1 : which])
    several = _span(part, 5)
    return lambda year, month: frozenset(_dates_of(year, month, several))


def _dates_of(year: int, month: int, weekdays: frozenset[int]) -> list[int]:
    """The days of a month that are such days of the week (1 is Sunday)."""
    first, length = date(year, month, 1), calendar.monthrange(year, month)[1]
    return [day for day in range(1, length + 1) if (first + timedelta(days=day - 1)).isoweekday() % 7 + 1 in weekdays]
