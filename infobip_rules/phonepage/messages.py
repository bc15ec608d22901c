"""The messages of all phones as bubbles, read from the journal; unchanged ones are not made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from infobip_rules.channels.registry import Channels
from infobip_rules.journal.interface import History
from infobip_rules.journal.records import InboxRow, OutboxRow
from infobip_rules.phonepage.bubbles import Bubble, bubble_of_received, bubble_of_sent
from infobip_rules.sandbox.fake import FakeInfobip

#: Messages of each direction that are shown, the newest; older ones stay in the journal.
SHOWN = 1_000

_Row = TypeVar("_Row", InboxRow, OutboxRow)
_Made = tuple[InboxRow | OutboxRow, Bubble]


class Messages:
    """Makes bubbles of received and sent messages; the fake knows a text as it reached the phone."""

    def __init__(self, fake: FakeInfobip, channels: Channels) -> None:
        self._fake = fake
        self._channels = channels
        self._places: dict[str, int] = {}
        #: Bubbles with the rows that they were made of.
        self._made: dict[str, _Made] = {}

    async def read(self, history: History) -> list[Bubble]:
        """All bubbles that are shown, in order."""
        received = [
            (channel, await history.signals(kind=channel.received.__name__, limit=SHOWN)) for channel in self._channels
        ]
        sent = await history.messages(limit=SHOWN)
        before, self._made = self._made, {}
        for channel, signals in received:
            for signal in signals:
                self._make(f"in {signal.id}", signal, before, partial(bubble_of_received, channel=channel))
        for message in reversed(sent):
            self._make(message.message_id, message, before, self._bubble_of_sent)
        return sorted((bubble for _, bubble in self._made.values()), key=lambda bubble: bubble.order)

    def _make(self, key: str, row: _Row, before: Mapping[str, _Made], make: Callable[[_Row], Bubble | None]) -> None:
        known = before.get(key)
        bubble = known[1] if known is not None and known[0] == row else make(row)
        if bubble is not None:
            self._made[key] = (row, bubble)

    def _bubble_of_sent(self, row: OutboxRow) -> Bubble:
        # Rows of the outbox show no number: their order is kept here.
        place = self._places.setdefault(row.message_id, len(self._places))
        return bubble_of_sent(row, self._channels, place, self._text_shown)

    def _text_shown(self, message_id: str) -> str | None:
        message = self._fake.latest(message_id)
        return message.delivered_text if message is not None else None
