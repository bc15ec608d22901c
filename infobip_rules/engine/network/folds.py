"""The functions of `accumulate`, with Drools' results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from infobip_rules.engine.rules.model import Fold


def result_of(fold: Fold, values: Sequence[Any]) -> Any:
    """Returns the result of a fold; None if there is none over these values.

    A count is whole, a sum of whole numbers is whole (0 over nothing), an average is not; `collectSet` gives each value
    once, in the order they came.
    """
    return _FOLDS[fold.function](values) if fold.result is None else fold.result(values)


def _present(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _average(values: Sequence[Any]) -> Any:
    present = _present(values)
    if not present:
        return None
    total = sum(present)
    return total / len(present) if isinstance(total, Decimal) else float(total) / len(present)


def _set(values: Sequence[Any]) -> list[Any]:
    once: list[Any] = []
    for value in values:
        if not any(_same(value, other) for other in once):
            once.append(value)
    return once


def _same(value: Any, other: Any) -> bool:
    """Returns whether values are the same: elements by identity, other values if they are equal."""
    return value is other or (not isinstance(value, BaseModel) and type(value) is type(other) and value == other)


_FOLDS: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "count": len,
    "sum": lambda values: sum(_present(values)),
    "average": _average,
    "min": lambda values: min(_present(values), default=None),
    "max": lambda values: max(_present(values), default=None),
    "collectList": list,
    "collectSet": _set,
}
