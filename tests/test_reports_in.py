"""Delivery reports on their way in: what they change about their message, and what rules hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.delivery.decisions import NEVER_KNOWN, Sending, after_attempt, after_lookup, given_up
from infobip_rules.host.intake import arrival_of
from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Rejected, Unknown
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow, OutboxState
from infobip_rules.journal.sqlite.memory import MemoryJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import Effect, FakeInfobip, Fault
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportError, ReportStatus
from tests.journal import store

from .journal.make import NOON, SECOND, a_message, a_signal, evaluated
from .served_host import ServedHost, item

LISTENING = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("listening"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "you wrote: " + c.signal.text)

    @when_all(c.sent << signal(InfobipSmsSentMessage))
    def sent(c):
        pass

    @when_all(c.report << signal(InfobipSmsReceivedReport))
    def reported(c):
        pass
"""
DUPLICATE = {"groupId": 5, "groupName": "REJECTED", "id": 23, "name": "REJECTED_DUPLICATE_MESSAGE_ID"}
FINAL = ("UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "listening.py"
    file.write_text(LISTENING, encoding="utf-8")
    return file


def message_of(host: ServedHost) -> OutboxRow:
    (row,) = host.host.journal.read(store.list_outbox)
    return row


def heard(host: ServedHost) -> list[tuple[str, str]]:
    """The signals that rules were given besides what was received, with their status groups, in order."""
    rows = host.host.journal.read(store.list_inbox)
    return [
        (row.kind.removeprefix("InfobipSms"), orjson.loads(row.payload)["status"]["groupName"])
        for row in reversed(rows)
        if row.kind != "InfobipSmsReceivedMessage" and row.fired
    ]


def report(host: ServedHost, status: Mapping[str, Any], done_at: str = "2026-11-20T09:15:04.000+0000") -> None:
    body = {"results": [{"messageId": message_of(host).message_id, "status": status, "doneAt": done_at}]}
    answer = httpx.post(f"{host.url}/sms-delivery-report", json=body, trust_env=False, timeout=60)
    assert answer.status_code == 200
    assert host.settled()


# Id 23, which is about an attempt.


def test_a_repeat_that_only_its_report_refuses_leaves_the_message_delivered(
    rules: Path, fake: FakeInfobip, settings: Settings
) -> None:
    fake.settings.on_duplicate = "report"
    fake.settings.log_lag = timedelta(minutes=10)  # the logs are silent
    fake.settings.outcome = "NONE"
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))
    at_once = settings.model_copy(update={"lookup_delays": (timedelta(),) * 3})
    with ServedHost(rules, at_once) as host:
        fake.settings.report_url = f"{host.url}/sms-delivery-report"
        host.post(item("in-1"))
        assert fake.wait_for(lambda: len(fake.posts) == 2)
        assert fake.wait_for(lambda: [one.status for one in fake.callbacks if one.kind == "report"] == [200])
        assert host.settled()
        asyncio.run(fake.report(message_of(host).message_id, "DELIVERED"))
        assert host.settled()
        assert fake.doubled == {}
        assert (message_of(host).state, message_of(host).delivery_group) == (OutboxState.ACCEPTED, "DELIVERED")
        assert heard(host) == [("SentMessage", "PENDING"), ("ReceivedReport", "DELIVERED")]


def test_a_report_with_id_23_changes_nothing_and_is_no_signal(
    rules: Path, fake: FakeInfobip, settings: Settings
) -> None:
    with ServedHost(rules, settings) as host:
        host.post(item("in-1"))
        assert host.settled()
        report(host, {"groupName": "DELIVERED", "id": 5})
        before = message_of(host)
        report(host, DUPLICATE)
        assert message_of(host) == before
        assert heard(host) == [("SentMessage", "PENDING"), ("ReceivedReport", "DELIVERED")]
        (last, *_) = host.host.journal.read(store.list_inbox)
        assert last.state is InboxState.DONE
        assert "repeated attempt" in last.reason


def test_a_report_with_id_23_shows_that_a_message_was_accepted(fake: FakeInfobip) -> None:
    with Exchange() as exchange:
        exchange.attempt(UNKNOWN)
        exchange.report(DUPLICATE)
        assert exchange.row.state is OutboxState.ACCEPTED
        (sent,) = exchange.sent
    assert orjson.loads(sent.payload)["status"]["groupName"] == "PENDING"


def test_a_report_with_id_23_on_a_message_of_somebody_else_is_a_signal_as_any_other() -> None:
    with Exchange() as exchange:
        exchange.report(DUPLICATE, message_id="not ours", to="385981234567")
        (row, *_) = exchange.journal.read(store.list_inbox)
    assert row.state is InboxState.PENDING


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("other", FINAL)
def test_delivered_stands_above_other_groups_whichever_comes_first(final: str, other: str) -> None:
    with Exchange() as exchange:
        exchange.report({"groupName": final})
        exchange.report({"groupName": other})
        kept = exchange.row
    expected = "DELIVERED" if "DELIVERED" in (final, other) else final
    assert (kept.delivery_group, expected in (kept.report or "")) == (expected, True)


# How it is learnt that Infobip took a message.


