"""Webhook bodies that a test brings, as Infobip would post them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.errors import TrialError
from infobip_rules.testing import webhooks
from infobip_rules.testing.webhooks import batch, message_entry, report_entry
from tests.channels.paging import PageReceived, Paging

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def message(**fields: Any) -> dict[str, Any]:
    given = {"from_": "385981234567", "keyword": None, "clean_text": None, "to": "447491163443"}
    return message_entry("JOIN us", **{**given, "message_id": "m-1", "callback_data": None, "now": NOW, **fields})


def report(status: str, **fields: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"error": None, "permanent": False}
    return report_entry("m-1", status, to="385981234567", sent_at=NOW, now=NOW, **{**given, **fields})


def test_without_a_keyword_there_is_no_clean_text() -> None:
    assert {"keyword", "cleanText"}.isdisjoint(message())
    assert message(keyword="JOIN")["cleanText"] == "us"
    assert message(clean_text="as given")["cleanText"] == "as given"


@pytest.mark.parametrize(("status", "done"), [("delivered", True), ("PENDING", False), ("PENDING_ENROUTE", False)])
def test_only_a_final_status_has_a_moment_at_which_it_was_done(status: str, done: bool) -> None:
    assert ("doneAt" in report(status)) is done


def test_an_error_is_given_by_name_or_by_fields() -> None:
    assert report("UNDELIVERABLE")["error"]["name"] == "EC_ABSENT_SUBSCRIBER"
    named = report("UNDELIVERABLE", error="EC_UNKNOWN_SUBSCRIBER", permanent=True)["error"]
    assert (named["description"], named["permanent"]) == ("Unknown subscriber", True)
    assert report("UNDELIVERABLE", error={"id": 5})["error"]["id"] == 5


def test_an_entry_that_infobip_would_not_post_is_refused() -> None:
    with pytest.raises(TrialError, match="The message would be set aside"):
        batch(message(from_=""), "message", NOW)


def test_an_entry_becomes_the_batch_of_its_path() -> None:
    assert batch(message(), "message", NOW).path == "/sms-received-message"
    assert batch(report("DELIVERED"), "report", NOW).path == "/sms-delivery-report"


def test_an_entry_of_an_installed_channel_is_read_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"messageId": "m-1", "from": "385981234567", "to": "447491163443", "beep": 7}
    monkeypatch.setattr(webhooks, "installed_channels", lambda: Channels([*BUILT_IN, Paging()]))
    assert [item.kind for item in batch(page, "message", NOW).items] == [PageReceived]
