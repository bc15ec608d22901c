"""Closures with their kind, and the compiler that makes them of the nodes of a body or constraint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from infobip_rules.rulefiles.drl.body.scope import Run, Scope
from infobip_rules.rulefiles.drl.java import foreign_names
from infobip_rules.rulefiles.drl.java.failures import BodyError, JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import OBJECT, VOID, Kind, kind_named
from infobip_rules.rulefiles.drl.syntax.syntax import Expression, SyntaxNode, TypeName

#: Places in the frame of a body; its variables follow.
THIS, BEFORE, WORK, RESULT, FIRST_LOCAL = range(5)


class Closure(NamedTuple):
    """A compiled expression, and what is known of its value."""

    run: Run
    kind: Kind
    #: Known now: `run` may be called with None.
    constant: bool = False


@dataclass(frozen=True, slots=True)
class LocalVariable:
    """A local variable."""

    place: int
    kind: Kind


@dataclass(slots=True)
class Body:
    """The body or function being compiled: its variables, innermost block last."""

    blocks: list[dict[str, LocalVariable]] = field(default_factory=lambda: [{}])
    size: int = FIRST_LOCAL
    #: What a function gives back; None in a rule's body.
    result: Kind | None = None
    #: The fields that setters change, by the name of the variable they are called on.
    setters: dict[str, set[str]] = field(default_factory=dict)
    #: Those that `modify` changes.
    modified: dict[str, set[str]] = field(default_factory=dict)
    loops: int = 0
    #: What names of the left side stood for when the rule fired, by name: the place it is kept at, and how it is read.
    kept: dict[str, tuple[LocalVariable, Run]] = field(default_factory=dict)

    def find(self, name: str) -> LocalVariable | None:
        """Returns the variable of that name."""
        return next((block[name] for block in reversed(self.blocks) if name in block), None)

    def keep(self, name: str, kind: Kind, run: Run) -> LocalVariable:
        """Returns the variable that keeps what `name` stood for when the rule fired, whatever its body changes later."""
        if name not in self.kept:
            self.kept[name] = (LocalVariable(self.size, kind), run)
            self.size += 1
        return self.kept[name][0]

    def add(self, name: str, kind: Kind) -> LocalVariable:
        """Adds a variable to the innermost block and returns it."""
        self.blocks[-1][name] = made = LocalVariable(self.size, kind)
        self.size += 1
        return made


class Compiler:
    """Compiles the expressions and statements of one scope."""

    def __init__(self, table: Table, scope: Scope, body: Body | None = None) -> None:
        self._table = table
        self.scope = scope
        #: None in a constraint, which compares as Drools does and changes nothing.
        self.body = body

    def within(self, scope: Scope) -> Compiler:
        """Returns the compiler of expressions of another scope, which stand in no body."""
        return Compiler(self._table, scope)

    def typed(self, node: Expression) -> Closure:
        """Returns the expression, compiled; one that is constant is computed once."""
        return self._table[type(node)](self, node)

    def value(self, node: Expression) -> Closure:
        """Compiles an expression that must have a value."""
        typed = self.typed(node)
        if typed.kind == VOID:
            raise self.scope.error(node, "This has no value.", "It can only stand as a statement.")
        return typed

    def kind(self, written: TypeName) -> Kind:
        """Returns the kind a type's name means; RuleError for a class that is not there."""
        kind = kind_named(written, self.scope.types)
        self._check(kind, written)
        return kind

    def _check(self, kind: Kind, written: TypeName) -> None:
        from infobip_rules.rulefiles.drl.java.kinds import BOXED
        from infobip_rules.rulefiles.drl.java.library.index import CLASSES

        if (
            kind.model is None
            and kind.name not in CLASSES
            and kind.name not in (*BOXED, "void", "var", "Number", "Comparable")
        ):
            strange = foreign_names.class_of(written.name)
            if strange is not None:
                raise self.scope.error(written, *strange)
            known = [*CLASSES, *self.scope.types]
            raise self.scope.unknown(written, f"The class {kind.name} is not known here.", kind.name, known)
        for inside in kind.arguments:
            if inside != OBJECT and inside.name != "?":
                self._check(inside, written)

    def failing(self, node: SyntaxNode) -> Failing:
        """Makes errors of running that name the node's place."""
        return Failing(self.scope.where(node.at), in_body=self.body is not None)


#: What compiles each type of node.
Table: TypeAlias = Mapping[type, Callable[[Compiler, Any], Closure]]


class Failing:
    """Factory of errors that name one place."""

    __slots__ = ("in_body", "where")

    def __init__(self, where: str, *, in_body: bool) -> None:
        self.where = where
        self.in_body = in_body

    def error(self, problem: JavaFailure) -> BodyError:
        """Returns the error for a failed method of the library."""
        return BodyError(f"{problem.fact} ({problem.name})", problem.remedy, where=self.where)

    def null(self, text: str) -> BodyError:
        """Returns the error for a null at a place that needs a value."""
        if text == "null":
            return BodyError(
                "null stands where a value is needed. (NullPointerException)", "Write a value.", where=self.where
            )
        return BodyError(
            f"`{text}` is null here. (NullPointerException)",
            f"Test it first: if ({text} != null) {{ ... }}." if self.in_body else f"Write {text} != null before it.",
            where=self.where,
        )

    def wrong(self, fact: str, remedy: str = "") -> BodyError:
        """Returns the error for any other failure."""
        return BodyError(fact, remedy, where=self.where)


def constant(value: Any, kind: Kind) -> Closure:
    """Returns the closure of a value that is known now."""
    return Closure(lambda _: value, kind, constant=True)


def folded(typed: Closure, *parts: Closure) -> Closure:
    """Returns the same, computed now if all its parts are constant and that succeeds."""
    if not all(part.constant for part in parts):
        return typed
    try:
        return constant(typed.run(None), typed.kind)
    except (BodyError, JavaFailure):
        return typed
