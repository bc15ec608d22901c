"""Types that rules may name: the product's, those of `.py` rule files, and those that `.drl` files declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Number

from pydantic import BaseModel

from infobip_rules.engine.rules.fields import closest
from infobip_rules.errors import RuleError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.rulefiles.drl.java.kinds import Kind, kind_named
from infobip_rules.rulefiles.drl.syntax.syntax import TypeName
from infobip_rules.signals import (
    SIGNAL_TYPES,
    MessageMedia,
    ReportError,
    ReportStatus,
    Signal,
    SmsReceivedMessage,
    SmsReceivedReport,
)

#: What comes with the package, by name.
OWN_TYPES: dict[str, type[BaseModel]] = {
    **SIGNAL_TYPES,
    **{
        kind.__name__: kind
        for kind in (
            *(ClientAgent, Fact, Signal, ReportStatus, ReportError, MessageMedia),
            *(SmsReceivedMessage, SmsReceivedReport),
        )
    },
}
#: Java's classes whose values `from` may give, as Python has them; None: anything.
VALUES: dict[str, type | None] = {
    "Object": None,
    "String": str,
    "CharSequence": str,
    "Character": str,
    "Boolean": bool,
    "Number": Number,
    **dict.fromkeys(("Integer", "Long", "Short", "Byte", "BigInteger"), int),
    **dict.fromkeys(("Double", "Float"), float),
    "BigDecimal": Decimal,
    **dict.fromkeys(("List", "ArrayList", "LinkedList", "Collection", "Iterable"), list),
    **dict.fromkeys(("Set", "HashSet", "LinkedHashSet", "TreeSet"), set),
    **dict.fromkeys(("Map", "HashMap", "LinkedHashMap", "TreeMap"), dict),
}


@dataclass(frozen=True, slots=True)
class Types:
    """Classes by their simple name."""

    models: Mapping[str, type[BaseModel]]

    def element(self, written: TypeName, where: str) -> type[BaseModel]:
        """Returns the fact or signal type of a pattern; RuleError with the closest name if there is none."""
        simple = written.name.rpartition(".")[2]
        model = self.models.get(simple)
        if model is not None and issubclass(model, Fact | Signal):
            return model
        if model is not None:
            raise RuleError(
                f"{simple} is neither a fact nor a signal.", "Look at it with `from`: from $report.status.", where=where
            )
        if simple in VALUES:
            raise RuleError(
                f"{simple} is no fact type: working memory holds facts and signals.",
                f"Write {simple}(...) from an expression, collect or accumulate.",
                where=where,
            )
        known = [name for name, kind in self.models.items() if issubclass(kind, Fact | Signal)]
        raise RuleError(
            f"There is no type {simple}.",
            f"{closest(simple, known)} Types are declared here, or defined in a .py file of the same rules.",
            where=where,
        )

    def value(self, written: TypeName, where: str) -> tuple[type | None, Kind]:
        """Returns what `from` is to give: the Python type (None: anything) and the kind."""
        simple = written.name.rpartition(".")[2]
        kind = kind_named(written, self.models)
        if kind.model is not None:
            return kind.model, kind
        if simple not in VALUES:
            known = [*VALUES, *self.models]
            raise RuleError(f"There is no type {simple}.", closest(simple, known), where=where)
        return VALUES[simple], kind
