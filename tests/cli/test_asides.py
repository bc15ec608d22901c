"""`asides`: what webhooks brought that could not be read, for a person to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.sms.lookups import SmsInbox
from infobip_rules.clock import SystemClock
from infobip_rules.journal.records import AsideItem
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store
from tests.journal.make import ANA, NOON, StoppedClock
from tests.served_host import ServedHost

from .conftest import KEY, Start

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
    with FileJournal.open(url, clock=StoppedClock()) as opened:
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
    with FileReader.open(journal) as reader:
        assert reader.read(store.depth).asides == 2


MESSAGES, REPORTS = "/sms-received-message", "/sms-delivery-report"
ASIDE = {
    # What an earlier version could not read, or what was pulled while nothing could be taken in.
    "a date": (
        MESSAGES,
        json.dumps({"messageId": "a", "from": ANA, "text": "late", "receivedAt": "2026-11-20T09:15:02"}),
    ),
    "a body": (SmsInbox.inbox_path, json.dumps({"results": [{"messageId": "b", "from": ANA, "text": "pulled"}]})),
    "no sender": (MESSAGES, json.dumps({"messageId": "c", "text": "private"})),
    "no JSON": (SmsInbox.inbox_path, "<html>not JSON"),
    "a report": (
        "/prefix/sms_delivery_report",
        json.dumps({"messageId": "d", "to": ANA, "status": {"groupName": "X"}}),
    ),
}


@pytest.fixture
def kept(tmp_path: Path) -> str:
    """A journal with an item of each kind set aside, by ids from 1 on."""
    url, now = f"sqlite:///{tmp_path}/infobip-rules.db", SystemClock().now()
    items = [
        AsideItem(path=path, item=item, reason="was not understood", received_at=now) for path, item in ASIDE.values()
    ]
    with FileJournal.open(url, clock=StoppedClock()) as opened:
        opened.submit(lambda connection: store.accept(connection, [], items)).result()
    return url


def of(settings: Settings, journal: str) -> Settings:
    """The settings of a host on this journal, with the key that the fake knows."""
    return settings.model_copy(update={"journal_url": journal, "api_key": SecretStr(KEY)})


def listed(url: str) -> list[int]:
    """The ids of what is set aside, the first first."""
    with FileReader.open(url) as reader:
        return sorted(row.id for row in reader.read(store.list_asides))


def test_what_is_no_json_is_listed_too(start: Start, kept: str) -> None:
    command = start("asides", "--json", "--journal", kept)

    assert command.wait() == 0
    assert [row["message_id"] for row in json.loads("\n".join(command.out))] == ["d", "", "c", "", "a"]


def test_what_can_be_read_by_now_is_retried_and_the_rest_told(start: Start, kept: str) -> None:
    command = start("asides", "retry", "--all", "--json", "--journal", kept)

    assert command.wait() == 1
    assert json.loads("\n".join(command.out)) == [
        {"id": 1, "changed": True, "state": "retried", "reason": ""},
        {"id": 2, "changed": True, "state": "retried", "reason": ""},
        {"id": 3, "changed": False, "state": None, "reason": "Item 3 still can't be read: from is missing."},
        {"id": 4, "changed": False, "state": None, "reason": "Item 4 still can't be read: The body is not JSON."},
        {"id": 5, "changed": True, "state": "retried", "reason": ""},
    ]
    assert "A running host takes this up within a second" in command.said
    assert listed(kept) == [1, 2, 3, 4, 5]


def test_a_running_host_takes_in_what_is_retried_as_a_webhook_would(
    start: Start, kept: str, fake: FakeInfobip, settings: Settings
) -> None:
    with ServedHost(Path("rules/reply_to_sms.py"), of(settings, kept)) as host:
        for _ in range(2):
            assert start("asides", "retry", "1", "2", "5", "--journal", kept).wait() in {0, 1}
            assert fake.wait_for(lambda: len(fake.messages) == 2)
        assert fake.wait_for(lambda: listed(kept) == [3, 4])
        assert host.settled()
        signals = host.host.journal.read(store.list_inbox)
    assert {row.dedup_key for row in signals if row.kind != "InfobipSmsSentMessage"} == {"m:a", "m:b", "r:d:X:"}
    assert [message.to for message in fake.messages] == [ANA, ANA]


def test_discarded_items_are_gone(start: Start, kept: str) -> None:
    command = start("asides", "discard", "3", "4", "9", "--journal", kept)

    assert command.wait() == 1
    assert command.out == ["3 discarded", "4 discarded"]
    assert "No item 9 is set aside." in command.said
    assert listed(kept) == [1, 2, 5]


@pytest.mark.parametrize("word", ["retry", "discard"])
def test_ids_or_all_have_to_be_given(start: Start, kept: str, word: str) -> None:
    command = start("asides", word, "--journal", kept)

    assert command.wait() == 2
    assert "Give ids, or --all." in command.said


def test_what_is_retried_without_a_host_waits_for_the_next(
    start: Start, kept: str, fake: FakeInfobip, settings: Settings
) -> None:
    assert start("asides", "retry", "1", "--journal", kept).wait() == 0
    with ServedHost(Path("rules/reply_to_sms.py"), of(settings, kept)):
        assert fake.wait_for(lambda: len(fake.messages) == 1)
