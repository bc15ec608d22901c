"""Actions of rules: `InfobipAdapterAPI` states that a message is to be sent; the engine collects what was stated."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import NamedTuple

from infobip_rules.errors import OutsideRuleError, RuleError
from infobip_rules.timers import Delay, read_delay


class SmsCommand(NamedTuple):
    """A message that a rule wants sent."""

    message_id: str
    #: E.164 digits; anything else is an address that no message goes to, empty for none (`infobip.phone`).
    to: str
    text: str
    shorten_url: bool
    #: Comes back in the signals about it; empty for none.
    callback_data: str = ""
    #: For how many seconds its text is worth sending; None: always.
    valid_seconds: float | None = None


class SmsOptions(NamedTuple):
    """What a rule wants of a message besides, checked."""

    callback_data: str = ""
    valid_seconds: float | None = None


#: Takes phone, text, whether to shorten URLs, and what is wanted besides; returns the messageId.
SendSms = Callable[[str | None, str, bool, SmsOptions], str]

#: Characters of callbackData that Infobip takes, and how long it tries to deliver a message.
MOST_CALLBACK_DATA = 4000
LONGEST_VALIDITY = timedelta(hours=48)

#: What `InfobipAdapterAPI` hands its messages to, in the evaluation under way.
SENDING: ContextVar[SendSms | None] = ContextVar("sending", default=None)
_NO_OPTIONS = SmsOptions()
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
    def send_sms_text_message(
        phone: str,
        text: str,
        shorten_url: bool = False,
        callback_data: str | None = None,
        valid_for: Delay | None = None,
    ) -> str:
        """Sends a text message, with its URLs shortened by Infobip where asked for, and returns its messageId.

        `phone` is E.164 (`385981234567`; `+`, `00` and spaces are taken off), `text` at most 25 parts. The message goes
        out after the evaluation is committed: a rule that fails sends nothing.

        Operators and services write too, from names and short codes (`MTN`, `12345`) that can't be answered. A message to
        what is no phone number, or to None, is dropped: the log and the trace say so, rules get an `InfobipSmsSentMessage`
        whose `status.groupName` is `REJECTED`, and whatever else the rule does stays.

        `callback_data`, at most 4000 characters, comes back as `callbackData` in `InfobipSmsSentMessage` and in delivery
        reports. `valid_for` is how long the text is worth sending (seconds, a timedelta, or "10m", "2h"; up to 48
        hours): a message that has not gone out by then does not go out at all, which an `InfobipSmsSentMessage` with
        the status `REJECTED_TOO_LATE` says, and Infobip stops trying to deliver it::

            InfobipAdapterAPI.send_sms_text_message(phone, f"Your code is {code}.", valid_for="10m")

        Raises PhoneNumberError for a `phone` that is no text, TextError, RuleError for the last two, and OutsideRuleError
        where no rule is being evaluated.
        """
        send = SENDING.get() or next(iter(_everywhere), None)
        if send is None:
            raise OutsideRuleError(
                "InfobipAdapterAPI was called outside a rule.",
                "Call it in a rule's body; for a message without a rule use `infobip-rules send`, or InfobipClient.",
            )
        if not isinstance(shorten_url, bool):
            raise RuleError(
                f"shorten_url is True or False, not {type(shorten_url).__name__}.",
                "Name what comes after the text: callback_data=..., valid_for=...",
            )
        return send(phone, text, shorten_url, _options(callback_data, valid_for))

    @staticmethod
    def sendSmsTextMessage(  # noqa: N802 - as documented
        phone: str,
        text: str,
        shortenUrl: bool = False,  # noqa: N803 - as documented
        callbackData: str | None = None,  # noqa: N803 - as documented
        validFor: Delay | None = None,  # noqa: N803 - like its neighbours
    ) -> str:
        """The documented spelling of `send_sms_text_message`."""
        return InfobipAdapterAPI.send_sms_text_message(phone, text, shortenUrl, callbackData, validFor)


def _options(callback_data: object, valid_for: object) -> SmsOptions:
    if callback_data is None and valid_for is None:
        return _NO_OPTIONS
    return SmsOptions(_callback_data(callback_data), None if valid_for is None else _validity(valid_for))


def _callback_data(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise RuleError(f"callbackData is text, not {type(given).__name__}.", "Write str(...) around it.")
    if any("\ud800" <= one <= "\udfff" for one in given):
        raise RuleError("callbackData holds half a character (a lone surrogate).", "Cut texts between characters.")
    if len(given) > MOST_CALLBACK_DATA:
        raise RuleError(
            f"callbackData has {len(given)} characters, Infobip takes {MOST_CALLBACK_DATA}.",
            "Give it a short name for what you keep as a fact.",
        )
    return given


def _validity(given: object) -> float:
    try:
        validity = read_delay(given)
    except OverflowError:
        validity = timedelta.max
    if not timedelta() < validity <= LONGEST_VALIDITY:
        raise RuleError(
            f"A message can't be worth sending for {given!r}.", 'Give valid_for a time up to 48 hours, such as "10m".'
        )
    return validity.total_seconds()
