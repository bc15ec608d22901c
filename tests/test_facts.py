"""Facts as values."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from infobip_rules.facts import ClientAgent, Fact


class Order(Fact):
    number: str
    paid: bool = False


def test_a_fact_is_a_value() -> None:
    assert Order(number="7") == Order(number="7", paid=False)
    with pytest.raises(ValidationError, match="frozen"):
        Order(number="7").paid = True  # type: ignore[misc]


def test_a_field_that_a_type_does_not_have_is_refused() -> None:
    with pytest.raises(ValidationError, match="payed"):
        Order(number="7", payed=True)  # type: ignore[call-arg]


def test_a_connection_is_found_under_its_name_in_either_spelling() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    assert agent.get_connection("phone") == agent.getConnection("phone") == "385981234567"
    assert agent.get_connection("email") is None
