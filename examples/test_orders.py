"""Tests of rules, as one writes them beside one's own: `pytest examples/test_orders.py`."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.testing import Rules

ORDERS = Path(__file__).parent / "own_facts"


def test_an_order_is_on_its_way(rules: Rules) -> None:
    rules.load(ORDERS)
    (answer,) = rules.receive("1001")
    assert answer.text == "Order 1001: 2 parcel(s) on the way."


def test_what_is_no_order_is_asked_back(rules: Rules) -> None:
    rules.load(ORDERS)
    rules.receive("Where is my parcel?")
    rules.assert_sent(to="385981234567", text=lambda text: "number of your order" in text)
