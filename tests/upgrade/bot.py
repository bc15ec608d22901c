"""The rules of the journals that are kept: members who are remembered and reminded, a rule that fails, one that waits."""

import time
from pathlib import Path
from typing import Any

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage, Signal
from infobip_rules.lang import c, fact, m, none, ruleset, salience, signal, when_all

#: While this file is there, somebody's second message is not finished with: the host is ended amid it.
HOLD = Path(__file__).with_name("hold")


class Member(Fact):
    """Somebody who joined, and how often they wrote since."""

    messages: int = 0


class Reminder(Signal):
    """A member is to be reminded."""


def answer(c: Any, text: str) -> None:
    """Sends a text to the person of the session."""
    InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text)
    c.delete(c.signal)


with ruleset("bot"):

    @when_all(
        salience(10), c.signal << signal(InfobipSmsReceivedMessage, m.text == "FAIL"), c.client << fact(ClientAgent)
    )
    def fail(c: Any) -> None:
        """Fails."""
        raise ValueError("it fails")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent), none(fact(Member)))
    def join(c: Any) -> None:
        """Makes somebody a member."""
        c.insert(Member())
        c.schedule(Reminder(), after="1h", name="reminder")
        answer(c, "Welcome!")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent), c.member << fact(Member))
    def count(c: Any) -> None:
        """Counts what a member writes."""
        while HOLD.exists():
            time.sleep(0.01)
        member = c.modify(c.member, messages=c.member.messages + 1)
        answer(c, f"That was no. {member.messages}.")

    @when_all(c.signal << signal(Reminder), c.client << fact(ClientAgent), fact(Member))
    def remind(c: Any) -> None:
        """Reminds a member."""
        answer(c, "Still there?")
