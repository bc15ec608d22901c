"""The documented rule: whoever sends a text message gets one back."""

from typing import Any

from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, ruleset, signal, when_all

with ruleset("client"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply_to_received_sms(c: Any) -> None:
        """Example rule for replying to received SMS messages."""
        text = "This is a text message with a test link!! https://www.example.com/welcome"
        # check: ignore RULE022 the example for a link that stays as it is
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text)
        c.delete(c.signal)
