"""`asides`: what webhooks brought that could not be read, for a person to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infobip_rules.infobip.inbound import parse_inbound
from infobip_rules.journal import store
from infobip_rules.journal.records import AsideItem
from infobip_rules.journal.writer import Journal
from tests.journal.make import ANA, NOON, StoppedClock

from .conftest import Start

ENTRIES = [
    {"messageId": "817790313235066447", "from": ANA, "text": "private", "receivedAt": "yesterday"},
    {"messageId": 5, "text": "\ud800"},
]


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """A journal with two items set aside."""
    url = f"sqlite:///{tmp_path}/infobip-rules.db"
    batch = parse_inbound(json.dumps({"results": ENTRIES}).encode(), expected="message", now=NOON)
    items = [
        AsideItem(
            path="/sms-received-message", item=bad.item, field_name=bad.field, reason=bad.reason, received_at=NOON
        )
        for bad in batch.bad
    ]
    with Journal.open(url, clock=StoppedClock()) as opened:
        opened.submit(lambda connection: store.accept(connection, [], items)).result()
    return url


def test_they_are_listed_newest_first_with_what_is_wrong(start: Start, journal: str) -> None:
    command = start("asides", "--json", "--journal", journal)

    assert command.wait() == 0
    listed = json.loads("\n".join(command.out))
    assert [(row["id"], row["message_id"], row["field"]) for row in listed] == [
        (2, "", "text"),
        (1, "817790313235066447", "receivedAt"),
    ]
    assert listed[1]["path"] == "/sms-received-message"
    assert "private" not in command.said


def test_the_items_are_shown_where_they_are_asked_for_with_numbers_masked(start: Start, journal: str) -> None:
    command = start("asides", "--text", "--journal", journal)

    assert command.wait() == 0
    assert "private" in command.said
    assert ANA not in command.said


def test_they_are_counted_as_something_to_look_at(journal: str) -> None:
    with Journal.open_reader(journal) as reader:
        assert reader.read(store.depth).asides == 2
