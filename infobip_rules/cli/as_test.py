"""`trace --as-test`: the history of a session as a conversation file, which plays it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import read
from infobip_rules.cli.options import PERSON
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line
from infobip_rules.cli.trace import find_signal
from infobip_rules.infobip.phone import mask_numbers, why_unreachable
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import InboxRow, OutboxRow
from infobip_rules.signals import Heartbeat, InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage
from infobip_rules.testing.conversation import (
    GROUPS,
    Comment,
    Conversation,
    Incoming,
    Moment,
    Outgoing,
    Report,
    Silence,
    Step,
    Wait,
    write,
)

#: Signals of one session that are written at most: the last ones.
_MOST = 10_000
#: Shorter pauses between messages are left out.
_PAUSE = timedelta(minutes=1)

_RECEIVED, _REPORT, _SENT, _HEARTBEAT = (
    kind.__name__ for kind in (InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage, Heartbeat)
)


def write_test(url: str, name: str, paths: Sequence[Path]) -> int:
    """Prints the history of a signal's session, up to it, as a conversation; returns the exit code.

    Numbers are others than in life, the same one always by the same. Raises JournalError and ConversationError.
    """
    found = read(url, lambda journal: _history(journal, name.strip()))
    if found is None:
        say(f"The journal has no signal {mask_numbers(one_line(name))}.")
        return 1
    signals, messages = found
    steps = steps_of(signals, messages)
    put(write(Conversation(steps=steps, rules=tuple(map(str, paths)))).removesuffix("\n"))
    return 0


def steps_of(
    signals: Sequence[InboxRow], messages: Sequence[OutboxRow], *, numbers: Mapping[str, str] | None = None
) -> tuple[Step, ...]:
    """The steps of signals and messages, both oldest first; `numbers` are written in place of others, made up if missing."""
    return tuple(_Writing(list(messages), numbers=dict(numbers or {})).steps(signals))


async def _history(journal: JournalReader, name: str) -> tuple[list[InboxRow], list[OutboxRow]] | None:
    row = await find_signal(journal, name)
    view = await journal.history.session_view(row.session_key, limit=_MOST) if row is not None else None
    if row is None or view is None:
        return None
    return [signal for signal in reversed(view.signals) if signal.id <= row.id], list(reversed(view.messages))


@dataclass(slots=True)
class _Writing:
    messages: list[OutboxRow]
    #: The number that is written in place of each.
    numbers: dict[str, str] = field(default_factory=dict)
    clock: datetime | None = None
    #: The messages that have gone out, the last one last.
    sent: list[OutboxRow] = field(default_factory=list)
    silent: bool = False

    def steps(self, signals: Sequence[InboxRow]) -> Iterator[Step]:
        """The steps of these signals and of the messages that they led to."""
        for row in signals:
            payload = json.loads(row.payload)
            caused = [
                message
                for message in self.messages
                if message.inbox_id == row.id and why_unreachable(message.recipient) is None  # the others are dropped
            ]
            if row.kind != _SENT and (caused or row.kind != _HEARTBEAT):
                yield from self._silence()
                yield from self._time(row, exact=row.kind not in (_RECEIVED, _REPORT))
                yield from self._cause(row, payload)
                self.silent = row.kind == _RECEIVED
            for message in caused:
                self.silent = False
                self.sent.append(message)
                yield Outgoing(
                    phone=self._number(message.recipient),
                    text=self._text(installed_channels().show(message.channel, message.content).text),
                )
        yield from self._silence()

    def _silence(self) -> Iterator[Step]:
        if self.silent:
            yield Silence()
        self.silent = False

    def _time(self, row: InboxRow, *, exact: bool) -> Iterator[Step]:
        at = row.received_at.replace(microsecond=0)
        if self.clock is None:
            yield Moment(at=at)
        elif (gap := at - self.clock) >= (timedelta(seconds=1) if exact else _PAUSE):
            yield Wait(time=gap)
        else:
            return
        self.clock = at

    def _cause(self, row: InboxRow, payload: dict[str, Any]) -> Iterator[Step]:
        if row.kind == _RECEIVED:
            phone = self._number(str(payload.get("from", "")))
            keyword = self._text(str(payload.get("keyword") or ""))
            yield Incoming(phone=phone, text=self._text(str(payload.get("text", ""))), keyword=keyword or None)
        elif row.kind == _REPORT:
            yield self._report(payload)
        # Timers come due by themselves when the clock gets there.

    def _report(self, payload: dict[str, Any]) -> Step:
        status, error = payload.get("status") or {}, payload.get("error") or {}
        group, message_id = str(status.get("groupName", "")).lower(), payload.get("messageId")
        message = next((sent for sent in self.sent if sent.message_id == message_id), None)
        same = [sent for sent in self.sent if message is not None and sent.recipient == message.recipient]
        if group not in GROUPS or message is None or same[-1] is not message:
            return Comment(text=f"a report came that can't be written here: {one_line(group) or 'no group'}")
        last = self.sent[-1] is message
        failed = bool(error.get("id"))
        return Report(
            group=group,
            reason=str(error.get("name", "")) if failed else "",
            permanent=failed and bool(error.get("permanent")),
            phone=None if last else self._number(message.recipient),
        )

    def _number(self, number: str) -> str:
        if number not in self.numbers:
            self.numbers[number] = str(int(PERSON) + len(self.numbers))
        return self.numbers[number]

    def _text(self, text: str) -> str:
        for number, other in self.numbers.items():
            text = text.replace(number, other)
        return text
