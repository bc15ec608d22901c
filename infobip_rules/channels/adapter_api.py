"""`InfobipAdapterAPI`: the product's documented actions, which give the commands of the channels that this package brings."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infobip_rules.actions import current_send, read_options
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.errors import RuleError
from infobip_rules.timers import Delay


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
        send = current_send("InfobipAdapterAPI")
        if not isinstance(shorten_url, bool):
            raise RuleError(
                f"shorten_url is True or False, not {type(shorten_url).__name__}.",
                "Name what comes after the text: callback_data=..., valid_for=...",
            )
        return send(SmsCommand(phone, text, shorten_url), read_options(callback_data, valid_for))

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


@dataclass(frozen=True, kw_only=True)
class SendingAction:
    """An action of `InfobipAdapterAPI` that sends, in both spellings: all that DRL and `check` know of it.

    Its first parameter is to whom, the others are texts, delays and booleans; `check` judges those that are called `phone`,
    `text` and `shorten_url`.
    """

    #: As Python spells it, and as Infobip does; their parameters are in the same order.
    call: Callable[..., str]
    documented: Callable[..., str]
    #: What it takes, in words.
    takes: str

    @property
    def spellings(self) -> tuple[str, str]:
        """Its names, the documented one first."""
        return self.documented.__name__, self.call.__name__

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters, as Python spells them."""
        return tuple(inspect.signature(self.call, eval_str=True).parameters.values())

    @cached_property
    def required(self) -> int:
        """How many of them have to be given: the first ones."""
        return sum(parameter.default is parameter.empty for parameter in self.parameters)

    @cached_property
    def parameter_names(self) -> dict[str, str]:
        """What Python calls each parameter, by either spelling."""
        own = [parameter.name for parameter in self.parameters]
        return dict(zip(inspect.signature(self.documented).parameters, own, strict=True)) | {name: name for name in own}

    def given(self, arguments: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call by the names that Python has for them."""
        by_place = {parameter.name: value for parameter, value in zip(self.parameters, arguments, strict=False)}
        return by_place | {self.parameter_names.get(name, name): value for name, value in named.items()}


#: Every action that sends.
SENDING_ACTIONS = (
    SendingAction(
        call=InfobipAdapterAPI.send_sms_text_message,
        documented=InfobipAdapterAPI.sendSmsTextMessage,
        takes="phone, text, whether URLs are to be shortened, callbackData, and how long the text is worth sending",
    ),
)
#: The same by each of their names.
SENDING_BY_NAME = {spelling: action for action in SENDING_ACTIONS for spelling in action.spellings}
