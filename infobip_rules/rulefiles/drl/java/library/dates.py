"""`LocalDate`, `LocalDateTime`, `LocalTime`, `ZonedDateTime`, `OffsetDateTime`, `Instant` and `Date`."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from infobip_rules.engine.rules.moment import current_moment
from infobip_rules.rulefiles.drl.java.date_texts import text_of_date, text_of_instant, text_of_time
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, Overloads, does
from infobip_rules.rulefiles.drl.java.library.date_formats import DateTimeFormatter
from infobip_rules.rulefiles.drl.java.library.integers import comparison
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.library.time_units import DAYS, MONTHS, ChronoUnit

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Returns the milliseconds since 1970, as `getTime` and `toEpochMilli` give them."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def of_milliseconds(count: int) -> datetime:
    """Returns the moment so many milliseconds after 1970; JavaFailure beyond year 9999."""
    try:
        return _EPOCH + timedelta(milliseconds=count)
    except OverflowError:
        raise JavaFailure("DateTimeException", f"{count} milliseconds reach beyond what is supported.", "") from None


def plus_months(value: Any, count: int) -> Any:
    """Returns the same day, or the last one of a shorter month."""
    years, month = divmod(value.month - 1 + count, 12)
    year = value.year + years
    if not 1 <= year <= 9999:
        raise JavaFailure("DateTimeException", f"The year {year} is not supported.", "")
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def moved(value: Any, count: int, unit: ChronoUnit) -> Any:
    """Implements `plus(count, unit)`."""
    try:
        if unit.length is None:
            return plus_months(value, count * unit.months)
        return value + unit.length * count
    except OverflowError:
        raise JavaFailure("DateTimeException", "The moment reaches beyond what is supported.", "") from None


def _moving(name: str, unit: ChronoUnit) -> dict[str, Overloads]:
    return {
        f"plus{name}": does(lambda value, count: moved(value, count, unit), "this", "long"),
        f"minus{name}": does(lambda value, count: moved(value, -count, unit), "this", "long"),
    }


def _changed(field: str) -> Callable[[Any, int], Any]:
    def change(value: Any, number: int) -> Any:
        try:
            return value.replace(**{field: number})
        except ValueError as problem:
            raise JavaFailure("DateTimeException", f"{problem}.", "") from None

    return change


def _length(value: Any) -> int:
    return calendar.monthrange(value.year, value.month)[1]


def _at_start(value: date) -> datetime:
    return datetime.combine(value, time())


_DATE_UNITS = {
    "Days": ChronoUnit.named("DAYS"),
    "Weeks": ChronoUnit.named("WEEKS"),
    "Months": ChronoUnit.named("MONTHS"),
    "Years": ChronoUnit.named("YEARS"),
}
_TIME_UNITS = {
    "Hours": ChronoUnit.named("HOURS"),
    "Minutes": ChronoUnit.named("MINUTES"),
    "Seconds": ChronoUnit.named("SECONDS"),
    "Nanos": ChronoUnit.named("NANOS"),
}
_ORDER = {
    "isBefore": does(lambda value, other: value < other, "boolean", "Object"),
    "isAfter": does(lambda value, other: value > other, "boolean", "Object"),
    "isEqual": does(lambda value, other: value == other, "boolean", "Object"),
}
_OF_DATE = {
    "getYear": does(lambda value: value.year, "int"),
    "getMonthValue": does(lambda value: value.month, "int"),
    "getMonth": does(lambda value: MONTHS[value.month - 1], "Month"),
    "getDayOfMonth": does(lambda value: value.day, "int"),
    "getDayOfYear": does(lambda value: value.timetuple().tm_yday, "int"),
    "getDayOfWeek": does(lambda value: DAYS[value.weekday()], "DayOfWeek"),
    "withDayOfMonth": does(_changed("day"), "this", "int"),
    "withMonth": does(_changed("month"), "this", "int"),
    "withYear": does(_changed("year"), "this", "int"),
    **{name: method for word, unit in _DATE_UNITS.items() for name, method in _moving(word, unit).items()},
}
_OF_TIME = {
    "getHour": does(lambda value: value.hour, "int"),
    "getMinute": does(lambda value: value.minute, "int"),
    "getSecond": does(lambda value: value.second, "int"),
    "getNano": does(lambda value: value.microsecond * 1000, "int"),
    "withHour": does(_changed("hour"), "this", "int"),
    "withMinute": does(_changed("minute"), "this", "int"),
    "withSecond": does(_changed("second"), "this", "int"),
    "withNano": does(lambda value, nanos: value.replace(microsecond=nanos // 1000), "this", "int"),
}
_TIME_MOVES = {name: method for word, unit in _TIME_UNITS.items() for name, method in _moving(word, unit).items()}
_SHARED = {
    **_ORDER,
    "compareTo": does(comparison, "int", "Object"),
    "format": does(lambda value, pattern: pattern.write(value), "String", "DateTimeFormatter"),
}
_SPANS = {
    "plus": (
        *does(lambda value, span: value + span, "this", "Duration"),
        *does(moved, "this", "long ChronoUnit"),
    ),
    "minus": (
        *does(lambda value, span: value - span, "this", "Duration"),
        *does(lambda value, count, unit: moved(value, -count, unit), "this", "long ChronoUnit"),
    ),
    "until": does(lambda value, other, unit: unit.between(value, other), "long", "Object ChronoUnit"),
}
_TRUNCATED = {"truncatedTo": does(lambda value, unit: unit.truncate(value), "this", "ChronoUnit")}


def _parsed(kind: str, read: Callable[[str], Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            raise JavaFailure(
                "DateTimeParseException", f"{text[:40]!r} is no {kind}.", "Write it as in ISO 8601."
            ) from None

    return parse


def _local(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None or "T" not in text:
        raise ValueError(text)
    return moment


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text.partition("[")[0])
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _checked(make: Callable[..., Any]) -> Callable[..., Any]:
    def build(*numbers: int) -> Any:
        try:
            return make(*numbers)
        except (ValueError, OverflowError) as problem:
            raise JavaFailure("DateTimeException", f"{problem}.", "") from None

    return build


def zone(name: str) -> tzinfo:
    """Implements `ZoneId.of`."""
    if name in ("Z", "UTC", "GMT"):
        return UTC
    try:
        return datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo or ZoneInfo(name)
    except ValueError:
        pass
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise JavaFailure(
            "ZoneRulesException", f"There is no time zone {name[:40]!r}.", "Write one such as Europe/Zagreb."
        ) from None


def _date_difference(value: date, other: date) -> int:
    return value.year - other.year or value.month - other.month or value.day - other.day


LOCAL_DATE = JavaClass(
    name="LocalDate",
    parents=(OBJECT_CLASS,),
    methods={
        **_SHARED,
        **_OF_DATE,
        **_SPANS,
        "lengthOfMonth": does(_length, "int"),
        "isLeapYear": does(lambda value: calendar.isleap(value.year), "boolean"),
        "atStartOfDay": does(_at_start, "LocalDateTime"),
        "atTime": does(
            _checked(lambda value, hour, minute: datetime.combine(value, time(hour, minute))),
            "LocalDateTime",
            "int int",
        ),
        "toEpochDay": does(lambda value: value.toordinal() - date(1970, 1, 1).toordinal(), "long"),
        "compareTo": does(_date_difference, "int", "Object"),
    },
    statics={
        "now": (
            *does(lambda: current_moment().date(), "LocalDate"),
            *does(lambda where: current_moment().astimezone(where).date(), "LocalDate", "ZoneId"),
        ),
        "of": does(_checked(date), "LocalDate", "int int int"),
        "parse": (
            *does(_parsed("date", date.fromisoformat), "LocalDate", "CharSequence"),
            *does(lambda text, pattern: pattern.read(text).date(), "LocalDate", "CharSequence DateTimeFormatter"),
        ),
        "ofEpochDay": does(lambda days: date(1970, 1, 1) + timedelta(days=days), "LocalDate", "long"),
    },
)


LOCAL_TIME = JavaClass(
    name="LocalTime",
    parents=(OBJECT_CLASS,),
    methods={**_SHARED, **_OF_TIME, "toString": does(text_of_time, "String")},
    statics={
        "now": (
            *does(lambda: current_moment().time(), "LocalTime"),
            *does(lambda where: current_moment().astimezone(where).time(), "LocalTime", "ZoneId"),
        ),
        "of": (*does(_checked(time), "LocalTime", "int int"), *does(_checked(time), "LocalTime", "int int int")),
        "parse": does(_parsed("time", time.fromisoformat), "LocalTime", "CharSequence"),
    },
    constants={"MIDNIGHT": (time(), Kind("LocalTime")), "NOON": (time(12), Kind("LocalTime"))},
)
_PARTS = {
    "toLocalDate": does(lambda value: value.date(), "LocalDate"),
    "toLocalTime": does(lambda value: value.time(), "LocalTime"),
}

LOCAL_DATE_TIME = JavaClass(
    name="LocalDateTime",
    parents=(OBJECT_CLASS,),
    methods={
        **_SHARED,
        **_OF_DATE,
        **_OF_TIME,
        **_TIME_MOVES,
        **_SPANS,
        **_TRUNCATED,
        **_PARTS,
        "atZone": does(lambda value, where: value.replace(tzinfo=where), "ZonedDateTime", "ZoneId"),
        "atOffset": does(lambda value, where: value.replace(tzinfo=where), "OffsetDateTime", "ZoneId"),
        "toInstant": does(lambda value, where: value.replace(tzinfo=where).astimezone(UTC), "Instant", "ZoneId"),
        "toEpochSecond": does(lambda value, where: milliseconds(value.replace(tzinfo=where)) // 1000, "long", "ZoneId"),
    },
    statics={
        "now": (
            *does(lambda: current_moment().replace(tzinfo=None), "LocalDateTime"),
            *does(lambda where: current_moment().astimezone(where).replace(tzinfo=None), "LocalDateTime", "ZoneId"),
        ),
        "of": (
            *does(_checked(datetime), "LocalDateTime", "int int int int int"),
            *does(_checked(datetime), "LocalDateTime", "int int int int int int"),
            *does(datetime.combine, "LocalDateTime", "LocalDate LocalTime"),
        ),
        "parse": (
            *does(_parsed("local date and time", _local), "LocalDateTime", "CharSequence"),
            *does(lambda text, pattern: pattern.read(text), "LocalDateTime", "CharSequence DateTimeFormatter"),
        ),
        "ofInstant": does(
            lambda moment, where: moment.astimezone(where).replace(tzinfo=None), "LocalDateTime", "Instant ZoneId"
        ),
    },
)

_OF_MOMENT = {
    "toInstant": does(lambda value: value.astimezone(UTC), "Instant"),
    "toEpochMilli": does(milliseconds, "long"),
    "toEpochSecond": does(lambda value: milliseconds(value) // 1000, "long"),
    "getEpochSecond": does(lambda value: milliseconds(value) // 1000, "long"),
    "getTime": does(milliseconds, "long"),
    "before": does(lambda value, other: value < other, "boolean", "Object"),
    "after": does(lambda value, other: value > other, "boolean", "Object"),
    "atZone": does(lambda value, where: value.astimezone(where), "ZonedDateTime", "ZoneId"),
}


def _zoned(name: str) -> JavaClass:
    return JavaClass(
        name=name,
        parents=(OBJECT_CLASS,),
        methods={
            **_SHARED,
            **_OF_DATE,
            **_OF_TIME,
            **_TIME_MOVES,
            **_SPANS,
            **_TRUNCATED,
            **_PARTS,
            **_OF_MOMENT,
            "toLocalDateTime": does(lambda value: value.replace(tzinfo=None), "LocalDateTime"),
            "withZoneSameInstant": does(lambda value, where: value.astimezone(where), "this", "ZoneId"),
            "getZone": does(lambda value: value.tzinfo, "ZoneId"),
        },
        statics={
            "now": (
                *does(current_moment, name),
                *does(lambda where: current_moment().astimezone(where), name, "ZoneId"),
            ),
            "parse": does(_parsed("moment", _aware), name, "CharSequence"),
            "ofInstant": does(lambda moment, where: moment.astimezone(where), name, "Instant ZoneId"),
            "of": does(lambda value, where: value.replace(tzinfo=where), name, "LocalDateTime ZoneId"),
        },
    )


ZONED = _zoned("ZonedDateTime")
OFFSET = _zoned("OffsetDateTime")

INSTANT = JavaClass(
    name="Instant",
    parents=(OBJECT_CLASS,),
    methods={
        **_ORDER,
        "compareTo": does(comparison, "int", "Object"),
        **_OF_MOMENT,
        **_SPANS,
        **_TRUNCATED,
        **_moving("Seconds", ChronoUnit.named("SECONDS")),
        **_moving("Millis", ChronoUnit.named("MILLIS")),
        "toString": does(text_of_instant, "String"),
    },
    statics={
        "now": does(current_moment, "Instant"),
        "parse": does(_parsed("moment", lambda text: _aware(text).astimezone(UTC)), "Instant", "CharSequence"),
        "ofEpochMilli": does(of_milliseconds, "Instant", "long"),
        "ofEpochSecond": does(lambda seconds: of_milliseconds(seconds * 1000), "Instant", "long"),
    },
    constants={"EPOCH": (_EPOCH, Kind("Instant"))},
)

DATE = JavaClass(
    name="Date",
    parents=(OBJECT_CLASS,),
    methods={
        **{name: _OF_MOMENT[name] for name in ("getTime", "before", "after", "toInstant")},
        "compareTo": does(comparison, "int", "Object"),
        "toString": does(text_of_date, "String"),
    },
    statics={"from": does(lambda moment: moment, "Date", "Instant")},
    constructors=(Method(current_moment, "Date", ()), Method(of_milliseconds, "Date", ("long",))),
)

ZONE = JavaClass(
    name="ZoneId",
    parents=(OBJECT_CLASS,),
    methods={"getId": does(lambda where: "Z" if where is UTC else str(where), "String")},
    statics={"of": does(zone, "ZoneId", "String"), "systemDefault": does(lambda: UTC, "ZoneId")},
    constants={"UTC": (UTC, Kind("ZoneId"))},
)

FORMATTER = JavaClass(
    name="DateTimeFormatter",
    parents=(OBJECT_CLASS,),
    methods={
        "format": does(DateTimeFormatter.write, "String", "Object"),
        "withZone": does(lambda pattern, _: pattern, "this", "ZoneId"),
    },
    statics={"ofPattern": does(DateTimeFormatter, "DateTimeFormatter", "String")},
    constants={
        "ISO_LOCAL_DATE": (DateTimeFormatter("yyyy-MM-dd"), Kind("DateTimeFormatter")),
        "ISO_DATE": (DateTimeFormatter("yyyy-MM-dd"), Kind("DateTimeFormatter")),
        "ISO_LOCAL_TIME": (DateTimeFormatter("HH:mm:ss"), Kind("DateTimeFormatter")),
    },
    constructors=(Method(DateTimeFormatter, "DateTimeFormatter", ("String",)),),
)

SYSTEM = JavaClass(
    name="System",
    statics={
        "currentTimeMillis": does(lambda: milliseconds(current_moment()), "long"),
        "lineSeparator": does(lambda: "\n", "String"),
    },
    constants={name: (None, Kind("PrintStream")) for name in ("out", "err")},
)
