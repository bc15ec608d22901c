"""Scopes: what names mean in an expression or a body: fields, bindings, globals, functions and types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from pydantic import BaseModel

from infobip_rules.engine.rules.fields import closest
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.models import fieldless
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError, Mistakes
from infobip_rules.rulefiles.drl.syntax.syntax import Expression, Place, SyntaxNode

#: What an expression is evaluated on. In a constraint `(value, before)`: the element examined, and the values matched
#: before it by position. In a body a list, which goes on with the work under way and the local variables.
Frame: TypeAlias = Sequence[Any]
Run: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundName:
    """A name bound on the left side: the value at a position of the rule, or an expression on that value."""

    #: None while the pattern that binds it is itself being compiled: then it stands for the value examined.
    position: int | None
    #: Of the value at the position (not of the expression).
    kind: Kind
    #: Evaluated on the value at the position, as `this`; None: the value itself.
    expression: Expression | None = None
    #: For `accumulate`, whose value is the tuple of its results: which of them.
    result: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Global:
    """A global: its kind, and how its value is obtained."""

    kind: Kind
    value: Callable[[], Any]


@dataclass(kw_only=True, slots=True)
class Function:
    """A function of the file; `call(work, arguments)` is put in once its body is compiled."""

    name: str
    parameters: tuple[Kind, ...]
    result: Kind
    call: Callable[..., Any] | None = None


@dataclass(kw_only=True)
class Scope:
    """The meaning of names at one place of a rule, and the fields that are read there.

    For a constraint: `this` is the kind of the pattern's element, `bindings` those made before. `read` and `joins` fill up
    while expressions are compiled: the fields of `this` that are read (their first level), and those of earlier values by
    position. For a body: `this` is None.
    """

    #: For errors.
    file: str = ""
    #: The rule that is being compiled, `package/name`, for errors while it runs.
    rule: str = ""
    #: Facts, signals and data models by simple name.
    types: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    this: Kind | None = None
    bindings: Mapping[str, BoundName] = field(default_factory=dict)
    globals: Mapping[str, Global] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    #: Members of classes that the file imports: the class of each by its name.
    imported: Mapping[str, str] = field(default_factory=dict)
    #: Enums of `.py` files, by name.
    enums: Mapping[str, type[Enum]] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    joins: dict[int, set[str]] = field(default_factory=dict)
    mistakes: Mistakes = field(default_factory=Mistakes)

    def where(self, at: Place) -> str:
        """Returns `file:line:column`."""
        return f"{self.file}:{at.line}:{at.column}"

    def error(self, node: SyntaxNode, fact: str, remedy: str = "") -> RuleError:
        """Returns an error that names the place of `node`."""
        return RuleError(fact, remedy, where=self.where(node.at))

    def unknown(
        self, node: SyntaxNode, fact: str, name: str, known: Iterable[str], owner: type[BaseModel] | None = None
    ) -> RuleError:
        """Returns an error for a name that is not there, with the closest one that is.

        `owner` is the type it was looked for in.
        """
        nothing = fieldless(owner) if owner is not None else None
        if nothing is not None:
            return nothing
        if name in self.mistakes.unreadable:
            return FollowUpError(fact, where=self.where(node.at))
        names = sorted(set(known))
        return self.error(node, fact, closest(name, names) if names else "There are none.")

    def looking_at(self, kind: Kind, position: int | None) -> Scope:
        """Returns the scope of an expression on the value at `position`: its own fields first, what it reads counts as joined."""
        inner = replace(self, this=kind, read=set())
        if position is None:
            inner.read = self.read
        else:
            inner.read = self.joins.setdefault(position, set())
        return inner
