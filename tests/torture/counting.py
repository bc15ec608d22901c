"""The rules of a host that is tortured: they count what each person writes, and name count and message in the answer."""

from typing import Any

from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, none, ruleset, signal, when_all


class Received(Fact):
    """How many messages a person has written."""

    count: int


def _answer(received: Any, count: int) -> None:
    InfobipAdapterAPI.send_sms_text_message(received.from_, f"{received.messageId} is number {count}")


with ruleset("counting"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Received)))
    def first(c: Any) -> None:
        """The first message of a person."""
        c.insert(Received(count=1))
        _answer(c.signal, 1)
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.received << fact(Received))
    def later(c: Any) -> None:
        """Every other message of theirs."""
        c.modify(c.received, count=c.received.count + 1)
        _answer(c.signal, c.received.count)
        c.delete(c.signal)
