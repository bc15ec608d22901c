"""What my-bot answers: JOIN and STOP keep a subscription, anything else gets a hint."""

from typing import Any

from pydantic import AwareDatetime

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, none, ruleset, salience, signal, when_all


class Subscription(Fact):
    """Somebody wants to hear from us."""

    since: AwareDatetime


def answer(c: Any, text: str) -> None:
    """Replies, and takes the message out, so that no other rule answers it."""
    InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text)
    c.delete(c.signal)


with ruleset("my-bot"):

    @when_all(
        salience(10),
        c.signal << signal(InfobipSmsReceivedMessage, m.text.imatches(r"\s*JOIN\b.*")),
        c.client << fact(ClientAgent),
        none(fact(Subscription)),
    )
    def join(c: Any) -> None:
        """Subscribes somebody who was not."""
        c.insert(Subscription(since=c.now))
        answer(c, "Welcome! Send STOP to leave.")

    @when_all(
        salience(10),
        c.signal << signal(InfobipSmsReceivedMessage, m.text.imatches(r"\s*STOP\b.*")),
        c.client << fact(ClientAgent),
        c.subscription << fact(Subscription),
    )
    def stop(c: Any) -> None:
        """Ends a subscription."""
        c.delete(c.subscription)
        answer(c, "You are unsubscribed. Send JOIN to come back.")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def hint(c: Any) -> None:
        """Says what we understand, where no other rule has answered."""
        answer(c, "Send JOIN to subscribe.")
