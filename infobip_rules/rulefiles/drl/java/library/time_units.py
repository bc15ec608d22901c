"""`Duration`, `ChronoUnit`, `DayOfWeek` and `Month`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from infobip_rules.rulefiles.drl.java.date_texts import text_of_duration
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Overloads, does
from infobip_rules.rulefiles.drl.java.library.integers import comparison
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS

_MICRO = timedelta(microseconds=1)


def whole_months(start: Any, end: Any) -> int:
    """Returns full months between two dates, towards zero."""
    months: int = (end.year - start.year) * 12 + end.month - start.month
    rest = _within_month(end), _within_month(start)
    if months > 0 and rest[0] < rest[1]:
        return months - 1
    return months + 1 if months < 0 and rest[0] > rest[1] else months


def _within_month(value: Any) -> tuple[int, ...]:
    if isinstance(value, datetime):
        return value.day, value.hour, value.minute, value.second, value.microsecond
    return (value.day,)


class ChronoUnit:
    """One of ChronoUnit's constants."""

    __slots__ = ("length", "months", "name")

    def __init__(self, name: str, length: timedelta | None, months: int = 0) -> None:
        self.name, self.length, self.months = name, length, months

    def __str__(self) -> str:
        return self.name.capitalize()

    @staticmethod
    def named(name: str) -> ChronoUnit:
        """Returns the unit of that name."""
        return UNITS[name]

    def between(self, start: Any, end: Any) -> int:
        """Returns full units from `start` to `end`, towards zero; JavaFailure for a date beside a time."""
        try:
            if self.length is None:
                months = whole_months(start, end)
                return abs(months) // self.months * (1 if months >= 0 else -1)
            span: timedelta = end - start
        except (TypeError, AttributeError):
            raise JavaFailure(
                "DateTimeException", "A date and a time have no time between them.", "Compare like with like."
            ) from None
        count = abs(span) // self.length
        return count if span >= timedelta() else -count

    def truncate(self, value: datetime) -> datetime:
        """Returns the moment without what is smaller than the unit; JavaFailure beyond days."""
        if self.length is None or self.length > timedelta(days=1):
            raise JavaFailure(
                "UnsupportedTemporalTypeException", f"A time can't be cut to {self}.", "Use DAYS or less."
            )
        midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + (value - midnight) // self.length * self.length


class _Nanos(ChronoUnit):
    __slots__ = ()

    def between(self, start: Any, end: Any) -> int:
        return super().between(start, end) * 1000


UNITS: dict[str, ChronoUnit] = {
    "NANOS": _Nanos("NANOS", _MICRO),
    "MICROS": ChronoUnit("MICROS", _MICRO),
    "MILLIS": ChronoUnit("MILLIS", timedelta(milliseconds=1)),
    "SECONDS": ChronoUnit("SECONDS", timedelta(seconds=1)),
    "MINUTES": ChronoUnit("MINUTES", timedelta(minutes=1)),
    "HOURS": ChronoUnit("HOURS", timedelta(hours=1)),
    "HALF_DAYS": ChronoUnit("HALF_DAYS", timedelta(hours=12)),
    "DAYS": ChronoUnit("DAYS", timedelta(days=1)),
    "WEEKS": ChronoUnit("WEEKS", timedelta(weeks=1)),
    "MONTHS": ChronoUnit("MONTHS", None, 1),
    "YEARS": ChronoUnit("YEARS", None, 12),
    "DECADES": ChronoUnit("DECADES", None, 120),
}
CHRONO_UNIT = JavaClass(
    name="ChronoUnit",
    parents=(OBJECT_CLASS,),
    methods={
        "between": does(ChronoUnit.between, "long", "Object Object"),
        "name": does(lambda unit: unit.name, "String"),
    },
    constants={name: (unit, Kind("ChronoUnit")) for name, unit in UNITS.items()},
)


class Named(str):
    """A constant of DayOfWeek or Month, with its number."""

    __slots__ = ("number",)
    number: int

    @staticmethod
    def row(names: str) -> list[Named]:
        """Constants in their order, from 1 on."""
        made = [Named(name) for name in names.split()]
        for number, constant in enumerate(made, start=1):
            constant.number = number
        return made


