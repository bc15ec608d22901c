"""The command of a rule to send a text message, checked where the rule calls, so that it sees the error."""

from __future__ import annotations

from typing import NamedTuple

from infobip_rules.channels.interface import Draft
from infobip_rules.channels.sms.content import SmsContent, write_content
from infobip_rules.channels.sms.parts import check_text
from infobip_rules.errors import PhoneNumberError, TextError
from infobip_rules.infobip.phone import recipient_address


class SmsCommand(NamedTuple):
    """A text message as a rule gives it, not checked yet."""

    phone: object
    text: object
    #: Whether Infobip is to shorten the URLs in the text.
    shorten_url: bool = False


def draft(command: SmsCommand) -> Draft:
    """The message that a command asks for; its phone may be no phone number: delivery drops such a message.

    Raises PhoneNumberError for what is neither text nor None, and TextError.
    """
    phone, text, shorten_url = command
    if not isinstance(phone, str | None):
        raise PhoneNumberError(
            f"A message needs a phone number, not {type(phone).__name__}.",
            'Give it as text, e.g. c.client.get_connection("phone").',
        )
    if not isinstance(text, str):
        raise TextError(f"A message needs a text, not {type(text).__name__}.", "Write str(...) around it.")
    check_text(text, shorten_url=bool(shorten_url))
    content = SmsContent(text=text, shorten_url=bool(shorten_url))
    return Draft(to=recipient_address(phone or ""), content=write_content(content))
