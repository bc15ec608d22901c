"""Keywords: JOIN and STOP keep a subscription, HELP and INFO tell about it."""

from typing import Any

from pydantic import AwareDatetime

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, none, ruleset, salience, signal, when_all


class Subscription(Fact):
    """Somebody wants to hear from us."""

    since: AwareDatetime


def message(word: str) -> Any:
    """A text message whose keyword is `word`: as Infobip says, or its first word where the number has no keywords."""
    return signal(InfobipSmsReceivedMessage, (m.keyword == word) | m.text.imatches(rf"\s*{word}\b.*"))


def answer(c: Any, text: str) -> None:
    """Replies, and takes the message out before rules for any message see it."""
    InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text)
    c.delete(c.signal)


with ruleset("keywords"):

    @when_all(salience(10), c.signal << message("JOIN"), c.client << fact(ClientAgent), none(fact(Subscription)))
    def join(c: Any) -> None:
        """Subscribes somebody who was not."""
        c.insert(Subscription(since=c.now))
        answer(c, "Welcome! You are subscribed. Send STOP to leave.")

    @when_all(
        salience(10), c.signal << message("JOIN"), c.client << fact(ClientAgent), c.subscription << fact(Subscription)
    )
    def join_again(c: Any) -> None:
        """Tells a subscriber since when."""
        answer(c, f"You have been subscribed since {c.subscription.since:%Y-%m-%d}.")

    @when_all(
        salience(10), c.signal << message("STOP"), c.client << fact(ClientAgent), c.subscription << fact(Subscription)
    )
    def stop(c: Any) -> None:
        """Ends the subscription."""
        c.delete(c.subscription)
        answer(c, "You are unsubscribed. Send JOIN to come back.")

    @when_all(salience(10), c.signal << message("STOP"), c.client << fact(ClientAgent), none(fact(Subscription)))
    def stop_without_subscription(c: Any) -> None:
        """Says that there is nothing to end."""
        answer(c, "You are not subscribed.")

    @when_all(salience(10), c.signal << message("HELP"), c.client << fact(ClientAgent))
    def help_with_keywords(c: Any) -> None:
        """Lists the keywords."""
        answer(c, "Send JOIN to subscribe, STOP to leave, INFO to read about us, LINK for our address.")

    @when_all(salience(10), c.signal << message("INFO"), c.client << fact(ClientAgent))
    def info(c: Any) -> None:
        """Says who we are."""
        answer(c, "This is an example service. Send HELP for what it understands.")
