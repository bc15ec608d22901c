"""Batches that Infobip posts, or hands out when pulled, once they are read: items that became signals, and items set aside."""

from __future__ import annotations

import dataclasses
import json
from typing import Literal, NamedTuple, TypeAlias

import orjson

from infobip_rules.signals import Signal

#: What an entry, or a webhook, brings.
Kind: TypeAlias = Literal["message", "report"]

#: Characters of a messageId that people are shown; Infobip's have fewer.
_LONGEST_ID = 100


class ReceivedItem(NamedTuple):
    """A message or delivery report that was understood; plain texts, as it goes from process to process."""

    #: The type of its signal.
    kind: type[Signal]
    #: The signal's JSON.
    payload: str
    #: The number that tells whose it is: the sender of a message, the recipient of what a report is on; or empty.
    address: str
    #: Its own JSON, as sent but for white space.
    raw: str
    #: The same whenever Infobip posts the same item again.
    dedup_key: str
    #: The name of the channel that it came by.
    channel: str

    @property
    def signal(self) -> Signal:
        """The signal, made anew each time."""
        return self.kind.model_validate_json(self.payload)

    def __repr__(self) -> str:
        return f"ReceivedItem(kind={self.kind.__name__}, dedup_key={self.dedup_key!r})"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BadItem:
    """An entry that could not be understood, to be kept for a person to look at."""

    #: Its JSON.
    item: str = dataclasses.field(repr=False)
    #: Which field is wrong, as Infobip spells it (`status.groupName`); empty if it is the whole entry.
    field: str
    #: What is wrong with it ("is missing"); repeats nothing of what was sent.
    reason: str
    #: Empty where it has none that could be one.
    message_id: str = ""


class InboundBatch(NamedTuple):
    """One body, in its order; `items` and `bad` together are all of its results."""

    items: tuple[ReceivedItem, ...]
    bad: tuple[BadItem, ...] = ()
    #: How many were reports where messages were expected, or the reverse; they are taken all the same.
    misdirected: int = 0
    #: Where they came in, for whoever looks at the bad ones later.
    path: str = ""
    #: Names of fields that held a date without its offset from UTC, once for each; it was taken as UTC.
    without_offset: tuple[str, ...] = ()
    #: When its request came, by the clock of `time.monotonic`; None if it came by none.
    began: float | None = None


def message_id_of(entry: object) -> str:
    """The messageId of an entry, however broken the rest of it is; empty where there is none."""
    found = entry.get("messageId") if isinstance(entry, dict) else None
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID and found.isprintable() else ""


def json_of(entry: object, *, sort_keys: bool = False) -> str:
    """An entry as JSON again."""
    try:
        return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS if sort_keys else None).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, or a number of more than 64 bits
        return json.dumps(entry, sort_keys=sort_keys, separators=(",", ":"))
