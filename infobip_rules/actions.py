"""Actions of rules: a command states that a message is to be sent; the engine collects what was stated."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import timedelta
from typing import NamedTuple

from infobip_rules.errors import OutsideRuleError, RuleError
from infobip_rules.timers import Delay, read_delay


class Message(NamedTuple):
    """A message that a rule wants sent, checked by its channel."""

    message_id: str
    #: The channel's name.
    channel: str
    #: E.164 digits; anything else is an address that no message goes to, empty for none (`infobip.phone`).
    to: str
    #: JSON, in the channel's own form.
    content: str
    #: Comes back in the signals about it; empty for none.
    callback_data: str = ""
    #: For how many seconds it is worth sending; None: always.
    valid_seconds: float | None = None


class SendOptions(NamedTuple):
    """What a rule wants of a message besides its command, checked; the same for every channel."""

    callback_data: str = ""
    valid_seconds: float | None = None


#: Takes the command of a channel, and what is wanted besides; returns the messageId.
Send = Callable[[object, SendOptions], str]
#: Makes a message of a command; refuses what can't be sent.
Compose = Callable[[object], Message]

#: Characters of callbackData that Infobip takes, and how long it tries to deliver a message.
MOST_CALLBACK_DATA = 4000
LONGEST_VALIDITY = timedelta(hours=48)

#: What commands are handed to, in the evaluation under way.
SENDING: ContextVar[Send | None] = ContextVar("sending", default=None)
_NO_OPTIONS = SendOptions()


class sending_through:  # noqa: N801 - reads as `with sending_through(...):`
    """Hands commands to `send` inside the block, for whoever fires a rule by itself."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def __enter__(self) -> None:
        self._token = SENDING.set(self._send)

    def __exit__(self, *raised: object) -> None:
        SENDING.reset(self._token)


def current_send(action: str) -> Send:
    """What the action of that name hands its command to. Raises OutsideRuleError where no rule is being evaluated."""
    send = SENDING.get()
    if send is None:
        raise OutsideRuleError(
            f"{action} was called outside a rule.",
            "Call it in a rule's body; for a message without a rule use `infobip-rules send`, or InfobipClient.",
        )
    return send


def send(command: object, *, callback_data: str | None = None, valid_for: Delay | None = None) -> str:
    """Sends what a channel's command says, and returns the messageId: for the actions that a channel of your own offers.

    The message goes out after the evaluation is committed: a rule that fails sends nothing. `callback_data` and
    `valid_for` are as for `InfobipAdapterAPI.send_sms_text_message`. Raises RuleError for these two, OutsideRuleError where
    no rule is being evaluated, and whatever the channel raises for a command that it does not take.
    """
    return current_send(type(command).__name__)(command, read_options(callback_data, valid_for))


def read_options(callback_data: object, valid_for: object) -> SendOptions:
    """What a rule gives besides a command, checked. Raises RuleError."""
    if callback_data is None and valid_for is None:
        return _NO_OPTIONS
    return SendOptions(_callback_data(callback_data), None if valid_for is None else _validity(valid_for))


def _callback_data(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise RuleError(f"callbackData is text, not {type(given).__name__}.", "Write str(...) around it.")
    if any("\ud800" <= character <= "\udfff" for character in given):
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
