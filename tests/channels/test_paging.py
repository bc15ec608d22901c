"""A second channel through the whole host, as a package from outside would bring it: in, out, reported, and shown."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.cli.listing import list_outbox
from infobip_rules.cli.records import whole_message
from infobip_rules.clock import SettableClock, SystemClock
from infobip_rules.delivery.dispatcher import NO_LOGS
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.journal.records import InboxRow, OutboxRow, OutboxState, OutgoingMessage
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.phonepage.board import Board
from infobip_rules.phonepage.phone_page import ASSETS
from infobip_rules.phonepage.phones import Phones
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings
from tests.channels.paging import PageCommand, Paging
from tests.conftest import OUR_NUMBER
from tests.journal import store
from tests.journal.make import a_message, a_signal, evaluated
from tests.served_host import ServedHost, item

CHANNELS = Channels([SmsChannel(), Paging()])
ANA = "385916242493"
PATIENCE = 60.0
RULES = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport
from infobip_rules.lang import c, m, ruleset, signal, when_all
from tests.channels.paging import PageReceived, PageReported, PageSent, page

with ruleset("pager"):

    @when_all(c.signal << signal(PageReceived))
    def answer(c):
        page(c.signal.from_, c.signal.code + 1)

    @when_all(c.sent << signal(PageSent, m.code == 8))
    def taken(c):
        page("385987654321", 100)

    @when_all(c.report << signal(PageReported, m.status.groupName == "DELIVERED"))
    def delivered(c):
        page("385987654321", 2000)

    @when_all(c.report << signal(InfobipSmsReceivedReport))
    def mistaken(c):
        page("385987654321", 9)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def text(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "by text")
        page(c.signal.from_, 7)
"""


@dataclass
class FakePager:
    """The pager service beside the fake Infobip, on the same host."""

    fake: FakeInfobip
    posted: list[dict[str, Any]] = field(default_factory=list)
    #: What it answers.
    status: int = 200
    _came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/pager/1/message", self._take, methods=["POST"]), Mount("/", app=self.fake.app)]
        )

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self._came:
            assert self._came.wait_for(lambda: len(self.posted) >= count, PATIENCE)
            return list(self.posted)

    async def _take(self, request: Request) -> Response:
        assert request.headers["authorization"] == "App sandbox-key"
        body = await request.json()
        with self._came:
            self.posted.append(body)
            self._came.notify_all()
        status = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
        return JSONResponse({"messageId": body["messageId"], "status": status}, self.status)


@pytest.fixture
def pager(fake: FakeInfobip) -> FakePager:
    return FakePager(fake)


@pytest.fixture
def settings(pager: FakePager, tmp_path: Path) -> Iterator[Settings]:
    with serve(pager.app) as url:
        yield Settings.load(
            None,
            base_url=url,
            api_key="sandbox-key",
            phone_number=OUR_NUMBER,
            journal_url=f"sqlite:///{tmp_path / 'journal.db'}",
        )


def pool(rules: Path) -> WorkerPool:
    return WorkerPool([str(rules)], channels=CHANNELS, limits=WorkerLimits(deadline=PATIENCE))


