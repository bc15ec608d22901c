"""The rules of my-bot: what people write, and what they get."""

import pytest

from infobip_rules.testing import Rules

ANA, IVO = "385981234567", "385987654321"


@pytest.mark.parametrize("text", ["JOIN", "join", " Join me"])
def test_join_subscribes(rules: Rules, text: str) -> None:
    rules.receive(text, from_=ANA)
    rules.assert_sent(to=ANA, text="Welcome! Send STOP to leave.")


def test_stop_ends_a_subscription(rules: Rules) -> None:
    rules.receive("JOIN", from_=ANA)
    rules.receive("STOP", from_=ANA)
    rules.assert_sent(to=ANA, text="You are unsubscribed. Send JOIN to come back.")


def test_anything_else_gets_one_hint(rules: Rules) -> None:
    for text in ("hello", "STOP"):
        assert [message.text for message in rules.receive(text, from_=IVO)] == ["Send JOIN to subscribe."]
