"""Messages of rules under test: with ids that count, and read back into what their rules gave."""

from __future__ import annotations

from itertools import count
from typing import Any

from infobip_rules.actions import Message
from infobip_rules.channels.interface import Draft
from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.channels.sms.content import SmsContent, read_content, write_content


class _Unchecked(SmsChannel):
    """The channel of text messages for tests of matching: whatever a rule gives is a message."""

    def draft(self, command: SmsCommand) -> Draft:
        return Draft(to=str(command.phone), content=write_content(SmsContent(str(command.text), command.shorten_url)))


class Numbered(Channels):
    """The built-in channels without their checks; their messages have the ids m1, m2 and so on."""

    def __init__(self) -> None:
        super().__init__([_Unchecked()])
        self._numbers = count(1)

    def compose(self, command: object) -> Message:
        return super().compose(command)._replace(message_id=f"m{next(self._numbers)}")


def sms_of(message: Any) -> SmsContent:
    """The content of a text message, or of its row in the outbox."""
    assert message.channel == "sms"
    return read_content(message.content)


def sms(text: str, *, shorten_url: bool = False) -> str:
    """A text as the content of a message."""
    return write_content(SmsContent(text, shorten_url))