DAYS = Named.row("MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY")
MONTHS = Named.row("JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER")


def _row_class(name: str, row: list[Named]) -> JavaClass:
    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={
            "getValue": does(lambda constant: constant.number, "int"),
            "ordinal": does(lambda constant: constant.number - 1, "int"),
            "name": does(str, "String"),
            "compareTo": does(lambda first, second: first.number - second.number, "int", name),
        },
        statics={"of": does(lambda number: row[number - 1], name, "int")},
        constants={str(constant): (constant, Kind(name)) for constant in row},
    )


DAY_OF_WEEK = _row_class("DayOfWeek", DAYS)
MONTH = _row_class("Month", MONTHS)


# --- Duration ----------------------------------------------------------------------------------------------------------


def _between(start: Any, end: Any) -> timedelta:
    if type(start) is date or type(end) is date:
        raise JavaFailure(
            "UnsupportedTemporalTypeException", "Dates have no seconds.", "Use ChronoUnit.DAYS.between(...)."
        )
    span: timedelta = end - start
    return span


def _in(unit: timedelta) -> Overloads:
    return does(lambda span: _towards_zero(span, unit), "long")


def _towards_zero(span: timedelta, unit: timedelta) -> int:
    count = abs(span) // unit
    return count if span >= timedelta() else -count


def _floored(unit: timedelta) -> Callable[[timedelta], int]:
    return lambda span: span // unit


def _of(unit: timedelta) -> Overloads:
    return does(lambda count: _product(unit, count), "Duration", "long")


def _product(unit: timedelta, count: int) -> timedelta:
    try:
        return unit * count
    except OverflowError:
        raise JavaFailure("ArithmeticException", "The duration is too long.", "") from None


_WORDS = {"Days": 86_400.0, "Hours": 3_600.0, "Minutes": 60.0, "Seconds": 1.0, "Millis": 0.001}
_UNITS = {word: timedelta(seconds=seconds) for word, seconds in _WORDS.items()}


def _moving(word: str, unit: timedelta) -> dict[str, Overloads]:
    return {
        f"plus{word}": does(lambda span, count: span + unit * count, "Duration", "long"),
        f"minus{word}": does(lambda span, count: span - unit * count, "Duration", "long"),
    }


DURATION = JavaClass(
    name="Duration",
    parents=(OBJECT_CLASS,),
    methods={
        **{f"to{word}": _in(unit) for word, unit in _UNITS.items() if word != "Seconds"},
        "toSeconds": does(_floored(timedelta(seconds=1)), "long"),
        "getSeconds": does(_floored(timedelta(seconds=1)), "long"),
        "toNanos": does(lambda span: span // _MICRO * 1000, "long"),
        "toHoursPart": does(lambda span: _towards_zero(span, _UNITS["Hours"]) % 24, "int"),
        "toMinutesPart": does(lambda span: _towards_zero(span, _UNITS["Minutes"]) % 60, "int"),
        "toSecondsPart": does(lambda span: _towards_zero(span, _UNITS["Seconds"]) % 60, "int"),
        **{name: method for word, unit in _UNITS.items() for name, method in _moving(word, unit).items()},
        "plus": does(lambda span, other: span + other, "Duration", "Duration"),
        "minus": does(lambda span, other: span - other, "Duration", "Duration"),
        "multipliedBy": does(_product, "Duration", "long"),
        "dividedBy": does(lambda span, count: span / count, "Duration", "long"),
        "negated": does(lambda span: -span, "Duration"),
        "abs": does(abs, "Duration"),
        "isNegative": does(lambda span: span < timedelta(), "boolean"),
        "isZero": does(lambda span: not span, "boolean"),
        "compareTo": does(comparison, "int", "Duration"),
        "toString": does(text_of_duration, "String"),
    },
    statics={
        "between": does(_between, "Duration", "Object Object"),
        **{f"of{word}": _of(unit) for word, unit in _UNITS.items()},
        "of": does(lambda count, unit: _product(unit.length, count), "Duration", "long ChronoUnit"),
    },
    constants={"ZERO": (timedelta(), Kind("Duration"))},
)
