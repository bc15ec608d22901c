"""Names that a rule has bound so far, and the scope that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from pydantic import BaseModel

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.body.scope import BoundName, Function, Global, Scope
from infobip_rules.rulefiles.drl.compiling.types import Types
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError, Mistakes
from infobip_rules.rulefiles.drl.syntax.syntax import SyntaxNode, TypeName

_Found = TypeVar("_Found")


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleScope:
    """The scope that all rules of a package share."""

    file: str
    types: Types
    #: The rule that is being compiled, `package/name`.
    rule: str = ""
    globals: Mapping[str, Global] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    #: Members of classes that the file imports: the class of each by its name.
    imported: Mapping[str, str] = field(default_factory=dict)
    #: Enums of `.py` files, by name.
    enums: Mapping[str, type[Enum]] = field(default_factory=dict)
    #: Entry points that bodies insert into by name, besides those of the signals' types.
    points: frozenset[str] = frozenset()
    mistakes: Mistakes = field(default_factory=Mistakes)

    def error(self, node: SyntaxNode, fact: str, remedy: str = "") -> RuleError:
        """Returns an error that names the place of `node`."""
        return RuleError(fact, remedy, where=self.where(node))

    def where(self, node: SyntaxNode) -> str:
        """Returns `file:line:column`."""
        return f"{self.file}:{node.at.line}:{node.at.column}"

    def unknown(self, node: SyntaxNode, fact: str, name: str, remedy: str) -> RuleError:
        """Returns an error for a name that is not there."""
        if name in self.mistakes.unreadable:
            return FollowUpError(fact, where=self.where(node))
        return self.error(node, fact, remedy)

    def element(self, written: TypeName) -> type[BaseModel]:
        """Returns the fact or signal type of a pattern."""
        return self._found(written, self.types.element)

    def value(self, written: TypeName) -> tuple[type | None, Kind]:
        """Returns what `from` is to give."""
        return self._found(written, self.types.value)

    def _found(self, written: TypeName, look: Callable[[TypeName, str], _Found]) -> _Found:
        try:
            return look(written, self.where(written))
        except RuleError as problem:
            if written.name.rpartition(".")[2] in self.mistakes.unreadable:
                raise FollowUpError(problem.fact) from None
            raise

    def scope(self, bindings: Mapping[str, BoundName], this: Kind | None = None) -> Scope:
        """Returns the scope of an expression of this file."""
        return Scope(
            file=self.file,
            rule=self.rule,
            types=self.types.models,
            this=this,
            bindings=bindings,
            globals=self.globals,
            functions=self.functions,
            imported=self.imported,
            enums=self.enums,
            mistakes=self.mistakes,
        )


@dataclass(kw_only=True, slots=True)
class BoundNames:
    """The names bound so far, and how many positions are taken."""

    bindings: dict[str, BoundName] = field(default_factory=dict)
    positions: int = 0
    #: By name, what other patterns of the rule are seen to read of it (see `reactivity`).
    mentions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def inner(self) -> BoundNames:
        """Returns names for what stands inside `not` or `exists`, which are gone after it with their positions."""
        return replace(self, bindings=dict(self.bindings))

    def folded(self) -> BoundNames:
        """Returns names for what stands inside `accumulate`: in Drools, nothing that reads its elements makes them listen."""
        return replace(self, bindings=dict(self.bindings), mentions={})

    def take_position(self, new: Mapping[str, BoundName]) -> int:
        """Returns the next position, to which names bound while it was examined belong from now on."""
        position = self.positions
        self.positions += 1
        for name, binding in new.items():
            self.bindings[name] = replace(binding, position=position)
        return position
