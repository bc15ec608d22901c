"""How a rule's wish to send becomes a command: what it gives is checked where the rule calls, so that it sees the error."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from infobip_rules.actions import SmsCommand
from infobip_rules.errors import PhoneNumberError, TextError
from infobip_rules.infobip.parts import check_text
from infobip_rules.infobip.phone import recipient_address


@dataclass(frozen=True, slots=True)
class MakeSms:
    """Makes commands; `like` is our own number, for hints on local numbers. Picklable, for worker processes."""

    like: str | None = None

    def __call__(self, phone: object, text: object, shorten_url: object) -> SmsCommand:
        """The command to send `text` to `phone`, which may be no phone number: delivery drops such a message.

        Raises PhoneNumberError for what is neither text nor None, and TextError.
        """
        if not isinstance(phone, str | None):
            raise PhoneNumberError(
                f"A message needs a phone number, not {type(phone).__name__}.",
                'Give it as text, e.g. c.client.get_connection("phone").',
            )
        if not isinstance(text, str):
            raise TextError(f"A message needs a text, not {type(text).__name__}.", "Write str(...) around it.")
        check_text(text, shorten_url=bool(shorten_url))
        to = recipient_address(phone or "")
        return SmsCommand(message_id=str(uuid.uuid4()), to=to, text=text, shorten_url=bool(shorten_url))