@pytest.fixture(params=["in process", "workers"])
def host(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[ServedHost]:
    (tmp_path / "rules.py").write_text(RULES, "utf-8")
    evaluating = pool if request.param == "workers" else None
    with ServedHost(tmp_path / "rules.py", settings, pool=evaluating, channels=CHANNELS) as host:
        yield host


def a_page(message_id: str = "in-1", code: object = 7) -> dict[str, Any]:
    return {"messageId": message_id, "from": ANA, "to": OUR_NUMBER, "beep": code}


def rows(host: ServedHost) -> list[OutboxRow]:
    assert host.settled()
    return host.submit(host.host.journal.history.messages(limit=99)).result(PATIENCE)[::-1]


def signals(host: ServedHost) -> list[InboxRow]:
    return host.submit(host.host.journal.history.signals(limit=99)).result(PATIENCE)


def reported(host: ServedHost, message_id: str) -> None:
    """A report that names no channel, as those of WhatsApp do."""
    report = {"messageId": message_id, "to": ANA, "doneAt": "2026-11-29T12:00:00.000+0000"}
    report["status"] = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
    answer = httpx.post(f"{host.url}/sms-delivery-report", json={"results": [report]}, trust_env=False)
    assert answer.status_code == 200


def test_a_page_is_answered_by_a_page_and_what_becomes_of_that_comes_back(host: ServedHost, pager: FakePager) -> None:
    assert host.post(a_page()).json() == {"accepted": 1, "duplicates": 0, "setAside": 0}
    answer, taken = pager.wait_for(2)
    assert (answer["from"], answer["to"], answer["beep"]) == (OUR_NUMBER, ANA, 8)
    assert (taken["to"], taken["beep"]) == ("385987654321", 100)
    reported(host, answer["messageId"])
    assert pager.wait_for(3)[2]["beep"] == 2000
    sent = rows(host)
    assert [(row.channel, row.content, row.state) for row in sent] == [
        ("paging", content, OutboxState.ACCEPTED) for content in ("8", "100", "2000")
    ]
    assert sent[0].delivery_group == "DELIVERED"
    kinds = Counter(row.kind for row in signals(host))
    assert kinds == {"PageReceived": 1, "PageSent": 3, "PageReported": 1}


def test_a_page_that_comes_again_counts_once(host: ServedHost, pager: FakePager) -> None:
    host.post(a_page())
    pager.wait_for(2)
    assert host.post(a_page()).json()["duplicates"] == 1
    assert len(rows(host)) == 2


def test_what_can_not_be_read_of_a_page_is_set_aside_alone(host: ServedHost, pager: FakePager) -> None:
    assert host.post(a_page("bad", "seven"), a_page()).json() == {"accepted": 1, "duplicates": 0, "setAside": 1}
    pager.wait_for(2)
    (aside,) = host.submit(host.host.journal.history.asides(limit=9)).result(PATIENCE)
    assert (aside.field_name, aside.reason) == ("code", "is not a whole number")


def test_one_rule_sends_by_two_channels(host: ServedHost, pager: FakePager, fake: FakeInfobip) -> None:
    host.post(item("in-1", number=ANA))
    assert pager.wait_for(1)[0]["beep"] == 7
    assert fake.wait_for(lambda: [message.text for message in fake.sent_to(ANA)] == ["by text"], PATIENCE)
    assert [row.channel for row in rows(host)] == ["sms", "paging"]


def test_lists_traces_and_the_page_of_phones_show_a_page_as_its_channel_does(
    host: ServedHost, pager: FakePager, fake: FakeInfobip, settings: Settings
) -> None:
    host.post(a_page(code=1233))
    pager.wait_for(1)
    (row,) = rows(host)
    (listed,) = list_outbox(settings.journal_url, states=(), limit=9, with_text=True, channels=CHANNELS)
    assert listed["text"] == "beep 1234"
    assert whole_message(row, channels=CHANNELS, with_text=True)["digits"] == 4
    kept = host.submit(host.host.journal.traces.get(row.inbox_id)).result(PATIENCE)
    assert kept is not None
    (message,) = Trace.from_json(kept.document).fired[0].messages
    assert (message.channel, message.text, message.dropped) == ("paging", "beep 1234", "")
    html = host.submit(_page(host, fake)).result(PATIENCE)
    assert "beep 1233" in html
    assert "beep 1234" in html
    assert "long numbers cost double" in html


async def _page(host: ServedHost, fake: FakeInfobip) -> str:
    phones = Phones([ANA], like=fake.settings.number)
    return await Board(host.host, fake, clock=SettableClock(), phones=phones, assets=ASSETS).html(0)


def test_a_command_that_the_channel_does_not_take_is_the_rules_mistake(
    settings: Settings, tmp_path: Path, pager: FakePager
) -> None:
    (tmp_path / "rules.py").write_text(RULES.replace("c.signal.code + 1", '"help"'), "utf-8")
    with ServedHost(tmp_path / "rules.py", settings, channels=CHANNELS) as host:
        host.post(a_page())
        assert host.settled()
        (dead,) = signals(host)
    assert "A pager shows numbers only." in dead.reason


def test_a_message_waits_for_a_channel_that_was_taken_away(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "infobip_rules.delivery")
    (tmp_path / "rules.py").write_text(RULES, "utf-8")
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        journal.submit(
            lambda connection: _leave(connection, replace(a_message(), channel="paging", content="8"))
        ).result(60)
    with ServedHost(tmp_path / "rules.py", settings) as without:
        assert without.submit(_has_reason(without, "no channel is called")).result(PATIENCE)
        (row,) = without.submit(without.host.journal.history.messages(limit=9)).result(PATIENCE)
    assert "no channel is called 'paging'" in caplog.text
    assert (row.state, row.attempts) == (OutboxState.READY, 0)
    (listed,) = list_outbox(settings.journal_url, states=(), limit=9, with_text=True)
    assert listed["text"] == "8"


def _leave(connection: Connection, message: OutgoingMessage) -> None:
    """What an earlier host left: a message that is due."""
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    assert store.commit(connection, evaluated(inbox_id, message))


async def _has_reason(host: ServedHost, reason: str) -> bool:
    """Whether the one message has a reason like this, once that is so."""
    async with asyncio.timeout(PATIENCE):
        while reason not in (await host.host.journal.history.messages(limit=9))[0].reason:
            host.host.wake()
            await asyncio.sleep(0.05)
    return True


def test_the_registry_goes_to_other_processes_as_it_is() -> None:
    there = pickle.loads(pickle.dumps(CHANNELS))  # noqa: S301 - our own
    assert [channel.name for channel in there] == ["sms", "paging"]
    assert there.compose(PageCommand(ANA, 7)).content == "7"


def test_a_channel_without_logs_waits_for_the_report_and_sends_nothing_twice(
    settings: Settings, tmp_path: Path, pager: FakePager
) -> None:
    (tmp_path / "rules.py").write_text(RULES, "utf-8")
    pager.status = 500  # it was taken, or not: nobody knows
    at_once = settings.model_copy(update={"lookup_delays": (timedelta(), timedelta(), timedelta())})
    with ServedHost(tmp_path / "rules.py", at_once, channels=CHANNELS) as host:
        host.post(a_page(code=1))
        (posted,) = pager.wait_for(1)
        assert host.submit(_has_reason(host, NO_LOGS)).result(PATIENCE)
        pager.status = 200
        reported(host, posted["messageId"])
        assert pager.wait_for(2)[1]["beep"] == 2000  # what a rule makes of the report
        first, _ = rows(host)
    assert (first.state, first.attempts, first.delivery_group) == (OutboxState.ACCEPTED, 1, "DELIVERED")
