"""Delivery policies that a program gives its own host, with real requests to the fake Infobip."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.delivery.policies import Objection, Policy, Refuse, Traffic
from infobip_rules.host import Host
from infobip_rules.journal.records import OutboxRow, OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportStatus
from tests.conftest import SAMPLES
from tests.journal import store

ANA, OTHER = "385916242493", "385987654321"
RULES = f"""
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsSentMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

with ruleset("replies"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "Hello")

    @when_all(c.sent << signal(InfobipSmsSentMessage, m.status.name == "REJECTED_BY_US"))
    def refused(c):
        InfobipAdapterAPI.send_sms_text_message("{OTHER}", "It was refused.")
"""

With = Callable[..., AbstractAsyncContextManager[Host]]


@pytest.fixture
def host_with(settings: Settings, tmp_path: Path) -> With:
    """A host with these policies, which has taken in a message of Ana's and come to rest."""

    @asynccontextmanager
    async def running(*policies: Policy, rest: bool = True) -> AsyncIterator[Host]:
        file = tmp_path / "rules_of_test.py"
        file.write_text(RULES, encoding="utf-8")
        with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
            async with Host(load_rules([file]), settings=settings, journal=journal, policies=policies) as host:
                body = (SAMPLES / "mo_single_keyword.json").read_bytes()
                await host.receive(parse_inbound(body, expected="message", now=datetime.now(UTC)))
                assert not rest or await host.settled(60)
                yield host

    return running


def refuse_ana(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
    if row.recipient != ANA:
        return None
    return Refuse(status=ReportStatus(groupName="REJECTED", name="REJECTED_BY_US"), reason="Not to Ana.")


def fail_for_ana(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
    if row.recipient == ANA:
        raise ZeroDivisionError
    return None


def rows(host: Host) -> list[OutboxRow]:
    return list(host.journal.read(store.list_outbox))


async def test_what_a_policy_refuses_is_not_sent_and_rules_are_told(host_with: With, fake: FakeInfobip) -> None:
    async with host_with(refuse_ana) as host:
        refused = [(row.recipient, row.state, row.reason) for row in rows(host) if row.recipient == ANA]

    assert refused == [(ANA, OutboxState.REJECTED, "Not to Ana.")]
    assert not fake.sent_to(ANA)
    assert [message.text for message in fake.sent_to(OTHER)] == ["It was refused."]


async def test_a_message_whose_policy_fails_waits_with_the_reason(
    host_with: With, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    async with host_with(fail_for_ana, rest=False) as host:
        async with asyncio.timeout(60):
            while not any(row.reason for row in rows(host)):
                await host.settled(0.05)
        (row,) = rows(host)

    assert row.state is OutboxState.READY
    assert row.reason.startswith("Held: the policy fail_for_ana of Host(policies=...) raised ZeroDivisionError.")
    assert not fake.sent_to(ANA)
    assert "delivery.policy_failed" in caplog.text
