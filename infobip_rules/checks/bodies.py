"""Effects of a rule's body, as far as they can be read from it: the common record of bodies in Python and in DRL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownValue:
    """A value that only a run shows."""


#: A value that the body names: a literal as itself.
UNKNOWN = UnknownValue()


@dataclass(frozen=True, kw_only=True, slots=True)
class GrownField:
    """The field's own value, plus (or, if negative, minus) a number; 0: as it was."""

    alias: str
    field: str
    by: int | float = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """A message that the body sends."""

    #: `file:line`.
    where: str
    #: Runs of literal text, in order; what stands between them is not known.
    pieces: tuple[str, ...]
    #: Whether the pieces are all of the text.
    whole: bool
    #: Whether URLs are shortened; None if it is not known.
    shorten_url: bool | None
    #: Whether it is sent only sometimes (in an `if`, a loop, a `try`).
    conditional: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class MemoryChange:
    """A change to working memory."""

    where: str
    kind: Literal["insert", "modify", "delete"]
    #: The element's name in the rule; empty for an insert, or if it is not known.
    alias: str
    #: The name of the inserted type; empty if it is not known, and for what is no insert.
    type: str
    #: The fields that are given, with literal values, `GrownField` or UNKNOWN.
    values: Mapping[str, object]
    conditional: bool
    #: Whether rules find a signal that is inserted so: in DRL only what comes through an entry point.
    found: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyEffects:
    """All that a body does."""

    sends: tuple[Send, ...] = ()
    changes: tuple[MemoryChange, ...] = ()
    #: Whether it could do more than could be read: it hands on its context to what is not known.
    opaque: bool = False

    def deletes(self, alias: str, *, always: bool = False) -> bool:
        """Returns whether it deletes the element of that name (in any run of it, if `always`)."""
        return any(
            change.kind == "delete" and change.alias == alias and not (always and change.conditional)
            for change in self.changes
        )


#: What is known of a body that can't be read: nothing, and it may do anything.
OPAQUE = BodyEffects(opaque=True)
