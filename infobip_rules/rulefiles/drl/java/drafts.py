"""Drafts of facts in a body: objects that setters change. Each change makes a new version, which the engine is given."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from infobip_rules.facts import Fact
from infobip_rules.rulefiles.drl.java.collections import own_copy, plain
from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import default_of, kind_of_field
from infobip_rules.signals import Signal

#: Values that are themselves in Java and in Python.
_SIMPLE = frozenset({str, int, float, bool, type(None)})


class FactDraft:
    """One object of a body: of a fact that was matched, or made by `new` and perhaps not complete yet."""

    __slots__ = ("changed", "fields", "kept", "lent", "model", "value")

    def __init__(self, model: type[BaseModel], value: BaseModel | None, fields: dict[str, Any]) -> None:
        self.model = model
        #: The version that the engine knows, or the last one built; None before there is any.
        self.value = value
        self.fields = fields
        #: Set since the engine was last notified.
        self.changed: set[str] = set()
        #: Collections lent to the body for changing, by field.
        self.lent: dict[str, Any] = {}
        #: Whether it is in working memory.
        self.kept = value is not None

    def get(self, field: str) -> Any:
        """Returns the field's value; a collection is the draft's own, which the body may change."""
        value = self.fields[field]
        if not isinstance(value, list | dict | set | frozenset):
            return value
        if field not in self.lent:
            self.lent[field] = own_copy(value)
        return self.lent[field]

    def set(self, field: str, value: Any) -> None:
        """Sets a field, as a setter does."""
        self.lent.pop(field, None)
        self.fields[field] = plain(value)
        self.changed.add(field)

    def take_back(self) -> None:
        """Counts as changed what became of the collections lent."""
        for field, lent in self.lent.items():
            now = plain(lent)
            if now != self.fields[field]:
                self.fields[field] = now
                self.changed.add(field)

    def built(self) -> BaseModel:
        """Returns the object as a value; JavaFailure that names the field which the type wants otherwise."""
        self.take_back()
        if self.value is None or self.changed:
            self.value = self._validated(self.fields)
            self.fields = dict(self.value.__dict__)
        return self.value

    def _validated(self, given: dict[str, Any]) -> BaseModel:
        # A field that nobody set and that has a default of its own takes it.
        unset = {
            name for name, info in self.model.model_fields.items() if not info.is_required() and given[name] is None
        }
        fields = {name: value for name, value in given.items() if name not in unset or name in self.changed}
        try:
            return self.model.model_validate(fields)
        except ValidationError as problem:
            first = problem.errors(include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise JavaFailure(
                "IllegalArgumentException",
                f"{self.model.__name__}.{field} can't be {_shown(given.get(field))}: {first['msg']}.",
                f"Set {field} before the {self.model.__name__} is inserted.",
            ) from None


def _shown(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__} of this value"


def blank(model: type[BaseModel]) -> FactDraft:
    """Returns what `new Order()` gives: fields at their defaults; those without are null, 0 or false."""
    fields = {}
    for name, info in model.model_fields.items():
        fields[name] = (
            default_of(kind_of_field(info)) if info.is_required() else info.get_default(call_default_factory=True)
        )
    return FactDraft(model, None, fields)


class FiringWork:
    """The state of one firing: the engine's context, and the objects it has changed."""

    __slots__ = ("_of", "_originals", "context", "loops", "modified", "touched")

    def __init__(self, context: Any) -> None:
        self.context = context
        self._of: dict[int, FactDraft] = {}
        self._originals: list[object] = []  # kept alive, so that their identity stays theirs
        #: Drafts whose changes the engine does not know.
        self.touched: dict[FactDraft, None] = {}
        self.loops = 0
        #: What `modify` changed in each of the blocks that run, of which rules are notified at its end.
        self.modified: list[dict[FactDraft, frozenset[str]]] = []

    def draft(self, value: Any) -> FactDraft:
        """Returns the draft of an object; one is made at the first change."""
        if isinstance(value, FactDraft):
            return value
        found = self._of.get(id(value))
        if found is None:
            found = FactDraft(type(value), value, dict(value.__dict__))
            self._name(value, found)
        return found

    def present(self, value: Any) -> Any:
        """Returns the draft of an object if there is one, else the object."""
        return self._of.get(id(value), value) if self._of else value

    def read(self, value: Any, field: str) -> Any:
        """Returns a field of an object, as it is now."""
        found = self.present(value)
        if isinstance(found, FactDraft):
            if isinstance(found.fields[field], list | dict | set | frozenset):
                self.touched[found] = None
            return found.get(field)
        held = getattr(found, field)
        if isinstance(held, list | dict | set | frozenset):
            return self.read(self.draft(found), field)
        return held

    def write(self, value: Any, field: str, new: Any) -> None:
        """Sets a field, as a setter does."""
        draft = self.draft(value)
        draft.set(field, new)
        self.touched[draft] = None

    def apply_changes(self) -> None:
        """Applies the changes of this statement without notifying rules: `update` does that."""
        for draft in list(self.touched):
            draft.take_back()
            if draft.kept and draft.changed:
                self._amend(draft)
        self.touched = {draft: None for draft in self.touched if draft.lent}

    def _amend(self, draft: FactDraft) -> None:
        before, changed = draft.value, set(draft.changed)
        after = draft.built()
        element = self.context.element_of(before)
        if element is not None:
            self.context.amend(element, after)
        self._name(after, draft)
        draft.changed = changed

    def insert(self, value: Any, *, logical: bool = False, point: str = "") -> Any:
        """Hands an object to the engine; what setters do to it from here on changes the fact.

        `point` is the entry point of a signal; as in Drools no rule that names one finds what is inserted without.
        """
        made = value.built() if isinstance(value, FactDraft) else value
        if logical:
            inserted = self.context.insert_logical(made)
        elif isinstance(made, Signal):
            inserted = self.context.insert(made, entry_point=point)
        elif point:
            raise JavaFailure(
                "IllegalArgumentException",
                f"A {type(made).__name__} is a fact; only signals come through entry points.",
                "Call insert(...) alone.",
            )
        else:
            inserted = self.context.insert(made)
        draft = self.draft(value)
        draft.value, draft.kept = inserted, True
        draft.changed.clear()
        self._name(inserted, draft)
        return inserted

    def modify(self, value: Any, fields: frozenset[str]) -> None:
        """Notes that these fields of a fact were set, or anything in it if none are named."""
        draft = self.draft(value)
        if self.context.element_of(draft.value) is None:
            self.update(draft, fields)  # says what is wrong
            return
        before = self.modified[-1].get(draft, fields)
        self.modified[-1][draft] = before | fields if before and fields else frozenset()

    def notify_rules(self) -> None:
        """Notifies rules of what `modify` changed in the block that ends, also in facts that it deleted."""
        for draft, fields in self.modified.pop().items():
            self.update(draft, fields)

    def update(self, value: Any, fields: frozenset[str] = frozenset()) -> None:
        """Notifies rules that these fields were set, or of the whole object if none are named."""
        draft = self.draft(value)
        draft.take_back()
        element = self.context.element_of(draft.value)
        if element is not None and element.gone and isinstance(draft.value, Fact):
            after = draft.built()
            self.context.linger(element, after, fields or None)
            draft.changed.clear()
            self._name(after, draft)
            return
        if draft.changed - fields:
            self._amend(draft)
        if not fields:
            self.context.update(draft.value)
            draft.changed.clear()
            return
        after = self.context.modify(draft.value, **{name: draft.fields[name] for name in fields})
        draft.value, draft.fields = after, dict(after.__dict__)
        draft.changed.clear()
        self._name(after, draft)

    def delete(self, value: Any) -> None:
        """Takes an object out of working memory."""
        draft = self.present(value)
        if isinstance(draft, FactDraft):
            draft.kept = False
            value = draft.value
        if value is not None:
            self.context.delete(value)

    def value(self, given: Any) -> Any:
        """Returns an argument for code of Python's: drafts as values, Java's collections as Python's."""
        kind = type(given)
        if kind in _SIMPLE or (not self._of and isinstance(given, BaseModel)):
            return given
        found = self.present(given)
        if isinstance(found, FactDraft):
            return found.built() if not found.kept else found.value
        if isinstance(given, list | tuple):
            return [self.value(value) for value in given]
        return plain(given)

    def _name(self, value: object, draft: FactDraft) -> None:
        self._originals.append(value)
        self._of[id(value)] = draft
