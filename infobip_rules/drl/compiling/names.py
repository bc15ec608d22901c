"""What a rule has bound so far, and which fields of what it matched are read later on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from infobip_rules.drl.compiling.types import Types
from infobip_rules.drl.kinds import Kind
from infobip_rules.drl.scope import Binding, Function, Global, Scope
from infobip_rules.drl.syntax import Node
from infobip_rules.errors import RuleError


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What all rules of a package share."""

    file: str
    types: Types
    #: The rule that is being compiled, `package/name`.
    rule: str = ""
    globals: Mapping[str, Global] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    def error(self, node: Node, fact: str, remedy: str = "") -> RuleError:
        """An error that names the place of `node`."""
        return RuleError(fact, remedy, where=self.where(node))

    def where(self, node: Node) -> str:
        """`file:line:column`."""
        return f"{self.file}:{node.at.line}:{node.at.column}"

    def scope(self, bindings: Mapping[str, Binding], this: Kind | None = None) -> Scope:
        """For an expression of this file."""
        return Scope(
            file=self.file,
            rule=self.rule,
            types=self.types.models,
            this=this,
            bindings=bindings,
            globals=self.globals,
            functions=self.functions,
        )


@dataclass(kw_only=True, slots=True)
class Names:
    """The names bound so far, and for each position the fields that are read of it by what comes later."""

    bindings: dict[str, Binding] = field(default_factory=dict)
    heard: list[set[str]] = field(default_factory=list)

    def inner(self) -> Names:
        """For what stands inside `not` or `exists`: its names and positions are gone behind it."""
        return Names(bindings=dict(self.bindings), heard=list(self.heard))

    def folded(self) -> Names:
        """For what stands inside `accumulate`: as in Drools, what it reads does not make the patterns before it listen."""
        return Names(bindings=dict(self.bindings), heard=[set() for _ in self.heard])

    def take_position(self, new: Mapping[str, Binding]) -> int:
        """The next position, to which names bound while it was looked at belong from now on."""
        position = len(self.heard)
        self.heard.append(set())
        for name, binding in new.items():
            self.bindings[name] = replace(binding, position=position)
        return position

    def hear(self, scope: Scope) -> None:
        """Notes what an expression reads of earlier positions."""
        for position, names in scope.joins.items():
            self.heard[position] |= names
