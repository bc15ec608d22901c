"""The host as a whole: webhook bodies in, evaluations, messages out at the fake Infobip, all through the journal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.host import Host
from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.receiver import Receipt
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import Effect, FakeInfobip, Fault
from infobip_rules.settings import Settings
from tests.channels.composing import sms_of
from tests.conftest import OUR_NUMBER, SAMPLES
from tests.journal import store

ANA = "385916242493"
HEADER = """from infobip_rules import *
from infobip_rules.lang import *
send = InfobipAdapterAPI.send_sms_text_message
with ruleset("test"):
"""
REPLY = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        send(c.client.get_connection("phone"), "you wrote: " + c.signal.text)
        c.delete(c.signal)
"""

#: Runs rules, with settings by name that are to differ.
Run = Callable[..., AbstractAsyncContextManager[Host]]


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """`async with run(rules) as host`: a host with these rules on the test's journal; again and again, as restarts."""

    @asynccontextmanager
    async def running(rules: str, **changes: object) -> AsyncIterator[Host]:
        file = tmp_path / "rules_of_test.py"
        file.write_text(HEADER + rules, encoding="utf-8")
        with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
            changed = settings.model_copy(update=changes)
            async with Host(load_rules([file]), settings=changed, journal=journal) as host:
                yield host

    return running


def item(text: str, *, number: str = ANA, message_id: str = "", **fields: Any) -> dict[str, Any]:
    """One received message as Infobip sends it."""
    sent = {"messageId": message_id or f"id-{text}-{number}", "from": number, "to": OUR_NUMBER, "text": text}
    return {**sent, "receivedAt": "2026-10-06T09:28:39.220+0000", **fields}


async def receive(host: Host, *items: dict[str, Any]) -> Receipt:
    """What a webhook with these items does."""
    body = orjson.dumps({"results": items, "messageCount": len(items), "pendingMessageCount": 0})
    return await host.receive(parse_inbound(body, expected=None, now=datetime.now(UTC)))


