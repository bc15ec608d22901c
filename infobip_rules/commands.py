"""How a rule's wish to send becomes a command: number and text are checked where the rule calls, so that it sees the error."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from infobip_rules.actions import SmsCommand
from infobip_rules.errors import PhoneNumberError, TextError
from infobip_rules.infobip.parts import check_text
from infobip_rules.infobip.phone import to_e164


@dataclass(frozen=True, slots=True)
class MakeSms:
    """Makes commands; `like` is our own number, for hints on local numbers. Picklable, for worker processes."""

    like: str | None = None

    def __call__(self, phone: object, text: object, shorten_url: object) -> SmsCommand:
        """The command to send `text` to `phone`. Raises PhoneNumberError or TextError."""
        if not isinstance(phone, str):
            raise PhoneNumberError(
                f"A message needs a phone number, not {type(phone).__name__}.",
                'Give it as text, e.g. c.client.get_connection("phone").',
            )
        if not isinstance(text, str):
            raise TextError(f"A message needs a text, not {type(text).__name__}.", "Write str(...) around it.")
        number = to_e164(phone, like=self.like)
        check_text(text, shorten_url=bool(shorten_url))
        return SmsCommand(message_id=str(uuid.uuid4()), to=number, text=text, shorten_url=bool(shorten_url))
