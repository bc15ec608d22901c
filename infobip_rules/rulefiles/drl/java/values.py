"""Java values in Python: their text, their equality and hash, and Drools' comparison of them in constraints.

Whole numbers are int, `double` float, `BigDecimal` Decimal, `char` a `Char`, null None; collections are those of
`collections`, moments aware datetimes, `LocalDateTime` naive ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.java.collections import Entry, LinkedSet, Maybe, items_of
from infobip_rules.rulefiles.drl.java.date_texts import text_of_duration, text_of_moment, text_of_time
from infobip_rules.rulefiles.drl.java.drafts import FactDraft
from infobip_rules.rulefiles.drl.java.failures import LARGEST, JavaFailure, too_large
from infobip_rules.rulefiles.drl.java.numbers import as_float


class Char(str):
    """A `char`: a text of one UTF-16 unit that is a number in arithmetic."""

    __slots__ = ()


# --- text --------------------------------------------------------------------------------------------------------------


def text_of(value: Any) -> str:
    """Returns what `String.valueOf` and `+` make of a value."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]  # it is a str
    if kind is int:
        return str(value)
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return text_of_double(value)
    return _text_of_object(value)


def _text_of_object(value: Any) -> str:
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return text_of_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return text_of_time(value)
    if isinstance(value, timedelta):
        return text_of_duration(value)
    if isinstance(value, FactDraft):
        return text_of_fields(value.model.__name__, value.fields)
    if isinstance(value, BaseModel):
        return text_of_fields(type(value).__name__, value.__dict__)
    return _text_of_collection(value)


def _text_of_collection(value: Any) -> str:
    if isinstance(value, Mapping):
        items = [f"{text_of(key)}={text_of(value[key])}" for key in value]
        return limited("{" + ", ".join(items) + "}")
    if isinstance(value, list | tuple | LinkedSet | set | frozenset):
        return limited("[" + ", ".join([text_of(item) for item in items_of(value)]) + "]")
    if isinstance(value, Entry):
        return f"{text_of(value.key)}={text_of(value.map[value.key])}"
    if isinstance(value, Maybe):
        return "Optional.empty" if value.value is None else f"Optional[{text_of(value.value)}]"
    return str(value)


def text_of_fields(name: str, fields: Mapping[str, Any]) -> str:
    """Returns how Drools writes an object of a declared type."""
    return limited(f"{name}( " + ", ".join(f"{key}={text_of(value)}" for key, value in fields.items()) + " )")


def text_of_double(number: float) -> str:
    """Returns `Double.toString`: 1.0, 100.5, 1.0E10, NaN, Infinity."""
    return _real_text(number, repr(number), bits=53)


def text_of_float(number: float) -> str:
    """Returns `Float.toString`: the shortest digits that are this value in 32 bits."""
    shortest = next(
        (f"{number:.{digits}g}" for digits in range(1, 10) if as_float(float(f"{number:.{digits}g}")) == number), ""
    )
    return _real_text(number, repr(float(shortest)) if shortest else repr(number), bits=24)


def _real_text(number: float, shortest: str, *, bits: int) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "-0.0" if math.copysign(1, number) < 0 else "0.0"
    sign, digits, exponent = _digits(number, shortest, bits).as_tuple()
    written = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + int(exponent)
    minus = "-" if sign else ""
    if -3 < point <= 7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{written}"
        padded = written.ljust(point, "0")
        return f"{minus}{padded[:point]}.{padded[point:] or '0'}"
    return f"{minus}{written[0]}.{written[1:] or '0'}E{point - 1}"


def _digits(number: float, shortest: str, bits: int) -> Decimal:
    """Returns the digits to show: the shortest; of large whole numbers all that `bits` may hold, as Java up to 18."""
    if not number.is_integer() or abs(number) >= 1 << 63:
        return Decimal(shortest)
    whole = abs(int(number))
    spare = whole.bit_length() - bits - 2
    if spare < -1:
        return Decimal(shortest)
    cut = int(spare * math.log10(2)) if spare > 1 else 0
    kept = (whole + 10**cut // 2) // 10**cut
    return Decimal(kept if number > 0 else -kept).scaleb(cut)


def limited(text: str) -> str:
    """Returns the text; JavaFailure if it is too long to be kept."""
    if len(text) > LARGEST:
        raise too_large("A text", LARGEST)
    return text


# --- equality ----------------------------------------------------------------------------------------------------------


def equals(left: Any, right: Any) -> bool:
    """Returns `left.equals(right)`, null-safe: types are distinguished, but int from long, which here are one."""
    if left is right:
        return True
    if isinstance(left, BaseModel | FactDraft):
        return same_fact(left, right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left.as_tuple() == right.as_tuple()
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) or isinstance(right, float):
        both = isinstance(left, float) and isinstance(right, float)
        return both and (left == right or (math.isnan(left) and math.isnan(right)))
    if isinstance(left, Char) != isinstance(right, Char):
        return False
    return bool(left == right)


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Returns the fields marked `@key` of a declared type: they alone make two of its objects equal."""
    keys: tuple[str, ...] = getattr(model, "drl_keys", ())
    return keys


def same_fact(left: Any, right: Any) -> bool:
    """Returns whether two facts are one: the same object, or of equal `@key` fields if their type has such."""
    if left is right:
        return True
    (model, fields), (other, others) = _contents(left), _contents(right)
    keys = keys_of(model) if model is other and model is not None else ()
    return bool(keys) and all(fields[key] == others[key] for key in keys)


def _contents(fact: Any) -> tuple[type[BaseModel] | None, Mapping[str, Any]]:
    if isinstance(fact, FactDraft):
        return fact.model, fact.fields
    return (type(fact), fact.__dict__) if isinstance(fact, BaseModel) else (None, {})


# --- comparison --------------------------------------------------------------------------------------------------------

_NUMBERS = (int, float, Decimal)


def loosely_equal(left: Any, right: Any) -> bool:
    """Compares as Drools' `==` if the types are not known: numbers by value, all else by `equals`."""
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS) and type(left) is not type(right):
        return not isinstance(left, bool) and not isinstance(right, bool) and left == right
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return equals(left, right)


def compare(left: Any, right: Any) -> int | None:
    """Returns -1, 0 or 1 as `left` is before, equal to or after `right`; None if one is null.

    A number beside a text is compared as text unless the text is a number, as Drools does. JavaFailure for values that
    have no order.
    """
    if left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str):
        left, right = _coerced(left, right)
    try:
        return -1 if left < right else 1 if left > right else 0
    except TypeError:
        raise JavaFailure(
            "ClassCastException",
            f"{_name(left)} and {_name(right)} have no order.",
            "Compare values of one type.",
        ) from None


def _coerced(left: Any, right: Any) -> tuple[Any, Any]:
    text, other = (left, right) if isinstance(left, str) else (right, left)
    try:
        number: Any = Decimal(text)
    except ArithmeticError:
        return text_of(left), text_of(right)
    if not isinstance(other, _NUMBERS):
        return text_of(left), text_of(right)
    return (number, other) if isinstance(left, str) else (other, number)


def _name(value: Any) -> str:
    return type(value).__name__
