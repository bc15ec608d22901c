"""What a host counts of its own work: each step of a message once, however often something is repeated."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import Effect, FakeInfobip, Fault
from infobip_rules.settings import Settings
from infobip_rules.telemetry import HostTelemetry

ANA = "385916242493"
REPLY = """
from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("client"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text != "nothing"))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "You wrote: " + c.signal.text)
"""


@pytest.fixture
async def host(settings: Settings, tmp_path: Path) -> AsyncIterator[Host]:
    file = tmp_path / "client.py"
    file.write_text(REPLY)
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        async with Host(load_rules([file]), settings=settings, journal=journal) as host:
            yield host


async def post(host: Host, *items: dict[str, Any], began: float | None = None) -> None:
    """A webhook with these items; it came `began` seconds ago."""
    batch = parse_inbound(orjson.dumps({"results": items}), expected=None, now=datetime.now(UTC))
    await host.receive(batch if began is None else batch._replace(began=time.monotonic() - began))


def message(text: str) -> dict[str, Any]:
    return {"messageId": f"in-{text}", "from": ANA, "to": "447491163443", "text": text}


async def counted(host: Host, wanted: Callable[[HostTelemetry], bool]) -> HostTelemetry:
    """What was counted, once all is done and `wanted` holds: a count follows its commit."""
    assert await host.settled()
    async with asyncio.timeout(60):
        while not wanted(host.telemetry):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    return host.telemetry


async def test_a_message_is_counted_once_at_each_step(host: Host, fake: FakeInfobip) -> None:
    await post(host, message("hello"), began=0.5)
    seen = await counted(host, lambda seen: seen.acceptance.count > 0)
    report = {"messageId": fake.messages[0].message_id, "to": ANA, "status": {"groupName": "DELIVERED"}}
    await post(host, report)
    await post(host, report)  # as Infobip repeats it

    assert {name: stage.count for name, stage in seen.stages.items()} == dict.fromkeys(seen.stages, 1)
    assert seen.webhook_commit.total >= 0.5
    assert +seen.attempts == {"accepted": 1}


async def test_a_webhook_counts_once_however_many_messages_it_brings_and_each_of_them_waits(host: Host) -> None:
    await post(host, *(message(str(number)) for number in range(5)), began=0.0)
    seen = await counted(host, lambda seen: seen.acceptance.count == 5)
    assert (seen.webhook_commit.count, seen.signal_wait.count, seen.evaluation.count) == (1, 5, 5)


async def test_reports_that_say_something_else_than_delivery_are_no_delivery(host: Host, fake: FakeInfobip) -> None:
    await post(host, message("hello"))
    seen = await counted(host, lambda seen: seen.acceptance.count > 0)
    message_id = fake.messages[0].message_id
    await post(host, {"messageId": message_id, "to": ANA, "status": {"groupName": "UNDELIVERABLE"}})
    await post(host, {"messageId": "nobody's", "to": ANA, "status": {"groupName": "DELIVERED"}})
    assert seen.delivery.count == 0


async def test_an_attempt_that_is_tried_again_counts_as_such_before_the_one_that_is_accepted(
    host: Host, fake: FakeInfobip
) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT))
    await post(host, message("hello"))
    seen = await counted(host, lambda seen: seen.acceptance.count > 0)
    assert +seen.attempts == {"retried": 1, "accepted": 1}


async def test_what_no_rule_answers_is_evaluated_and_nothing_more(host: Host) -> None:
    await post(host, message("nothing"))
    seen = await counted(host, lambda seen: seen.evaluation.count > 0)
    assert (seen.signal_wait.count, seen.acceptance.count) == (1, 0)
    assert not +seen.attempts
