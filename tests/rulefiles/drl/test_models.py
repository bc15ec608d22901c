"""Models as bodies see them: the fields and methods of facts."""

from __future__ import annotations

from infobip_rules import InfobipSmsReceivedMessage
from tests.rulefiles.drl.order_bodies import NOON, Order, said


def test_a_method_of_the_class_is_called_as_java_calls_it() -> None:
    assert said('say(order.describe() + order.describe("o"));', order=Order(number="7")) == ["order 7o 7"]


def test_fields_are_read_by_getter_and_by_name() -> None:
    message = InfobipSmsReceivedMessage.model_validate({"from": "385", "text": "hi", "receivedAt": NOON.isoformat()})
    assert said('say("" + m.getFrom() + m.from + m.getText() + m.text);', m=message) == ["385385hihi"]
