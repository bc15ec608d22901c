"""Items set aside: taken in as what a webhook brings, forgotten only then, left if they still can't be read."""

from __future__ import annotations

import asyncio
import json

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.errors import JournalError
from infobip_rules.host.retrying import Retrier, batch_of, why_unreadable
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import AsideItem, AsideRow
from infobip_rules.journal.requests import Arrival
from infobip_rules.receiver import Receipt
from tests.journal.make import NOON
from tests.served_host import item

MESSAGE = json.dumps(item("m1"))


def set_aside(text: str, path: str = "/sms-received-message") -> AsideItem:
    return AsideItem(path=path, item=text, field_name="from", reason="is missing", received_at=NOON)


def row(text: str, path: str = "/sms-received-message") -> AsideRow:
    return AsideRow(id=1, path=path, item=text, field_name="", reason="", received_at=NOON)


class Inbox:
    """Takes batches in, unless its journal is full."""

    def __init__(self, *, full: bool = False) -> None:
        self.batches: list[InboundBatch] = []
        self.full = full
        self.asked = asyncio.Event()

    async def receive(self, batch: InboundBatch) -> Receipt:
        self.asked.set()
        if self.full:
            raise JournalError("The disk is full.", "Make room.")
        self.batches.append(batch)
        return Receipt(new=len(batch.items), duplicates=0, set_aside=len(batch.bad))


async def until_settled(journal: Journal, inbox: Inbox, ids: list[int]) -> None:
    """Runs a retrier until it has been at all that is marked."""
    retrier = Retrier(journal=journal, receive=inbox.receive, channels=BUILT_IN)
    await journal.admin.retry_asides(ids)
    running = asyncio.create_task(retrier.run())
    async with asyncio.timeout(60):
        while not inbox.full and await journal.inbox.marked_for_retry(limit=9):  # noqa: ASYNC110 - nobody is told of it
            await asyncio.sleep(0.01)
        if inbox.full:
            await inbox.asked.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_item_is_taken_in_and_forgotten(journal: Journal) -> None:
    inbox = Inbox()
    await journal.inbox.accept(Arrival(asides=[set_aside(MESSAGE), set_aside(MESSAGE)]))
    await until_settled(journal, inbox, [2])
    assert [batch.items[0].dedup_key for batch in inbox.batches] == ["m:m1"]
    assert await journal.history.all_asides() == [1]


async def test_an_item_that_still_can_not_be_read_stays_and_is_not_tried_again(journal: Journal) -> None:
    inbox = Inbox()
    await journal.inbox.accept(Arrival(asides=[set_aside("no JSON")]))
    await until_settled(journal, inbox, [1])
    assert inbox.batches == []
    assert await journal.history.all_asides() == [1]


async def test_an_item_that_could_not_be_kept_is_tried_again_later(journal: Journal) -> None:
    await journal.inbox.accept(Arrival(asides=[set_aside(MESSAGE)]))
    await until_settled(journal, Inbox(full=True), [1])
    assert [row.id for row in await journal.inbox.marked_for_retry(limit=9)] == [1]
    inbox = Inbox()
    await until_settled(journal, inbox, [1])
    assert len(inbox.batches) == 1


@pytest.mark.parametrize("text", [MESSAGE, json.dumps({"results": [item("m1")]})], ids=["entry", "body"])
def test_an_entry_of_a_body_is_read_as_well_as_a_whole_body(text: str) -> None:
    batch = batch_of(row(text), BUILT_IN)
    assert [entry.dedup_key for entry in batch.items] == ["m:m1"]
    assert batch.path == "/sms-received-message"


def test_what_can_not_be_read_says_why_without_numbers() -> None:
    assert why_unreadable(batch_of(row(json.dumps({"messageId": "x", "text": "hi"})), BUILT_IN)) == "from is missing."
    assert "385916242493" not in why_unreadable(batch_of(row("385916242493 is no JSON {"), BUILT_IN))
    assert why_unreadable(InboundBatch((), ())) == "There is nothing in it."