async def test_a_received_message_gets_its_reply(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        body = (SAMPLES / "mo_single_keyword.json").read_bytes()
        receipt = await host.receive(parse_inbound(body, expected="message", now=datetime.now(UTC)))
        assert receipt == Receipt(new=1, duplicates=0, set_aside=0)
        assert await host.settled()
    (message,) = fake.messages
    assert (message.to, message.sender) == (ANA, OUR_NUMBER)
    assert message.text == "you wrote: QUIZ Correct answer is Paris"
    assert not message.shorten_url


async def test_a_repeated_webhook_takes_effect_once(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        await host.settled()
        receipt = await receive(host, item("hello"), item("again"))
        assert receipt == Receipt(new=1, duplicates=1, set_aside=0)
        assert await host.settled()
    assert [message.text for message in fake.messages] == ["you wrote: hello", "you wrote: again"]


async def test_bad_items_are_kept_aside_and_good_ones_take_effect(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        receipt = await receive(host, item("good"), {"messageId": "x", "text": "no sender"}, item("fine"))
        assert receipt == Receipt(new=2, duplicates=0, set_aside=1)
        assert await host.settled()
        (aside,) = host.journal.read(store.list_asides)
    assert aside.field_name == "from"
    assert json.loads(aside.item)["text"] == "no sender"
    assert len(fake.messages) == 2


async def test_first_contact_opens_a_session_with_its_agent(run: Run) -> None:
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        await host.settled()
        session = host.journal.read(lambda connection: store.get_session(connection, ANA))
    assert session is not None
    assert json.loads(session.state)["facts"] == [[1, "ClientAgent", {"identifier": "", "connections": {"phone": ANA}}]]


@pytest.mark.parametrize(
    ("address", "kept", "why"),
    [
        ("c.signal.from_", "MTN", "M** is not E.164 (8 to 15 digits, the country code first)."),
        ('"12345"', "12345", "1**** is not E.164 (8 to 15 digits, the country code first)."),
        ('"0981234567"', "0981234567", "09******67 is not E.164 (8 to 15 digits, the country code first)."),
        ('"a\\x00" + "b" * 100_000', "a" + "b" * 62, "is not E.164"),
        ("None", "", "There is no phone number."),
        ('""', "", "There is no phone number."),
    ],
)
async def test_a_message_to_what_is_no_phone_number_is_dropped_and_the_rest_of_the_rule_stays(  # noqa: PLR0917 - fixtures
    run: Run, fake: FakeInfobip, caplog: pytest.LogCaptureFixture, address: str, kept: str, why: str
) -> None:
    rules = f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        send({address}, "dropped")
        send("385981234567", "kept")
        c.insert(ClientAgent(identifier="kept"))

    @when_all(c.sent << signal(InfobipSmsSentMessage, m.status.groupName == "REJECTED"))
    def hear(c):
        send("385981234567", c.sent.status.name + " " + c.sent.text)
"""
    async with run(rules) as host:
        body = (SAMPLES / "mo_from_operator.json").read_bytes()
        await host.receive(parse_inbound(body, expected="message", now=datetime.now(UTC)))
        assert await host.settled()
        assert host.journal.read(store.depth).dead == 0
        rows = host.journal.read(store.list_outbox)
        session = host.journal.read(lambda connection: store.get_session(connection, "MTN"))
        trace = host.journal.read(lambda connection: store.get_trace(connection, 1))
    assert sorted(message.text for message in fake.messages) == ["REJECTED_NO_PHONE_NUMBER dropped", "kept"]
    (row,) = [row for row in rows if sms_of(row).text == "dropped"]
    assert (row.recipient, row.state, row.attempts) == (kept, OutboxState.REJECTED, 0)
    assert session is not None
    assert '"kept"' in session.state
    assert trace is not None
    (dropped, sent) = Trace.from_json(trace.document).fired[0].messages
    assert why in dropped.dropped
    assert sent.dropped == ""
    (line,) = [line for line in caplog.messages if line.startswith("delivery.rejected")]
    assert f"message_id={row.message_id}" in line
    assert why.partition(" (")[0].rstrip(".") in line


COUNT = """
    pass

class Visits(Fact):
    count: int = 0

with ruleset("counting"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Visits)))
    def first(c):
        c.insert(Visits(count=1))
        send(c.signal.from_, "visit 1")
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visits << fact(Visits))
    def later(c):
        c.modify(c.visits, count=c.visits.count + 1)
        send(c.signal.from_, f"visit {c.visits.count}")
        c.delete(c.signal)
"""


async def test_facts_are_remembered_over_restarts_and_signals_of_a_person_keep_their_order(
    run: Run, fake: FakeInfobip
) -> None:
    for turn in range(3):
        async with run(COUNT, flood_guard="off") as host:
            await receive(host, *(item(f"{turn}-{n}") for n in range(20)), item(f"{turn}", number="447712345678"))
            assert await host.settled()
    assert [message.text for message in fake.sent_to(ANA)] == [f"visit {n}" for n in range(1, 61)]
    assert [message.text for message in fake.sent_to("447712345678")] == ["visit 1", "visit 2", "visit 3"]


async def test_a_rule_that_raises_sends_nothing_and_the_next_signal_goes_on(run: Run, fake: FakeInfobip) -> None:
    rules = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def fragile(c):
        c.insert(ClientAgent(identifier="never kept"))
        send(c.signal.from_, "half done")
        if c.signal.text == "bad":
            raise LookupError("no such order 385916242493")
"""
    async with run(rules) as host:
        await receive(host, item("bad"), item("good"))
        assert await host.settled()
        (dead,) = host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
        session = host.journal.read(lambda connection: store.get_session(connection, ANA))
    assert dead.rule == "test/fragile"
    assert "LookupError: no such order" in dead.reason
    assert "rules_of_test.py" in dead.traceback
    assert ANA not in dead.reason + dead.traceback
    assert [message.text for message in fake.messages] == ["half done"]
    assert session is not None
    assert session.state.count("never kept") == 1


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('send(385981234567, "x")', "needs a phone number"),
        ('send("385981234567", "")', "empty"),
        ('send("385981234567", "x" * 5000)', "25"),
        ('send("385981234567", 5)', "needs a text"),
    ],
)
async def test_what_can_not_be_sent_is_an_error_at_the_call_and_nothing_is_stored(
    run: Run, call: str, reason: str
) -> None:
    rules = f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def wrong(c):
        {call}
