"""Text of conditions and expressions, as their author wrote them."""

from __future__ import annotations

from typing import Any

from infobip_rules.engine.rules.written import Written
from infobip_rules.rulefiles.python.suggestions import quoted

#: Operators by the names that definitions have for them.
SIGNS = {
    "$eq": "==",
    "$neq": "!=",
    "$lt": "<",
    "$lte": "<=",
    "$gt": ">",
    "$gte": ">=",
    "$and": "&",
    "$or": "|",
    "$add": "+",
    "$sub": "-",
    "$mul": "*",
    "$div": "/",
}
#: Words after a field.
WORDS = {"$mt": "matches", "$imt": "imatches", "$iany": "anyItem", "$iall": "allItems"}


def written(path: object, name: str) -> str:
    """Returns a field, or what is computed, as it stands in the file."""
    if isinstance(path, Written):
        return repr(path)
    if name == "$i":
        return "item" + str(path or "").removeprefix("$i")
    base = "m" if name == "$m" else f"c.{name}"
    return f"{base}.{path}" if path else base


def shown_value(value: Any) -> str:
    """Returns the right side of an operator as it stands in the file."""
    if isinstance(value, Written) and getattr(value, "_op", None) in ("$and", "$or"):
        return f"({value!r})"
    return quoted(value)
