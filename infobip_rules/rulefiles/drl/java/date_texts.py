"""Java's text for dates and times."""

from __future__ import annotations

from datetime import datetime, time, timedelta

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def text_of_time(value: datetime | time) -> str:
    """Returns `12:30`, with seconds and fractions only if there are any, in groups of three digits."""
    text = f"{value:%H:%M}"
    if value.second or value.microsecond:
        text += f":{value.second:02}"
    return text + _fraction(value.microsecond)


def _fraction(microsecond: int) -> str:
    if not microsecond:
        return ""
    digits = f"{microsecond:06}"
    return "." + (digits[:3] if digits.endswith("000") else digits)


def text_of_local(value: datetime) -> str:
    """Returns `LocalDateTime.toString`."""
    return f"{value:%Y-%m-%d}T{text_of_time(value)}"


def text_of_moment(value: datetime) -> str:
    """Returns `ZonedDateTime.toString` (`OffsetDateTime`'s, too); a naive one is a `LocalDateTime`."""
    offset = value.utcoffset()
    if offset is None:
        return text_of_local(value)
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "Z"
    return text_of_local(value) + zone


def text_of_instant(value: datetime) -> str:
    """Returns `Instant.toString`: always with seconds."""
    return f"{value:%Y-%m-%dT%H:%M:%S}{_fraction(value.microsecond)}Z"


def text_of_date(value: datetime) -> str:
    """Returns `java.util.Date.toString`, in UTC."""
    return f"{_DAYS[value.weekday()]} {_MONTHS[value.month - 1]} {value:%d %H:%M:%S} UTC {value.year}"


def text_of_duration(value: timedelta) -> str:
    """Returns `Duration.toString`: PT1H30M, PT0S, PT-1.5S."""
    micros = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    if micros == 0:
        return "PT0S"
    sign = -1 if micros < 0 else 1
    seconds, rest = divmod(abs(micros), 1_000_000)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = "PT" + (f"{sign * hours}H" if hours else "") + (f"{sign * minutes}M" if minutes else "")
    if seconds or rest:
        fraction = f"{rest:06}".rstrip("0")
        text += ("-" if sign < 0 else "") + str(seconds) + (f".{fraction}" if fraction else "") + "S"
    return text