"""
    async with run(rules) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (dead,) = host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
        assert host.journal.read(store.list_outbox) == []
    assert reason in dead.reason


async def test_the_reason_of_a_dead_letter_does_not_repeat_what_somebody_wrote(run: Run) -> None:
    rules = """
    pass

class Pin(Fact):
    number: int

with ruleset("pins"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def remember(c):
        c.insert(Pin(number=c.signal.text))
"""
    async with run(rules) as host:
        await receive(host, item("my pin is 4711"))
        assert await host.settled()
        (dead,) = host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    assert "ValidationError: Pin.number: Input should be a valid integer" in dead.reason
    assert "4711" not in dead.reason + dead.traceback


async def test_a_url_is_shortened_only_when_asked_for(run: Run, fake: FakeInfobip) -> None:
    rules = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def both(c):
        send(c.signal.from_, "plain https://example.com/a/long/path/of/a/page")
        InfobipAdapterAPI.sendSmsTextMessage(c.signal.from_, "short https://example.com/a/long/path/of/a/page", True)
"""
    async with run(rules) as host:
        await receive(host, item("hello"))
        assert await host.settled()
    assert {message.text[:5]: message.shorten_url for message in fake.messages} == {"plain": False, "short": True}
    plain = next(post for post in fake.posts if "plain" in post.body.decode())
    assert "tracking" not in plain.body.decode()


async def test_what_was_accepted_before_a_stop_is_finished_after_the_start(
    run: Run, fake: FakeInfobip, settings: Settings
) -> None:
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        idle = Host(load_rules(["rules"]), settings=settings, journal=journal)  # never started: it only takes in
        await receive(idle, item("one"), item("two"))
        await idle.client.close()
    async with run(REPLY) as host:
        assert await host.settled()
    assert [message.text for message in fake.messages] == ["you wrote: one", "you wrote: two"]


async def test_attempts_that_sent_nothing_are_repeated_under_the_same_message_id(run: Run, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT), times=1)
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (row,) = host.journal.read(store.list_outbox)
    assert (row.state, row.attempts) == (OutboxState.ACCEPTED, 2)
    assert fake.accepted_ids == (row.message_id,)


async def test_a_message_that_was_taken_though_the_answer_was_lost_is_found_in_the_logs_and_not_sent_again(
    run: Run, fake: FakeInfobip
) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"), times=1)
    async with run(REPLY, lookup_delays=(timedelta(0),) * 3) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (row,) = host.journal.read(store.list_outbox)
    assert row.state is OutboxState.ACCEPTED
    assert len(fake.accepted_ids) == 1
    assert fake.messages[0].times_posted == 1


async def test_one_bad_message_does_not_stop_the_others_of_its_request(run: Run, fake: FakeInfobip) -> None:
    rules = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def three(c):
        for number in ("385981234567", "385981234568", "385981234569"):
            send(number, "hello")
"""
    fake.faults.arm(Fault(effect=Effect.REJECT, destinations=frozenset({"385981234568"})), times=None)
    async with run(rules) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        rows = host.journal.read(store.list_outbox)
    states = {row.recipient: row.state for row in rows}
    assert states == {
        "385981234567": OutboxState.ACCEPTED,
        "385981234568": OutboxState.REJECTED,
        "385981234569": OutboxState.ACCEPTED,
    }


FOLLOW_UP = (
    """
    @when_all(c.sent << signal(InfobipSmsSentMessage))
    def sent(c):
        log.append(("sent", c.sent.messageId, c.sent.status.groupName, c.sent.to))

    @when_all(c.report << signal(InfobipSmsReceivedReport))
    def reported(c):
        log.append(("report", c.report.messageId, c.report.status.groupName, c.report.to))