class Exchange:
    """One message between the journal and Infobip: what happens to it, one after the other."""

    def __init__(self) -> None:
        self.journal = MemoryJournal()
        self.now = NOON

    def __enter__(self) -> Exchange:
        self._run(_write_message)
        return self

    def __exit__(self, *raised: object) -> None:
        self.journal.close()

    @property
    def row(self) -> OutboxRow:
        row = self.journal.read(lambda connection: store.find_message(connection, "out-1"))
        assert row is not None
        return row

    @property
    def sent(self) -> list[InboxRow]:
        return [row for row in self.journal.read(store.list_inbox) if row.kind == "InfobipSmsSentMessage"]

    @property
    def sending(self) -> Sending:
        delays = (timedelta(),)
        return Sending(now=self.now, jitter=0.5, channels=BUILT_IN, wants=lambda kind: True, lookup_delays=delays)

    def attempt(self, outcome: Outcome) -> None:
        """The message is claimed and posted, if it is ready; its outcome comes whatever happened meanwhile."""
        self._run(lambda connection: store.claim(connection, now=self.now + timedelta(days=2), limit=1))
        self.answer(outcome)

    def answer(self, outcome: Outcome) -> None:
        record = after_attempt(self.row, outcome, self.sending)
        self._run(lambda connection: store.record(connection, [record]))

    def look_up(self, status: ReportStatus | None) -> None:
        """The logs are asked, if the outcome is unknown."""
        if self.row.state is OutboxState.UNKNOWN:
            found = None if status is None else LogRow(message_id="out-1", status=status, error=ReportError())
            record = after_lookup(self.row, found, self.sending)
            self._run(lambda connection: store.record(connection, [record]))

    def die(self) -> None:
        """The process is killed, and comes back."""
        self._run(lambda connection: store.recover(connection, due_at=self.now))

    def give_up(self) -> None:
        if self.row.state is OutboxState.UNKNOWN:
            record = given_up(self.row, NEVER_KNOWN, self.sending)
            self._run(lambda connection: store.record(connection, [record]))

    def resend(self) -> None:
        self._run(lambda connection: store.resend(connection, "out-1", now=self.now))

    def report(self, status: Mapping[str, Any], *, message_id: str = "out-1", to: str = "") -> None:
        self.now += SECOND
        result = {"messageId": message_id, "to": to, "status": status, "doneAt": self.now.isoformat()}
        batch = parse_inbound(orjson.dumps({"results": [result]}), expected="report", now=self.now)
        asyncio.run(self.journal.inbox.accept(arrival_of(batch, RULEBOOK, BUILT_IN, self.now)))

    def _run(self, operation: Callable[[Connection], object]) -> None:
        self.journal.submit(operation).result()


def _write_message(connection: Connection) -> None:
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    store.commit(connection, evaluated(inbox_id, a_message()))


RULEBOOK = load_rules([Path(__file__).parents[1] / "rules" / "follow_up_on_reports.py"])
PENDING = ReportStatus(groupId=1, groupName="PENDING", id=26, name="PENDING_ACCEPTED")
REFUSED = ReportStatus(groupId=5, groupName="REJECTED", id=12, name="REJECTED_NOT_ENOUGH_CREDITS")
REPEATED = ReportStatus.model_validate(DUPLICATE)
UNKNOWN = Unknown(message_id="out-1", reason="dropped")
OUTCOMES = st.sampled_from(
    [
        Accepted(message_id="out-1", status=PENDING),
        Accepted(message_id="out-1", status=REPEATED),
        Rejected(message_id="out-1", status=REFUSED, reason="no credit"),
        UNKNOWN,
        NotSent(message_id="out-1", reason="429", retryable=True, http_status=429),
        NotSent(message_id="out-1", reason="401", retryable=False, http_status=401),
        NotSent(message_id="out-1", reason="400", retryable=False, http_status=400),
    ]
)
STATUSES = st.sampled_from([PENDING, REFUSED, REPEATED, *(ReportStatus(groupName=group) for group in FINAL)])
EVENTS = st.one_of(
    st.just(("attempt", UNKNOWN)),
    st.tuples(st.just("attempt"), OUTCOMES),
    st.tuples(st.just("answer"), OUTCOMES),
    st.tuples(st.just("look_up"), st.none() | STATUSES),
    st.tuples(st.just("report"), STATUSES.map(ReportStatus.model_dump)),
    st.tuples(st.sampled_from(["die", "give_up", "resend"]), st.none()),
)


@given(st.lists(EVENTS, max_size=12))
def test_whatever_happens_and_however_it_is_learnt_a_settled_message_has_one_sent_signal(
    events: list[tuple[str, Any]],
) -> None:
    with Exchange() as exchange:
        for name, argument in events:
            happen = getattr(exchange, name)
            happen() if name in {"die", "give_up", "resend"} else happen(argument)
            settled = exchange.row.state in (OutboxState.ACCEPTED, OutboxState.REJECTED)
            assert len(exchange.sent) == settled


@pytest.mark.parametrize("way", ["answer", "logs", "report", "report after it was given up", "id 23"])
def test_acceptance_is_told_once_in_each_way_that_it_is_learnt(way: str) -> None:
    with Exchange() as exchange:
        exchange.attempt(Accepted(message_id="out-1", status=PENDING) if way == "answer" else UNKNOWN)
        if way == "logs":
            exchange.look_up(PENDING)
        if way == "report after it was given up":
            exchange.give_up()
        if way.startswith("report"):
            exchange.report({"groupName": "DELIVERED"})
        if way == "id 23":
            exchange.report(DUPLICATE)
        exchange.answer(Accepted(message_id="out-1", status=PENDING))  # the answer that was thought lost
        assert exchange.row.state is OutboxState.ACCEPTED
        assert len(exchange.sent) == 1


def test_a_report_that_says_rejected_settles_a_message_as_rejected() -> None:
    with Exchange() as exchange:
        exchange.attempt(UNKNOWN)
        exchange.report(REFUSED.model_dump())
        assert exchange.row.state is OutboxState.REJECTED
        assert [orjson.loads(row.payload)["status"]["id"] for row in exchange.sent] == [12]
