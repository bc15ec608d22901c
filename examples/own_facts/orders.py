"""Facts and an agent of one's own: a parcel service where customers name their order and ask for its state."""

from collections.abc import Sequence
from typing import Any

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, first_contact, m, ruleset, salience, signal, when_all


class Customer(ClientAgent):
    """The person of a session, with what we know of them."""

    tier: str = "standard"


class Order(Fact):
    """What somebody ordered."""

    number: str
    parcels: int = 1


@first_contact
def open_session(phone: str) -> Sequence[Fact]:
    """What a session starts with; here everybody has two orders."""
    return [
        Customer(connections={"phone": phone}, tier="gold"),
        Order(number="1001", parcels=2),
        Order(number="1002"),
    ]


def reply(c: Any, text: str) -> None:
    """Answers the customer, and takes the message out."""
    InfobipAdapterAPI.send_sms_text_message(c.customer.get_connection("phone"), text)
    c.delete(c.signal)


with ruleset("orders"):

    @when_all(
        salience(10),
        c.signal << signal(InfobipSmsReceivedMessage, m.text.matches(r"\d+")),
        c.order << fact(Order, m.number == c.signal.text),
        c.customer << fact(Customer),
    )
    def state_of_order(c: Any) -> None:
        """Tells the state of the order whose number was sent."""
        reply(c, f"Order {c.order.number}: {c.order.parcels} parcel(s) on the way.")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.customer << fact(Customer, m.tier == "gold"))
    def ask_gold_customer(c: Any) -> None:
        """Asks for a number, politely."""
        reply(c, "Dear gold customer, send us the number of your order.")