import builtins
log = builtins.__dict__.setdefault("_test_log", [])
with ruleset("replying"):
"""
    + REPLY
)


@pytest.fixture
def log() -> list[tuple[str, ...]]:
    """What the rules of FOLLOW_UP saw."""
    import builtins

    seen: list[tuple[str, ...]] = []
    builtins.__dict__["_test_log"] = seen
    return seen


async def test_sent_messages_and_reports_come_back_as_signals_of_the_person_they_were_for(
    run: Run, fake: FakeInfobip, log: list[tuple[str, ...]]
) -> None:
    async with run(FOLLOW_UP) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        message_id = fake.messages[0].message_id
        report = orjson.loads((SAMPLES / "dlr_v3_undeliverable.json").read_bytes())["results"][0]
        await receive(host, {**report, "messageId": message_id, "to": ANA})
        assert await host.settled()
        (row,) = host.journal.read(store.list_outbox)
        kinds = host.journal.read(lambda connection: store.list_inbox(connection, session_key=ANA))
    assert log == [("sent", message_id, "PENDING", ANA), ("report", message_id, "UNDELIVERABLE", ANA)]
    assert (row.state, row.delivery_group) == (OutboxState.ACCEPTED, "UNDELIVERABLE")
    assert {one.kind for one in kinds} == {
        "InfobipSmsReceivedMessage",
        "InfobipSmsSentMessage",
        "InfobipSmsReceivedReport",
    }


@pytest.mark.parametrize("group", ["PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED", "A_NEW_GROUP"])
async def test_every_status_group_reaches_the_rules(
    run: Run, fake: FakeInfobip, log: list[tuple[str, ...]], group: str
) -> None:
    async with run(FOLLOW_UP) as host:
        await receive(host, item("hello"))
        await host.settled()
        message_id = fake.messages[0].message_id
        await receive(host, {"messageId": message_id, "status": {"groupName": group}})
        assert await host.settled()
    assert log[-1] == ("report", message_id, group, "")


async def test_a_report_does_not_lead_back_from_a_final_group(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        await host.settled()
        message_id = fake.messages[0].message_id
        for group in ("DELIVERED", "PENDING"):
            await receive(host, {"messageId": message_id, "status": {"groupName": group}})
        (row,) = host.journal.read(store.list_outbox)
    assert row.delivery_group == "DELIVERED"


async def test_reports_that_no_rule_listens_to_are_kept_without_an_evaluation(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        await receive(host, {"messageId": fake.messages[0].message_id, "status": {"groupName": "DELIVERED"}})
        rows = {row.kind: row for row in host.journal.read(store.list_inbox)}
        evaluated = host.runner.evaluated
    assert evaluated == 1
    assert set(rows) == {"InfobipSmsReceivedMessage", "InfobipSmsReceivedReport"}
    assert rows["InfobipSmsReceivedReport"].state is InboxState.DONE
    assert rows["InfobipSmsReceivedReport"].reason == "No rule listens to signals of this type."


async def test_an_unmatched_message_says_so(run: Run) -> None:
    rules = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"))
    def join(c):
        pass
"""
    async with run(rules) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (row,) = host.journal.read(store.list_inbox)
    assert row.reason == "None of 1 rules matched."


async def test_delivery_reports_are_asked_for_only_when_enabled(fake: FakeInfobip, settings: Settings) -> None:
    for enabled in (False, True):
        changed = settings.model_copy(
            update={"sms_delivery_reporting_enabled": enabled, "adapter_base_url": "https://adapter.example.com"}
        )
        with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
            async with Host(load_rules(["rules/reply_to_sms.py"]), settings=changed, journal=journal) as host:
                await receive(host, item(f"reports {enabled}"))
                assert await host.settled()
    urls = [message.delivery_report_url for message in fake.messages]
    assert urls == [None, "https://adapter.example.com/sms-delivery-report"]


ROUTED = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(Customer))
    def reply(c):
        send(c.signal.from_, f"{c.client.identifier} {c.client.get_connection('phone')}")
"""
ROUTING = """
class Customer(ClientAgent):
    tier: str = "new"

@route
def by_keyword(signal):
    if signal.keyword == "FAIL":
        raise ValueError("no")
    return f"group-{signal.keyword}" if getattr(signal, "keyword", "") else None

@first_contact
def opening(key):
    return [Customer(identifier=f"session {key}", connections={"phone": "none"})]

