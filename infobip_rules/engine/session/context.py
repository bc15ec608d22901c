"""The context of a firing, a rule body's `c`: `c.<name>` is the element matched under that name, methods change memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NoReturn, Protocol, TypeVar

from durable import lang as durable
from pydantic import BaseModel, ValidationError

from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.durable_words import ON_CONTEXT
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.errors import RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import Signal
from infobip_rules.timers import Delay, TimerChange, checked_name, due_moment, payload_of

_Model = TypeVar("_Model", bound=BaseModel)


class Work(Protocol):
    """The evaluation under way, as far as a rule's body reaches it."""

    now: datetime
    memory: WorkingMemory
    rulebook: Rulebook
    #: The timers set and cancelled so far, by name.
    timers: dict[str, TimerChange]

    def number(self) -> int:
        """Returns the number for a new fact or timer."""
        ...


class Context:
    """The `c` of a firing. Effects take hold at once for other rules, and are kept when the whole evaluation succeeds.

    `c.<name>` is the element matched under that name, in its present version. In a rule with alternatives (`when_any`,
    `any`) the elements of those that did not match are None: `if c.join: ...`.
    """

    _work: Work
    _rule: str
    _names: Iterable[str]
    _elements: Sequence[Element]
    _absent: Collection[str]

    def __init__(
        self,
        work: Work,
        rule: str,
        names: Iterable[str],
        elements: Sequence[Element],
        absent: Collection[str] = (),
    ) -> None:
        own = {"_work": work, "_rule": rule, "_names": names, "_elements": elements, "_absent": absent}
        for name, element in zip(names, elements, strict=True):
            own[name] = element.value
        object.__setattr__(self, "__dict__", own)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"c.{name} can't be set: change facts by c.modify(...).")

    def __getattr__(self, name: str) -> Any:
        if name in self._absent:
            return None
        if name in ON_CONTEXT:
            raise NoSuchElementError(
                f"c.{name} is a word of durable.lang: it {ON_CONTEXT[name].what}.", ON_CONTEXT[name].remedy
            )
        known = [*self._names, *self._absent]
        raise NoSuchElementError(f"The rule has no element c.{name}.", closest(name, known or ["(none)"]))

    @property
    def now(self) -> datetime:
        """The moment of this evaluation, aware, in UTC."""
        return self._work.now

    def insert(self, value: _Model, *, entry_point: str | None = None) -> _Model:
        """Inserts a fact into working memory (or a signal, which is gone when the evaluation ends); returns it.

        A signal comes through its type's entry point, or another if a rule in Drools' language names one.
        Raises RuleError for what is neither, or of a type that no rule file knows.
        """
        if not isinstance(value, Fact | Signal):
            raise _wrong(value, "neither a fact nor a signal", "Make it a subclass of Fact.")
        self._check_known(value)
        point = None
        if isinstance(value, Signal):
            point = value.entry_point if entry_point is None else entry_point
        number = 0 if isinstance(value, Signal) else self._work.number()
        self._work.memory.insert(value, number, entry_point=point, origin=self._rule)
        return value

    def modify(self, value: _Model, /, **changes: Any) -> _Model:
        """Changes fields of a fact or signal and returns the new version (`c.<name>` gives it too).

        Rules that listen to one of the named fields are matched anew, whether or not its value is another.
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
        self._rename(element)
        return changed  # type: ignore[no-any-return]  # of the type that `value` has

    def insert_logical(self, value: _Model) -> _Model:
        """Inserts a fact that lasts as long as what the rule matched does; returns it, or the equal fact that is there.

        An equal fact that was inserted logically before has one more justification then, and goes with the last; a fact
        that was inserted outright stays as it is. What a match with a signal justifies goes when the evaluation ends.
        """
        if not isinstance(value, Fact):
            raise _wrong(value, "not a fact", "Make it a subclass of Fact.")
        self._check_known(value)
        element = self._work.memory.insert_logical(value, self._work.number, origin=self._rule)
        return element.value  # type: ignore[no-any-return]  # of the type that `value` has

    def update(self, value: BaseModel) -> None:
        """Has all rules matched anew with a fact or signal, whatever fields they read (Drools' `update`)."""
        element = self._find(value)
        self._work.memory.modify(element, element.value, None, origin=self._rule)

    def linger(self, element: Element, value: BaseModel, changed: frozenset[str] | None) -> None:
        """Propagates a change of a fact that is deleted, as Drools does (see `WorkingMemory.linger`)."""
        self._work.memory.linger(element, value, changed, origin=self._rule)

    def amend(self, element: Element, value: BaseModel) -> None:
        """Replaces the version of an element without any rule being matched anew, as a setter does in Drools."""
        self._work.memory.amend(element, value)
        self._rename(element)

    def halt(self) -> None:
        """Stops this evaluation: no other rule fires; what waits to fire does so in the next."""
        self._work.memory.halted = True

    def set_focus(self, group: str) -> None:
        """Gives the focus to an agenda group: its rules fire before those of the groups that have it now."""
        self._work.memory.agenda.focus(group)

    def at(self, position: int) -> Any:
        """Returns what was matched at a position of the rule, in its present version."""
        element = self._elements[position]
        # An element's value is its present version; what was computed may hold older ones.
        return element.value if type(element) is Element else self._present(element.value)

    def element(self, position: int) -> Element:
        """Returns the element at a position of the rule, as `amend` takes it."""
        return self._elements[position]

    def element_of(self, value: object) -> Element | None:
        """Returns the element that `value` is, or was, a version of, as `amend` takes it; None if it is in no working memory."""
        return self._work.memory.elements.find(value)

    def _present(self, value: Any) -> Any:
        """Returns the present version of a value, elements in results included."""
        if isinstance(value, list | tuple):
            return type(value)([self._present(item) for item in value])
        element = self._work.memory.elements.find(value) if isinstance(value, BaseModel) else None
        return value if element is None else element.value

    def _rename(self, element: Element) -> None:
        for name, own in zip(self._names, self._elements, strict=True):
            if own is element:
                self.__dict__[name] = element.value

    def delete(self, value: BaseModel) -> None:
        """Deletes a fact or signal from working memory: no rule sees it from here on. A second time does nothing."""
        element = self._work.memory.elements.find(value)
        if element is None:
            raise _not_there(value)
        if not element.gone:
            self._work.memory.delete(element, origin=self._rule)

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

    def schedule(
        self, signal: Signal, *, at: datetime | None = None, after: Delay | None = None, name: str | None = None
    ) -> str:
        """Schedules `signal` for the session, at a moment or `after` a time (seconds, a timedelta, or "15m", "2h", "3d").

        Returns the timer's name: `name`, or one that no other timer of the session has. A timer of the same name is
        replaced. Timers last through restarts; one that came due meanwhile rings at the start::

            c.schedule(PaymentReminder(order=c.order.number), after="3d", name=f"reminder {c.order.number}")

        Raises RuleError unless exactly one of `at` and `after` is given, for a moment without time zone, a negative
        delay, a signal of a type that no rule file knows or that would not be read back as it is.
        """
        if not isinstance(signal, Signal):
            raise _wrong(signal, "not a signal", "Make it a subclass of Signal.")
        self._check_known(signal)
        due_at, payload = due_moment(self._work.now, at=at, after=after), payload_of(signal)
        kind = type(signal).__name__
        chosen = f"{kind}#{self._work.number()}" if name is None else checked_name(name)
        self._change_timer(TimerChange(name=chosen, due_at=due_at, kind=kind, payload=payload))
        return chosen

    def cancel(self, name: str) -> None:
        """Cancels the timer of that name; if there is none, or it has rung, nothing happens."""
        self._change_timer(TimerChange(name=checked_name(name)))

    def _change_timer(self, change: TimerChange) -> None:
        # Removed first: of several changes the last counts, also in the order in which timers of one moment ring.
        self._work.timers.pop(change.name, None)
        self._work.timers[change.name] = change

    def _check_known(self, value: Fact | Signal) -> None:
        types = self._work.rulebook.signal_types if isinstance(value, Signal) else self._work.rulebook.fact_types
        if types.get(type(value).__name__) is not type(value):
            raise RuleError(
                f"The type {type(value).__name__} is not known to the rules, so that it could not be read back.",
                "Import it by name into a rule file.",
            )

    def _find(self, value: object) -> Element:
        element = self._work.memory.elements.find(value)
        if element is None or element.gone:
            raise _not_there(value)
        return element


def names_matched(context: Context) -> Iterable[str]:
    """Returns the names of what was matched, by position."""
    return context._names


class NoSuchElementError(RuleError, AttributeError):
    """A body asks for an element that its rule does not name; an AttributeError too, for `hasattr` and `getattr`."""


def _wrong(value: object, what: str, remedy: str) -> RuleError:
    if isinstance(value, type) and issubclass(value, BaseModel):
        return RuleError(f"{value.__name__} is the type, {what}.", f"Write {value.__name__}(...), with its fields.")
    if value is None:
        return RuleError(f"None is {what}.", "An element that did not match is None: ask first, `if c.join: ...`.")
    if isinstance(value, durable.value | durable.avalue):
        return RuleError(f"{value!r} is a condition, {what}.", "Write c.<element>, or what of it is meant.")
    return RuleError(f"{type(value).__name__} is {what}.", remedy)


def _not_there(value: object) -> RuleError:
    if value is None or isinstance(value, type | durable.value | durable.avalue):
        return _wrong(value, "not something in working memory", "")
    return RuleError(
        f"This {type(value).__name__} is not in working memory (it was deleted, or never inserted).",
        "Use an element of the rule, c.<name>, or what c.insert returned.",
    )
