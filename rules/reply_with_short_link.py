"""A link that Infobip shortens: whoever sends LINK gets one."""

from typing import Any

from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, salience, signal, when_all

with ruleset("links"):

    @when_all(
        salience(10),
        c.signal << signal(InfobipSmsReceivedMessage, m.text.imatches(r"\s*LINK\b.*")),
        c.client << fact(ClientAgent),
    )
    def reply_with_short_link(c: Any) -> None:
        """Replies with a shortened link."""
        text = "This is where you find us: https://www.example.com/welcome/to/our/service?from=sms"
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text, shorten_url=True)
        c.delete(c.signal)