with ruleset("routed"):
"""


async def test_route_and_first_contact_are_the_rules_own(run: Run, fake: FakeInfobip) -> None:
    async with run("    pass\n" + ROUTING + ROUTED) as host:
        await receive(host, item("a", keyword="A"), item("b", keyword="A", number="447712345678"), item("c"))
        await receive(host, item("d", keyword="FAIL"))
        assert await host.settled()
        keys = {row.key for row in host.journal.read(store.list_sessions)}
        (dead,) = host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    assert keys == {"group-A", ANA}
    assert dead.reason.startswith("@route failed: ValueError: no.")
    assert sorted(message.text for message in fake.messages) == [
        f"session {ANA} none",
        "session group-A none",
        "session group-A none",
    ]


async def test_health_tells_what_is_waiting(run: Run) -> None:
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        health = await host.health()
        assert health.ready
        assert health.details == {
            "running": True,
            "rules": 1,
            "pending": 0,
            "dead": 0,
            "outbox": 0,
            "unknown": 0,
            "aside": 0,
        }
    assert not (await host.health()).ready


async def test_people_are_served_side_by_side(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY) as host:
        numbers = [str(385_980_000_000 + n) for n in range(300)]
        await asyncio.gather(*(receive(host, item("hi", number=number)) for number in numbers))
        assert await host.settled(30)
    assert sorted(message.to for message in fake.messages) == numbers
    assert len(fake.posts) < 150


async def test_a_host_that_stops_leaves_what_could_not_be_sent_in_the_outbox(
    run: Run, fake: FakeInfobip, fake_url: str
) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, retry_after=3600), times=None)
    async with run(REPLY) as host:
        await receive(host, item("hello"))
        await asyncio.to_thread(fake.wait_for, lambda: len(fake.posts) == 1)
    with FileJournal.open(host.settings.journal_url, clock=SystemClock()) as journal:
        (row,) = journal.read(store.list_outbox)
    assert row.state is OutboxState.READY
    assert row.due_at > datetime.now(UTC)


JOIN = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"))
    def join(c):
        '''Join.'''
        c.delete(c.signal)
"""


def traces(host: Host) -> list[Trace]:
    """What is kept, newest first."""
    return [Trace.from_json(one.document) for one in host.journal.read(store.list_traces)]


async def test_why_rules_did_or_did_not_fire_is_kept(run: Run, fake: FakeInfobip) -> None:
    async with run(REPLY + JOIN) as host:
        await receive(host, item("hello", keyword="JOIN"))
        assert await host.settled()
        (trace,) = traces(host)
    assert (trace.signal, trace.session, trace.type) == (1, ANA, "InfobipSmsReceivedMessage")
    assert [message.message_id for message in trace.fired[0].messages] == [fake.messages[0].message_id]
    assert trace.missed[0].by == "test/reply"


async def test_a_dead_letter_has_its_trace_too(run: Run) -> None:
    rules = "    @when_all(signal(InfobipSmsReceivedMessage))\n    def fail(c): raise ValueError('no')\n"
    async with run(rules) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (trace,) = traces(host)
    assert trace.error is not None
    assert "ValueError: no" in trace.error.reason


async def test_what_can_t_be_stored_has_a_trace_with_that_error(run: Run) -> None:
    async with run(REPLY.replace('"you wrote: "', '"\\ud83d"')) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        (trace,) = traces(host)
    assert trace.error is not None


@pytest.mark.parametrize("name", ["traces", "traces_per_session"])
async def test_no_trace_is_kept_where_they_are_switched_off(run: Run, name: str) -> None:
    async with run(REPLY, **{name: 0}) as host:
        await receive(host, item("hello"))
        assert await host.settled()
        assert traces(host) == []


async def test_where_no_rule_matched_the_log_names_the_nearest(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "infobip_rules.turns")
    async with run(JOIN) as host:
        await receive(host, item("JION", keyword="JION"))
        assert await host.settled()
    said = "None of 1 rules matched InfobipSmsReceivedMessage 1; nearest: *Join* (keyword was JION)."
    (line,) = [record.getMessage() for record in caplog.records if "no_match" in record.getMessage()]
    assert line == f"turns.no_match signal=1 session=385*****2493 reason={said}"


async def test_the_nearest_is_not_looked_for_where_nobody_reads_it(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trace, "from_json", lambda document: pytest.fail("a trace was read"))
    caplog.set_level("WARNING", "infobip_rules.turns")
    async with run(JOIN) as host:
        await receive(host, item("JION", keyword="JION"))
        assert await host.settled()
        assert host.runner.evaluated == 1
