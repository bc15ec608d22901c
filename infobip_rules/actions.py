"""Actions of rules: `InfobipAdapterAPI` states that a message is to be sent; the engine collects what was stated."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import NamedTuple

from infobip_rules.errors import OutsideRuleError


class SmsCommand(NamedTuple):
    """A message that a rule wants sent."""

    message_id: str
    #: E.164 digits; anything else is an address that no message goes to, empty for none (`infobip.phone`).
    to: str
    text: str
    shorten_url: bool


#: Takes phone, text and whether to shorten URLs; returns the messageId.
SendSms = Callable[[str | None, str, bool], str]

#: What `InfobipAdapterAPI` hands its messages to, in the evaluation under way.
SENDING: ContextVar[SendSms | None] = ContextVar("sending", default=None)
#: For rules that somebody else's host fires, in threads of its own.
_everywhere: list[SendSms] = []


class sending_through:  # noqa: N801 - reads as `with sending_through(...):`
    """Lets `InfobipAdapterAPI` hand its messages to `send` inside the block, for whoever fires a rule by itself."""

    def __init__(self, send: SendSms) -> None:
        self._send = send

    def __enter__(self) -> None:
        self._token = SENDING.set(self._send)

    def __exit__(self, *raised: object) -> None:
        SENDING.reset(self._token)


def send_everywhere_through(send: SendSms) -> None:
    """Lets `InfobipAdapterAPI` hand its messages to `send` wherever no evaluation of ours is under way."""
    _everywhere[:] = [send]


def send_nowhere_else(send: SendSms) -> None:
    """Ends `send_everywhere_through(send)`."""
    if send in _everywhere:
        _everywhere.remove(send)


class InfobipAdapterAPI:
    """The product's documented action, called in the body of a rule."""

    @staticmethod
    def send_sms_text_message(phone: str, text: str, shorten_url: bool = False) -> str:
        """Sends a text message, with its URLs shortened by Infobip where asked for, and returns its messageId.

        `phone` is E.164 (`385981234567`; `+`, `00` and spaces are taken off), `text` at most 25 parts. The message goes
        out after the evaluation is committed: a rule that fails sends nothing.

        Operators and services write too, from names and short codes (`MTN`, `12345`) that can't be answered. A message to
        what is no phone number, or to None, is dropped: the log and the trace say so, rules get an `InfobipSmsSentMessage`
        whose `status.groupName` is `REJECTED`, and whatever else the rule does stays.

        Raises PhoneNumberError for a `phone` that is no text, TextError, and OutsideRuleError where no rule is being evaluated.
        """
        send = SENDING.get() or next(iter(_everywhere), None)
        if send is None:
            raise OutsideRuleError(
                "InfobipAdapterAPI was called outside a rule.",
                "Call it in a rule's body; for a message without a rule use `infobip-rules send`, or InfobipClient.",
            )
        return send(phone, text, shorten_url)

    @staticmethod
    def sendSmsTextMessage(phone: str, text: str, shortenUrl: bool = False) -> str:  # noqa: N802, N803 - as documented
        """The documented spelling of `send_sms_text_message`."""
        return InfobipAdapterAPI.send_sms_text_message(phone, text, shortenUrl)
