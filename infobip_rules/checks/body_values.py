"""Values in a rule's body as far as a reader knows them, and the record that it keeps of what the body does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from infobip_rules.checks.bodies import UNKNOWN, BodyEffects, GrownField, MemoryChange, Send


@dataclass(frozen=True, slots=True)
class ElementValue:
    """An element that the rule matched, by its name."""

    alias: str


@dataclass(frozen=True, slots=True)
class TextValue:
    """A text, as far as it is known: runs of literal text in order, and whether they are all of it."""

    pieces: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class NewValue:
    """A fact or signal that the body makes, with the fields that it is given."""

    type: str
    fields: Mapping[str, object]


#: A text of which nothing is known.
_NO_TEXT = TextValue((), False)


@dataclass(kw_only=True, slots=True)
class BodyRecord:
    """The effects that a body was seen to have so far."""

    sends: list[Send] = field(default_factory=list)
    changes: list[MemoryChange] = field(default_factory=list)
    #: Whether the body may do more than could be read.
    opaque: bool = False

    def send(self, text: object, shorten_url: object, *, where: str, conditional: bool) -> None:
        """Records a message."""
        known = text if isinstance(text, TextValue) else _NO_TEXT
        self.sends.append(
            Send(
                where=where,
                pieces=known.pieces,
                whole=known.whole,
                shorten_url=shorten_url if isinstance(shorten_url, bool) else None,
                conditional=conditional,
            )
        )

    def change(
        self,
        kind: Literal["insert", "modify", "delete"],
        target: object,
        values: Mapping[str, object],
        *,
        where: str,
        conditional: bool,
        found: bool = True,
    ) -> None:
        """Records a change to working memory: `values` are the fields given beside the target."""
        self.changes.append(
            MemoryChange(
                where=where,
                kind=kind,
                alias=target.alias if isinstance(target, ElementValue) else "",
                type=target.type if isinstance(target, NewValue) else "",
                values=target.fields if isinstance(target, NewValue) else values,
                conditional=conditional,
                found=found,
            )
        )

    def effects(self) -> BodyEffects:
        """Returns all that was recorded."""
        return BodyEffects(sends=tuple(self.sends), changes=tuple(self.changes), opaque=self.opaque)


def literal(value: object) -> object:
    """Returns the value as checks compare it: a whole text as itself, UNKNOWN for what only a run shows."""
    if isinstance(value, TextValue):
        return value.pieces[0] if value.whole and len(value.pieces) == 1 else UNKNOWN
    return value if value is None or isinstance(value, bool | int | float | GrownField) else UNKNOWN


def joined(parts: Sequence[object]) -> TextValue:
    """Joins values to one text; neighbouring parts that are known become one piece."""
    pieces: list[str] = []
    whole, open_end = True, False
    for part in parts:
        known = part if isinstance(part, TextValue) else _NO_TEXT
        if isinstance(part, int) and not isinstance(part, bool):
            known = TextValue((str(part),), True)
        if pieces and open_end and known.whole and known.pieces:
            pieces[-1] += known.pieces[0]
        else:
            pieces += known.pieces
        whole, open_end = whole and known.whole, known.whole
    return TextValue(tuple(pieces), whole)


def added(left: object, right: object) -> object:
    """Returns `left + right`: a text, or a field that grows by a number."""
    if isinstance(left, TextValue) or isinstance(right, TextValue):
        return joined([left, right])
    return grown(left, right)


def subtracted(left: object, right: object) -> object:
    """Returns `left - right`: a field that shrinks by a number."""
    return grown(left, -right) if isinstance(right, int | float) else UNKNOWN


def grown(left: object, by: object) -> object:
    """Returns the value of a field that a number is added to; UNKNOWN for anything else."""
    if isinstance(left, GrownField) and isinstance(by, int | float):
        return GrownField(alias=left.alias, field=left.field, by=left.by + by)
    return UNKNOWN
