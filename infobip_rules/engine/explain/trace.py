"""The trace of an evaluation: why each rule did or did not fire at a signal, as records that a journal keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from infobip_rules.errors import TraceError
from infobip_rules.infobip.phone import mask, mask_numbers

#: What happened to an element.
ChangeKind = Literal["inserted", "changed", "deleted"]
#: Why a rule did not fire. `failed`: a constraint does not hold; `missing`: no element of the type is there; `blocked`: a
#: `not` found something; `deleted`: an element was taken away before; `fired before`: it has fired for these
#: facts already; `unheard`: what changed is nothing it listens to; `held back`: its own attributes keep it from firing;
#: `unfinished`: the evaluation failed, or was halted, before its turn; `unknown`: none of these is seen.
MissKind = Literal[
    "failed", "missing", "blocked", "deleted", "fired before", "unheard", "held back", "unfinished", "unknown"
]
#: Bytes beyond which long texts are cut short, and to how many characters.
_LARGEST = 65_536
_LONGEST_TEXT = 500
#: A value as JSON has it: fields of an element by name, or a plain value.
Shown = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """One value that a rule matched, at its version when the rule fired."""

    #: The name that the rule gives it; empty if it gives none.
    alias: str
    #: `Type#number` for a fact, `Type` for a signal; empty for a value that is no element of working memory.
    element: str
    #: Its fields, those at their defaults left out; or the value itself.
    value: Shown
    #: The entry point it came through; None for facts and plain values.
    entry_point: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedMessage:
    """A message that a rule wants sent."""

    message_id: str
    to: str
    #: Its content, as its channel shows it.
    text: str
    #: Whether its channel shortens the URLs in it.
    shorten_url: bool = False
    #: Why it is not sent, if `to` is no phone number.
    dropped: str = ""
    #: The name of its channel; empty in traces from before there were several.
    channel: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a rule did to one element."""

    kind: ChangeKind
    element: str
    #: Of the fields that changed only: empty for what was inserted.
    before: Mapping[str, Shown]
    #: Of the fields that changed, or all that are not at their defaults for what was inserted; empty for what was deleted.
    after: Mapping[str, Shown]


@dataclass(frozen=True, kw_only=True, slots=True)
class FiredRule:
    """One firing, in the order in which they happened."""

    rule: str
    title: str
    where: str
    salience: int
    matched: tuple[Matched, ...]
    messages: tuple[TracedMessage, ...] = ()
    changes: tuple[Changed, ...] = ()
    #: What else is worth knowing, such as no-loop that kept it from firing again.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedCondition:
    """A line of a rule's condition: a term, or one of its constraints."""

    #: As the rule's author would write it.
    text: str
    #: None: not judged, for what it reads was not there.
    held: bool | None
    #: 0 for a pattern, `not`, `exists` and so on; 1 for a constraint of it, one more for each level of nesting.
    depth: int = 0
    #: The element that was tried: `Type#number`, `Type`, or empty for none or a plain value.
    element: str = ""
    #: The values that a constraint read, by path: `keyword`, `status.groupName`, or `client.phone` of an earlier element.
    seen: Mapping[str, Shown]


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedRule:
    """A rule that did not fire, and how near it was."""

    rule: str
    title: str
    where: str
    salience: int
    kind: MissKind
    #: The reason in words, such as `keyword was JION`.
    why: str
    #: The smaller, the nearer it was to firing; comparable within one trace only.
    distance: float
    #: In the order of the rule; of the branch that came nearest if the rule has several.
    conditions: tuple[TracedCondition, ...]
    #: Which of `conditions` is the first that failed; None if all held.
    failed: int | None = None
    #: The elements that blocked it, or that were deleted before.
    elements: tuple[str, ...] = ()
    #: The rule that deleted or changed what this one needed.
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TracedError:
    """What an evaluation failed with."""

    reason: str
    rule: str = ""
    traceback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What became of one signal, and why."""

    #: The signal's id in the journal; 0 if it is in none.
    signal: int
    #: The name of the signal's type, and its fields (those at their defaults left out).
    type: str
    fields: Mapping[str, Shown]
    received_at: datetime | None
    session: str
    #: The moment of the evaluation, and how long it took in seconds, this explanation left out.
    started_at: datetime
    took: float
    #: How many rules there are.
    rules: int
    fired: tuple[FiredRule, ...]
    #: Rules that did not fire, nearest first; `more` others are left out.
    missed: tuple[MissedRule, ...]
    more: int = 0
    warnings: tuple[str, ...] = ()
    error: TracedError | None = None

    def to_json(self) -> bytes:
        """The trace as compact JSON."""
        try:
            document = orjson.dumps(self, default=_plain)
        except TypeError:  # half a surrogate pair, an integer beyond 64 bits
            document = orjson.dumps(_mapped(self, _storable_leaf, frozenset()))
        return document if len(document) <= _LARGEST else orjson.dumps(_mapped(self, _short_leaf, frozenset()))

    @staticmethod
    def from_json(document: bytes | str) -> Trace:
        """The trace that `to_json` wrote. Raises TraceError for anything else."""
        try:
            return _adapter().validate_json(document)
        except ValidationError:
            raise TraceError(
                "A stored trace can't be read: another version wrote it, or it is damaged.",
                "Evaluate its signal again: `infobip-rules trace ID --rules PATH`.",
            ) from None

    def masked(self) -> Trace:
        """The trace with every phone number in it masked, as it may be shown outside `infobip-rules dev`."""
        hidden: Trace = _mapped(self, _masked_leaf, _PLAIN)
        return replace(hidden, session=mask(self.session))


def _plain(value: object) -> str:
    """Subclasses of datetime, which orjson does not know; everything else is a leaf to be looked at."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError


@cache
def _adapter() -> TypeAdapter[Trace]:
    return TypeAdapter(Trace)


#: Names and places, in which digits are no phone numbers.
_PLAIN = frozenset({"rule", "by", "where", "type", "element", "elements", "message_id", "alias"})


def _masked_leaf(leaf: Any) -> Any:
    if not isinstance(leaf, str | int) or isinstance(leaf, bool):
        return leaf
    shown = str(leaf)
    hidden = mask_numbers(shown)
    return leaf if hidden == shown else hidden


def _storable_leaf(leaf: Any) -> Any:
    if isinstance(leaf, str):
        return leaf.encode(errors="backslashreplace").decode()
    is_long = isinstance(leaf, int) and not -(2**63) <= leaf < 2**63
    return str(leaf) if is_long else leaf


def _short_leaf(leaf: Any) -> Any:
    stored = _storable_leaf(leaf)
    is_long = isinstance(stored, str) and len(stored) > _LONGEST_TEXT
    return f"{stored[:_LONGEST_TEXT]}..." if is_long else stored


def _mapped(part: Any, change: Callable[[Any], Any], keep: frozenset[str]) -> Any:
    """A record, mapping or sequence with every leaf changed, but those of the record fields in `keep`."""
    if is_dataclass(part) and not isinstance(part, type):
        names = [field.name for field in fields(part) if field.name not in keep]
        return replace(part, **{name: _mapped(getattr(part, name), change, keep) for name in names})
    if isinstance(part, Mapping):
        return {change(name): _mapped(inner, change, keep) for name, inner in part.items()}
    if isinstance(part, tuple | list):
        return type(part)([_mapped(inner, change, keep) for inner in part])
    return change(part)
