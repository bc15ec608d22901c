"""Rules whose bodies are typed: never run, read by mypy and by pyright."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from pydantic import AwareDatetime

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import Context, all, c, fact, m, none, ruleset, salience, signal, when_all, when_any


class Subscription(Fact):
    since: AwareDatetime
    questions: int = 0


class Answering(Context):
    """What the rule's patterns name."""

    signal: InfobipSmsReceivedMessage
    subscription: Subscription


class Either(Context):
    """Of two alternatives, of which one may not have matched."""

    signal: InfobipSmsReceivedMessage | None
    subscription: Subscription | None


with ruleset("typed"):

    @when_all(
        salience(10),
        c.signal << signal(InfobipSmsReceivedMessage, m.text.matches(r".*\?")),
        c.subscription << fact(Subscription, m.questions < 3),
    )
    def answer(c: Answering) -> None:
        assert_type(c.signal, InfobipSmsReceivedMessage)
        assert_type(c.signal.text, str)
        assert_type(c.subscription.questions, int)
        assert_type(c.modify(c.subscription, questions=1), Subscription)
        assert_type(c.insert(Subscription(since=c.now)), Subscription)
        assert_type(c.now, datetime)
        assert_type(c.schedule(c.signal, after="3d"), str)
        assert_type(InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "Hello"), str)
        c.delete(c.signal)

    @when_any(all(c.signal << signal(InfobipSmsReceivedMessage)), all(c.subscription << fact(Subscription)))
    def either(c: Either) -> None:
        assert_type(c.signal, InfobipSmsReceivedMessage | None)
        if c.signal:
            assert_type(c.signal.text, str)
            c.delete(c.signal)

    @when_any(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Subscription)))
    def untyped(c: Context) -> None:
        assert_type(c.signal, Any)

    @when_all(c.client << fact(ClientAgent))
    def unannotated(c):  # type: ignore[no-untyped-def]  # as most rule files are written
        c.delete(c.client)


assert_type(ClientAgent(connections={"phone": "385981234567"}).get_connection("phone"), str | None)
assert_type(ClientAgent().connections["phone"], str)
