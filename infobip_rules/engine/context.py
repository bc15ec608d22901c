"""What a rule's body is given: `c.<name>` is the element matched under that name, its methods change working memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from infobip_rules.engine.fields import closest
from infobip_rules.engine.memory import WorkingMemory
from infobip_rules.engine.network import Element
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal

_Model = TypeVar("_Model", bound=BaseModel)


class Work(Protocol):
    """The evaluation under way, as far as a rule's body reaches it."""

    now: datetime
    memory: WorkingMemory
    rulebook: Rulebook

    def number(self) -> int:
        """The number for a new fact."""
        ...


class Context:
    """The `c` of one firing. Effects take hold at once for other rules, and are kept when the whole evaluation succeeds."""

    __slots__ = ("_elements", "_positions", "_rule", "_work")

    def __init__(self, work: Work, rule: str, positions: Mapping[str, int], elements: Sequence[Element]) -> None:
        self._work = work
        self._rule = rule
        self._positions = positions
        self._elements = elements

    def __getattr__(self, name: str) -> Any:
        position = self._positions.get(name)
        if position is None:
            raise RuleError(f"The rule has no element c.{name}.", closest(name, list(self._positions) or ["(none)"]))
        return self._elements[position].value

    @property
    def now(self) -> datetime:
        """The moment of this evaluation, aware, in UTC."""
        return self._work.now

    def insert(self, value: _Model) -> _Model:
        """Puts a fact into working memory (or a signal, which is gone when the evaluation ends); returns it.

        Raises RuleError for what is neither, or of a type that no rule file knows.
        """
        types = self._work.rulebook.signal_types if isinstance(value, Signal) else self._work.rulebook.fact_types
        if not isinstance(value, Fact | Signal):
            raise RuleError(f"{type(value).__name__} is neither a fact nor a signal.", "Make it a subclass of Fact.")
        if types.get(type(value).__name__) is not type(value):
            raise RuleError(
                f"The type {type(value).__name__} is not known to the rules, so that it could not be read back.",
                "Import it by name into a rule file.",
            )
        point = value.entry_point if isinstance(value, Signal) else None
        number = 0 if isinstance(value, Signal) else self._work.number()
        self._work.memory.insert(value, number, entry_point=point, origin=self._rule)
        return value

    def modify(self, value: _Model, /, **changes: Any) -> _Model:
        """Changes fields of a fact or signal and returns the new version (`c.<name>` gives it too).

        Rules look again where they listen to one of the named fields, whether or not its value is another.
        Raises RuleError for an unknown field or a value that does not fit it.
        """
        element = self._find(value)
        current = element.value
        unknown = set(changes) - set(type(current).model_fields)
        if unknown:
            name = min(unknown)
            raise RuleError(
                f"{type(current).__name__} has no field {name!r}.", closest(name, list(type(current).model_fields))
            )
        try:
            changed = type(current).model_validate({**current.__dict__, **changes})
        except ValidationError as problem:
            first = problem.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise RuleError(f"{type(current).__name__}.{field}: {first['msg']}.", "Give a value that fits.") from None
        self._work.memory.modify(element, changed, frozenset(changes), origin=self._rule)
        return changed  # type: ignore[return-value]  # of the type that `value` has

    def delete(self, value: BaseModel) -> None:
        """Takes a fact or signal out of working memory: no rule sees it from here on. A second time does nothing."""
        if not self._work.memory.is_gone(value):
            self._work.memory.delete(self._find(value), origin=self._rule)

    def assert_fact(self, value: Fact | dict[str, Any]) -> Fact:
        """`durable.lang`'s word for `insert`; also takes a dict with the fact's type under `type`."""
        if not isinstance(value, dict):
            return self.insert(value)
        fields = dict(value)
        name = str(fields.pop("type", ""))
        kind = self._work.rulebook.fact_types.get(name)
        if kind is None:
            raise RuleError(
                f"{name!r} is no fact type.",
                closest(name, list(self._work.rulebook.fact_types)) + " Give it under 'type'.",
            )
        try:
            made: Fact = kind.model_validate(fields)  # type: ignore[attr-defined]  # the mapping holds fact types only
        except ValidationError as problem:
            first = problem.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise RuleError(f"{name}.{field}: {first['msg']}.", "Give a value that fits.") from None
        return self.insert(made)

    def retract_fact(self, value: BaseModel) -> None:
        """`durable.lang`'s word for `delete`."""
        self.delete(value)

    def _find(self, value: object) -> Element:
        element = self._work.memory.find(value)
        if element is None:
            raise RuleError(
                f"This {type(value).__name__} is not in working memory (it was deleted, or never inserted).",
                "Use an element of the rule, c.<name>, or what c.insert returned.",
            )
        return element
