"""Log records as events."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from infobip_rules.cli.log_events import event_of, is_event


def event(message: str, *values: Any, trace: str = "") -> dict[str, object]:
    record = logging.LogRecord("a.library", logging.INFO, "file", 1, message, values, None)
    found = event_of(record, at="now", trace=trace)
    assert (found.pop("time"), found.pop("level")) == ("now", "INFO")
    return found


@pytest.mark.parametrize("template", ["web.refused path=%s status=%d", "%s.failed reason=%s", "host.started"])
def test_a_dotted_name_with_keys_is_an_event(template: str) -> None:
    assert is_event(template)


@pytest.mark.parametrize("template", ["Hello", "one word=%s", "web.refused path=%r", "web.refused: %s", "Web.x", ""])
def test_any_other_message_is_none(template: str) -> None:
    assert not is_event(template)


def test_keys_keep_their_order_and_numbers_their_type() -> None:
    found = event("web.refused path=%s status=%d", "/in", 401)
    assert list(found.items()) == [("event", "web.refused"), ("path", "/in"), ("status", 401)]


def test_a_name_may_be_a_value_too() -> None:
    assert event("%s.failed reason=%s", "delivery", "why") == {"event": "delivery.failed", "reason": "why"}


def test_phone_numbers_are_masked_everywhere_but_in_ids() -> None:
    found = event("a.b to=%s message_id=%s count=%d", "385981234567", "385981234567", 385981234567)
    assert "385981234567" not in str(found["to"])
    assert (found["message_id"], found["count"]) == ("385981234567", 385981234567)
    assert "385981234567" not in str(event("a.b", trace="of 385981234567")["traceback"])


def test_a_library_has_its_words_in_a_message() -> None:
    assert event("to %s", "385981234567")["logger"] == "a.library"
    assert "385981234567" not in str(event("to %s", "385981234567")["message"])


def test_a_mistaken_call_of_a_library_does_not_cost_the_line() -> None:
    assert event("%d things", "no number")["message"] == "%d things ('no number',)"
