"""SMS as a channel: the one object that is registered for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from infobip_rules.channels.interface import Channel, ContentError, Cost, Draft, Hint, Shown
from infobip_rules.channels.sms.command import SmsCommand, draft
from infobip_rules.channels.sms.content import read_content
from infobip_rules.channels.sms.inbound import read_item, recognise
from infobip_rules.channels.sms.lookups import SmsInbox, SmsLogs
from infobip_rules.channels.sms.outcomes import send_outcomes
from infobip_rules.channels.sms.parts import Parts, check_text, count_parts, named_character, ucs2_note
from infobip_rules.channels.sms.requests import group_messages, send_request
from infobip_rules.errors import TextError
from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.inbound import Kind, ReceivedItem
from infobip_rules.infobip.messages import Outcome, Outgoing
from infobip_rules.infobip.provider import InboxFormat, LogsFormat
from infobip_rules.signals import (
    InfobipSmsReceivedMessage,
    InfobipSmsReceivedReport,
    InfobipSmsSentMessage,
    ReportStatus,
    Signal,
)

#: So many characters of ASCII fit into the parts and bytes that Infobip takes, however they are encoded.
_SURELY_FITS = 1_000


class SmsChannel(Channel):
    """Text messages of mobile networks, by version 3 of Infobip's API."""

    name = "sms"
    commands = (SmsCommand,)
    received = InfobipSmsReceivedMessage
    sent = InfobipSmsSentMessage
    reported = InfobipSmsReceivedReport
    logs: ClassVar[LogsFormat | None] = SmsLogs()
    inbox: ClassVar[InboxFormat | None] = SmsInbox()

    def draft(self, command: SmsCommand) -> Draft:
        """The message that a command asks for. Raises PhoneNumberError and TextError."""
        return draft(command)

    def check(self, content: str) -> None:
        """Raises ContentError unless it is the content of a text message that can be sent."""
        text, shorten_url = read_content(content)
        if len(text) <= _SURELY_FITS and text.isascii() and not shorten_url and not text.isspace() and text:
            return
        try:
            check_text(text, shorten_url=shorten_url)
        except TextError as problem:
            raise ContentError(problem.fact, problem.remedy) from None

    def likeness(self, content: str) -> str:
        """The text: with its URLs shortened or not, it is the same."""
        return read_content(content).text

    def recognise(self, entry: Mapping[str, Any]) -> Kind | None:
        """Whether an entry is a message or a delivery report; a report that names no channel may be one."""
        return recognise(entry)

    def read_item(self, entry: Mapping[str, Any], kind: Kind, *, now: datetime) -> ReceivedItem:
        """The signal in an entry. Raises FieldError."""
        return read_item(entry, kind, now=now)

    def sent_signal(self, message: Outgoing, status: ReportStatus, *, sent_at: datetime) -> Signal:
        """What became of sending a message."""
        return InfobipSmsSentMessage(
            messageId=message.message_id,
            to=message.to,
            from_=message.sender,
            text=read_content(message.content).text,
            sentAt=sent_at,
            status=status,
            callbackData=message.callback_data or None,
        )

    def report_signal(
        self, message: Outgoing, status: ReportStatus, *, sent_at: datetime | None, done_at: datetime
    ) -> Signal:
        """The report on a message that was given up."""
        return InfobipSmsReceivedReport(
            messageId=message.message_id,
            to=message.to,
            from_=message.sender,
            sentAt=sent_at,
            doneAt=done_at,
            status=status,
            callbackData=message.callback_data,
        )

    def show(self, content: str) -> Shown:
        """The text, and whether its URLs are shortened."""
        text, shorten_url = read_content(content)
        return Shown(text, {"shorten_url": shorten_url})

    def show_received(self, signal: InfobipSmsReceivedMessage) -> Shown:
        """The text."""
        return Shown(signal.text)

    def cost(self, content: str) -> Cost:
        """The parts that it is sent in."""
        text, shorten_url = read_content(content)
        return _cost(count_parts(text, shorten_url=shorten_url))

    def cost_of_text(self, text: str) -> Cost:
        """The parts that a text is sent in."""
        return _cost(count_parts(text))

    def hint(self, content: str) -> Hint | None:
        """The character that makes a text cost more."""
        text, shorten_url = read_content(content)
        note = ucs2_note(text, shorten_url=shorten_url)
        return None if note is None else Hint("turns.ucs2", note)

    def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
        """Up to 100 messages each, which agree on whether URLs are shortened."""
        return group_messages(messages)

    def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
        """The request that sends one group."""
        return send_request(messages, delivery_report_url=delivery_report_url)

    def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
        """What became of each message of a group."""
        return send_outcomes(messages, reply)


def _cost(parts: Parts) -> Cost:
    count = f"{parts.parts} part{'' if parts.parts == 1 else 's'}"
    if parts.forced_by is None:
        return Cost(parts.parts, "", f"{count}, GSM-7, {parts.remaining} left")
    line = f"{count}, Unicode because of {named_character(parts.forced_by)}, {parts.remaining} left"
    return Cost(parts.parts, f"Unicode for “{parts.forced_by}”", line)
