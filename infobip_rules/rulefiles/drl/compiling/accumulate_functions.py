"""Functions of `accumulate`: results by the kind of the values, computed as by the Java classes behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pydantic import BaseModel

from infobip_rules.rulefiles.drl.java import numbers
from infobip_rules.rulefiles.drl.java.collections import by_hash
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import UNBOXED, Kind
from infobip_rules.rulefiles.drl.java.library.index import kind_of_value
from infobip_rules.rulefiles.drl.java.values import equals, keys_of

Result = Callable[[Sequence[Any]], Any]

#: Values of these are distinguished by a dictionary.
_PLAIN = (str, int, float, bool)


def result_of(function: str, kind: Kind) -> Result | None:
    """Returns how a function makes its result of values of a kind; None if the engine's own way is right.

    Whole numbers are summed in their own width, decimals exactly, all else as `double`: 0.0 over nothing. Nulls do not
    count.
    """
    name = UNBOXED.get(kind.name, kind.name)
    if function in ("sum", "average"):
        return _TOTALS.get((function, name), _TOTALS[function, "double"])
    return {"min": _least, "max": _greatest, "collectSet": _set}.get(function)


def _present(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _reals(values: Iterable[Any]) -> list[float]:
    present = _present(values)
    for value in present:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            fact = f"A {kind_of_value(value)} is no number."
            raise JavaFailure("ClassCastException", fact, "Compute with numbers.")
    return [float(value) for value in present]


def _added(values: Sequence[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


def _real_sum(values: Sequence[Any]) -> float:
    return _added(_reals(values))


def _real_average(values: Sequence[Any]) -> float | None:
    present = _reals(values)
    return _added(present) / len(present) if present else None


def _whole_sum(wrap: Callable[[int], int]) -> Result:
    return lambda values: wrap(sum(_present(values)))


def _decimal_sum(values: Sequence[Any]) -> Decimal:
    total = Decimal(0)
    for value in _present(values):
        total = numbers.add_decimal(total, value)
    return total


def _decimal_average(values: Sequence[Any]) -> Decimal:
    """Returns the average, to as many places as the sum has."""
    total, count = _decimal_sum(values), len(_present(values))
    places = Decimal(1).scaleb(int(total.as_tuple().exponent))
    return (
        numbers.EXACT.divide(total, Decimal(count)).quantize(places, ROUND_HALF_UP, numbers.EXACT) if count else total
    )


_TOTALS: dict[tuple[str, str], Result] = {
    ("sum", "double"): _real_sum,
    ("sum", "BigDecimal"): _decimal_sum,
    ("sum", "BigInteger"): lambda values: sum(_present(values)),
    **{("sum", kind): _whole_sum(numbers.WRAP[kind]) for kind in ("short", "byte", "int", "long")},
    ("average", "double"): _real_average,
    ("average", "BigDecimal"): _decimal_average,
}


def _least(values: Sequence[Any]) -> Any:
    return _extreme(min, values)


def _greatest(values: Sequence[Any]) -> Any:
    return _extreme(max, values)


def _extreme(choose: Callable[..., Any], values: Sequence[Any]) -> Any:
    try:
        return choose(_present(values), default=None)
    except TypeError:
        fact = "Values of several types have no order."
        raise JavaFailure("ClassCastException", fact, "Give values of one type.") from None


def _set(values: Sequence[Any]) -> list[Any]:
    """Returns each value once, in the order of Java's HashSet; objects without `@key`, which there have none, as they came."""
    once: list[Any] = []
    seen: set[Any] = set()
    for value in values:
        if isinstance(value, _PLAIN):
            if (type(value), value) not in seen:
                seen.add((type(value), value))
                once.append(value)
        elif not any(equals(value, other) for other in once):
            once.append(value)
    if any(isinstance(value, BaseModel) and not keys_of(type(value)) for value in once):
        return once
    return by_hash(once, len(once))
