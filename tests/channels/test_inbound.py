"""Bodies of webhooks with entries of several channels: each is read by its own, and a fault of one leaves the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.infobip.inbound import InboundBatch, Kind, ReceivedItem
from tests.channels.paging import Paging

NOW = datetime(2026, 11, 9, 15, tzinfo=UTC)
TEXT = {"messageId": "t-1", "from": "385916242493", "text": "hello"}
PAGE = {"messageId": "p-1", "from": "385916242493", "beep": 7}


def parse(*entries: object, channel: Channel, expected: Kind = "message") -> InboundBatch:
    body = json.dumps({"results": entries}).encode()
    return parse_inbound(body, expected=expected, now=NOW, channels=Channels([SmsChannel(), channel]))


def test_each_entry_is_read_by_its_channel_in_the_order_of_the_body() -> None:
    batch = parse(PAGE, TEXT, PAGE | {"messageId": "p-2"}, channel=Paging())
    assert [(item.channel, item.dedup_key) for item in batch.items] == [
        *(("paging", "m:p-1"), ("sms", "m:t-1"), ("paging", "m:p-2"))
    ]


def test_without_its_channel_an_entry_is_set_aside() -> None:
    batch = parse_inbound(json.dumps({"results": [PAGE | {"from": None}]}).encode(), expected="message", now=NOW)
    assert [(bad.field, bad.reason) for bad in batch.bad] == [("from", "is missing")]


def test_a_page_among_reports_is_counted_as_misdirected() -> None:
    assert parse(PAGE, channel=Paging(), expected="report").misdirected == 1


class Recognising(Paging):
    def recognise(self, entry: Mapping[str, Any]) -> Kind | None:
        raise LookupError(entry["messageId"])


class Reading(Paging):
    def read_item(self, entry: Mapping[str, Any], kind: Kind, *, now: datetime) -> ReceivedItem:
        raise LookupError(entry["messageId"])


class Guessing(Paging):
    def recognise(self, entry: Mapping[str, Any]) -> Kind | None:
        return "page"  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("faulty", "reason", "event"),
    [
        (Reading(), "could not be read by the channel paging (LookupError)", "channels.not_read channel=paging"),
        (
            Recognising(),
            "could not be recognised: the channel paging raised LookupError",
            "channels.not_recognised channel=paging reason=raised LookupError",
        ),
        (
            Guessing(),
            "could not be recognised: the channel paging answered a str that is neither message nor report",
            "channels.not_recognised channel=paging",
        ),
    ],
)
def test_a_fault_of_a_channel_costs_what_is_its_own(
    faulty: Channel, reason: str, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    batch = parse(PAGE, TEXT, channel=faulty)
    assert [item.dedup_key for item in batch.items] == ["m:t-1"]
    assert [bad.reason for bad in batch.bad] == [reason]
    assert json.loads(batch.bad[0].item) == PAGE
    assert event in caplog.text
