"""Messages from the outbox to the fake Infobip and back: over real HTTP, with a real journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.delivery.decisions import after_report, may_have_arrived
from infobip_rules.delivery.dispatcher import Dispatcher
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.messages import Outcome
from infobip_rules.journal.records import Evaluated, InboxState, NewSignal, OutboxRow, OutboxState, OutgoingMessage
from infobip_rules.journal.requests import ClaimOrder
from infobip_rules.journal.sqlite.claiming import fill
from infobip_rules.journal.sqlite.journal import FileJournal as Journal
from infobip_rules.journal.sqlite.writing import SqliteOutbox
from infobip_rules.sandbox import Effect, FakeInfobip, Fault, LoopbackServer
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportStatus
from tests.channels.composing import sms, sms_of
from tests.conftest import OUR_NUMBER
from tests.journal import store
from tests.journal.sqlite.test_group import writer_held

ANA, IVO = "385981234567", "385987654321"
AT_ONCE = (timedelta(), timedelta(), timedelta())

#: `async with dispatching(**settings that differ) as dispatcher`.
Dispatching = Callable[..., AbstractAsyncContextManager[Dispatcher]]


class SetClock:
    """A clock that runs from wherever it is set to."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def dispatching(settings: Settings, journal: Journal) -> Dispatching:
    @asynccontextmanager
    async def running(
        *, clock: Clock | None = None, client: AsyncInfobipClient | None = None, **changes: object
    ) -> AsyncIterator[Dispatcher]:
        client = client or AsyncInfobipClient.from_settings(settings)
        dispatcher = Dispatcher(
            journal=journal,
            client=client,
            clock=clock or SystemClock(),
            delivery_report_url=None,
            limits=settings.model_copy(update={"lookup_delays": AT_ONCE, **changes}),
            channels=BUILT_IN,
            wants=lambda kind: True,
            recorded=lambda: None,
        )
        running = asyncio.create_task(dispatcher.run())
        try:
            yield dispatcher
        finally:
            dispatcher.stop()
            await dispatcher.drain(10)
            await running
            await client.close()

    return running


def message(
    message_id: str, to: str = ANA, text: str = "hello", *, shorten_url: bool = False, **fields: Any
) -> OutgoingMessage:
    content = sms(text, shorten_url=shorten_url)
    return OutgoingMessage(
        message_id=message_id, recipient=to, channel="sms", content=content, sender=OUR_NUMBER, rule="r", **fields
    )


async def write(journal: Journal, *messages: OutgoingMessage, at: datetime | None = None) -> None:
    """Puts messages into the outbox, as an evaluation does."""
    moment = at or datetime.now(UTC)
    signal = NewSignal(
        dedup_key=messages[0].message_id,
        session_key=messages[0].message_id,
        kind="InfobipSmsReceivedMessage",
        payload="{}",
        raw="{}",
        received_at=moment,
    )
    accepted = await journal.run(lambda connection: store.accept(connection, [signal]))
    evaluated = Evaluated(
        session_key=signal.session_key,
        inbox_id=accepted.ids[0],
        base_version=0,
        state="{}",
        messages=messages,
        at=moment,
    )
    assert await journal.run(lambda connection: store.commit(connection, evaluated))


def row(journal: Journal, message_id: str) -> OutboxRow:
    found = journal.read(lambda connection: store.find_message(connection, message_id))
    assert found is not None
    return found


async def until(reached: Callable[[], bool]) -> None:
    """Waits until something is so in the journal or at the fake."""
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110 - nobody tells when a row changes
            await asyncio.sleep(0.01)


async def until_state(journal: Journal, state: OutboxState, *message_ids: str) -> None:
    await until(lambda: all(row(journal, one).state is state for one in message_ids))


def ids_of(post: object) -> list[str]:
    return [one["destinations"][0]["messageId"] for one in orjson.loads(post.body)["messages"]]  # type: ignore[attr-defined]  # a Call


# How messages go out.


class Crowd:
    """An app that counts the requests to send which are in it at once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.now = self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = scope["type"] == "http" and scope["path"] == "/sms/3/messages"
        self.now += counted
        self.most = max(self.most, self.now)
        try:
            await self.app(scope, receive, send)
        finally:
            self.now -= counted


class Refusing:
    """An app that refuses requests to send with a status, by the messageIds in them."""

    def __init__(self, app: ASGIApp, status: int, refuses: Callable[[list[str]], bool]) -> None:
        self.app = app
        self.status = status
        self.refuses = refuses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/sms/3/messages":
            await self.app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        ids = [one["destinations"][0]["messageId"] for one in orjson.loads(body)["messages"]]
        if self.refuses(ids):
            await JSONResponse({"description": "no"}, self.status)(scope, receive, send)
            return

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)


async def test_at_most_four_requests_are_under_way_at_once(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, settings: Settings
) -> None:
    fake.settings.latency = 0.1
    crowd = Crowd(fake.app)
    messages = [message(f"m{n}", str(385_980_000_000 + n), shorten_url=n % 2 == 0) for n in range(1100)]
    await write(journal, *messages)
    with LoopbackServer(crowd) as server:
        async with dispatching(client=AsyncInfobipClient(server.url, settings.api_key)):
            await until_state(journal, OutboxState.ACCEPTED, *(one.message_id for one in messages[-8:]))
            await until(lambda: len(fake.messages) == 1100)
    assert 1 < crowd.most <= 4
    assert fake.doubled == {}


async def test_a_transaction_that_brings_a_message_can_claim_it_too(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    async with dispatching() as dispatcher:
        with dispatcher.claiming() as ticket:
            assert ticket.order is not None
            await write(journal, message("m1"), at=datetime.now(UTC) - timedelta(seconds=1))
            ticket.claim = await journal.outbox.claim(ticket.order)
            assert row(journal, "m1").state is OutboxState.SENDING
            dispatcher.wake()  # nobody sends it yet, which is no reason to look it up
        await until_state(journal, OutboxState.ACCEPTED, "m1")
    assert row(journal, "m1").attempts == 1
    assert [ids_of(post) for post in fake.posts] == [["m1"]]


async def test_what_infobip_said_is_recorded_also_if_the_request_is_given_up_before_the_disk_has_it(
    dispatching: Dispatching, settings: Settings, fake: FakeInfobip, journal: Journal
) -> None:
    answered = asyncio.Event()

    with ExitStack() as held:

        class Infobip(AsyncInfobipClient):
            async def send(self, *given: Any) -> list[Outcome]:
                outcomes = await super().send(*given)
                held.enter_context(writer_held(journal))
                answered.set()
                return outcomes

        await write(journal, message("m1"))
        async with dispatching(client=Infobip(settings.base_url, settings.api_key)) as dispatcher:
            async with asyncio.timeout(60):
                await answered.wait()
            dispatcher.stop()
            await dispatcher.drain(0)
            held.close()
    await journal.probe()
    assert row(journal, "m1").state is OutboxState.ACCEPTED
    assert len(fake.posts) == 1


async def test_a_message_that_is_claimed_while_lost_ones_are_made_out_is_not_taken_for_one(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    begun, go_on, over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Slow(SqliteOutbox):
        async def recover(self, *, due_at: datetime, besides: Collection[str] = ()) -> int:
            begun.set()
            await go_on.wait()
            lost = await super().recover(due_at=due_at, besides=besides)
            over.set()
            return lost

    journal.outbox = Slow(journal)
    await write(journal, message("lost"), at=datetime.now(UTC) - timedelta(seconds=1))
    await journal.outbox.claim(ClaimOrder(now=datetime.now(UTC), limit=1))
    async with dispatching() as dispatcher, asyncio.timeout(60):
        await begun.wait()
        with dispatcher.claiming() as ticket:
            await write(journal, message("m1"), at=datetime.now(UTC) - timedelta(seconds=1))
            if ticket.order is not None:
                ticket.claim = await journal.outbox.claim(ticket.order)
            go_on.set()
            await over.wait()
        await until_state(journal, OutboxState.ACCEPTED, "m1", "lost")
    assert (row(journal, "m1").unknowns, row(journal, "lost").unknowns) == (0, 1)
    assert sorted(id_ for post in fake.posts for id_ in ids_of(post)) == ["lost", "m1"]


async def test_a_transaction_that_fails_has_claimed_nothing(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    async def claim_and_fail(dispatcher: Dispatcher) -> None:
        def fail(connection: Connection) -> None:
            assert ticket.order is not None
            fill(connection, ticket.order)
            raise KeyError("of its own")

        with dispatcher.claiming() as ticket:
            await write(journal, message("m1"))
            await journal.run(fail)

    async with dispatching() as dispatcher:
        with pytest.raises(KeyError):
            await claim_and_fail(dispatcher)
        await until_state(journal, OutboxState.ACCEPTED, "m1")
    assert len(fake.posts) == 1


async def test_many_messages_go_in_one_request_and_shortened_ones_in_another(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    messages = [message(f"m{n}", str(385_980_000_000 + n), shorten_url=n % 2 == 0) for n in range(60)]
    await write(journal, *messages)
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, *(one.message_id for one in messages))
    assert sorted(len(ids_of(post)) for post in fake.posts) == [30, 30]
    assert {one.message_id: one.shorten_url for one in fake.messages} == {
        one.message_id: sms_of(one).shorten_url for one in messages
    }


async def test_a_refused_batch_is_split_until_the_bad_message_is_alone_and_the_others_go_out_once(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    good = [message(f"m{n}", str(385_980_000_000 + n)) for n in range(15)]
    bad = "bad" * 70
    await write(journal, *good[:9], message(bad), *good[9:])
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, *(one.message_id for one in good))
        await until_state(journal, OutboxState.FAILED, bad)
    assert sorted(fake.accepted_ids) == sorted(one.message_id for one in good)
    assert fake.doubled == {}
    assert [ids_of(post) for post in fake.posts if post.status == 400][-1] == [bad]


async def test_retry_after_is_honoured(dispatching: Dispatching, fake: FakeInfobip, journal: Journal) -> None:
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, retry_after=2), times=1)
    await write(journal, message("m"))
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "m")
    first, second = fake.posts
    assert second.at - first.at >= timedelta(seconds=2)


# Unknown outcomes.


async def test_a_message_id_that_was_taken_before_counts_as_accepted(
    dispatching: Dispatching, fake: FakeInfobip, fake_url: str, journal: Journal
) -> None:
    body = {
        "messages": [{"sender": OUR_NUMBER, "destinations": [{"to": ANA, "messageId": "m"}], "content": {"text": "a"}}]
    }
    async with httpx.AsyncClient(timeout=60) as http:
        await http.post(f"{fake_url}/sms/3/messages", json=body, headers={"Authorization": "App sandbox-key"})
    await write(journal, message("m"))
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "m")
    assert orjson.loads(row(journal, "m").status or "{}")["id"] == 23
    assert fake.accepted_ids == ("m",)


@pytest.mark.parametrize("effect", [Effect.DROP, Effect.SERVER_ERROR, Effect.BAD_GATEWAY])
async def test_what_the_logs_do_not_know_after_all_look_ups_is_sent_again_under_its_id(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, effect: Effect
) -> None:
    fake.faults.arm(Fault(effect=effect), times=1)
    await write(journal, message("m"))
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "m")
    logs = [call for call in fake.requests if call.path == "/sms/3/logs"]
    assert (len(logs), len(fake.posts), fake.accepted_ids) == (3, 2, ("m",))


async def test_logs_that_may_not_be_read_do_not_mean_that_the_message_is_not_there(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    fake.settings.scopes = frozenset({"sms:message:send"})
    fake.faults.arm(Fault(effect=Effect.DROP), times=1)
    await write(journal, message("m"))
    async with dispatching():
        await until(lambda: any(call.status == 403 for call in fake.requests))
        await until(lambda: "403" in row(journal, "m").reason)
        found = row(journal, "m")
    assert (found.state, found.lookups, len(fake.posts)) == (OutboxState.UNKNOWN, 0, 1)


async def test_a_message_of_unknown_outcome_whose_channel_is_not_there_says_so_and_waits_for_its_report(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    await write(journal, message("m"))
    gone = "UPDATE outbox SET channel = 'pigeon', state = ?, attempts = 1, unknowns = 1"
    state = (OutboxState.UNKNOWN.value,)
    journal.submit(lambda connection: connection.exec_driver_sql(gone, state)).result(60)
    async with dispatching():
        await until(lambda: "No channel is called 'pigeon'" in row(journal, "m").reason)
    assert "its delivery report is waited for" in row(journal, "m").reason
    assert not fake.requests


def told(journal: Journal, kind: str) -> list[dict[str, Any]]:
    """The signals of a type that sessions were told by."""
    rows = journal.read(lambda connection: store.list_inbox(connection, kind=kind))
    return [orjson.loads(row.payload) for row in rows]


@pytest.mark.parametrize("effect", [Effect.SERVER_ERROR, Effect.DROP, Effect.BAD_GATEWAY])
async def test_a_message_whose_outcome_stays_unknown_is_given_up_after_its_attempts(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, effect: Effect
) -> None:
    fake.settings.logs_per_minute = None
    fake.faults.arm(Fault(effect=effect), times=None)
    await write(journal, message("m", callback_data="order 7"))
    async with dispatching(unknown_attempts=3):
        await until_state(journal, OutboxState.FAILED, "m")
    assert len(fake.posts) == 3
    assert "may have arrived" in row(journal, "m").reason
    assert may_have_arrived(row(journal, "m"))
    (report,) = told(journal, "InfobipSmsReceivedReport")
    assert (report["messageId"], report["callbackData"]) == ("m", "order 7")
    assert (report["status"]["groupName"], report["status"]["name"]) == ("EXPIRED", "EXPIRED_OUTCOME_UNKNOWN")
    assert told(journal, "InfobipSmsSentMessage") == []


async def test_a_message_that_was_wanted_too_long_ago_is_given_up_however_fresh_its_last_attempt(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR), times=None)
    await write(journal, message("m"), at=datetime.now(UTC) - timedelta(hours=25))
    async with dispatching():
        await until_state(journal, OutboxState.FAILED, "m")
    assert len(fake.posts) == 1
    assert "over 24 hours ago" in row(journal, "m").reason


async def test_a_message_that_was_given_up_and_is_reported_as_delivered_is_accepted(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR), times=None)
    await write(journal, message("m"))
    async with dispatching(unknown_attempts=1):
        await until_state(journal, OutboxState.FAILED, "m")
    status = ReportStatus(groupName="DELIVERED")
    record = after_report(row(journal, "m"), status, channels=BUILT_IN, now=datetime.now(UTC), wants=lambda kind: True)
    assert await journal.run(lambda connection: store.record(connection, [record])) == 1
    assert row(journal, "m").state is OutboxState.ACCEPTED
    assert len(told(journal, "InfobipSmsSentMessage")) == 1


# What is worth sending for a while only.


async def test_a_code_that_is_late_is_not_sent_and_its_session_is_told(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    now = datetime.now(UTC)
    await write(journal, message("late", expires_at=now - timedelta(seconds=1)), message("m", IVO))
    async with dispatching():
        await until_state(journal, OutboxState.REJECTED, "late")
        await until_state(journal, OutboxState.ACCEPTED, "m")
    assert fake.accepted_ids == ("m",)
    statuses = {one["messageId"]: one["status"]["name"] for one in told(journal, "InfobipSmsSentMessage")}
    assert statuses == {"late": "REJECTED_TOO_LATE", "m": "PENDING_ACCEPTED"}


async def test_a_code_whose_attempt_is_of_unknown_outcome_is_not_sent_again_when_it_is_late(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    clock = SetClock()
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR), times=1)
    await write(journal, message("m", expires_at=clock.now() + timedelta(minutes=10)))
    async with dispatching(clock=clock, lookup_delays=(timedelta(minutes=9),)):
        await until_state(journal, OutboxState.UNKNOWN, "m")
        clock.ahead = timedelta(minutes=11)
        await until_state(journal, OutboxState.FAILED, "m")
    assert len(fake.posts) == 1
    assert "worth sending" in row(journal, "m").reason
    assert may_have_arrived(row(journal, "m"))


async def test_infobip_is_told_for_how_long_a_message_is_worth_delivering(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    await write(journal, message("m", expires_at=datetime.now(UTC) + timedelta(hours=1)))
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "m")
    (sent,) = orjson.loads(fake.posts[0].body)["messages"]
    period = sent["options"]["validityPeriod"]
    assert (3_000 < period["amount"] <= 3_600, period["timeUnit"]) == (True, "SECONDS")


# An account that is refused.


@pytest.mark.parametrize("messages", [1, 3])
async def test_messages_are_held_while_the_key_is_refused_and_go_out_once_when_it_works(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, caplog: pytest.LogCaptureFixture, messages: int
) -> None:
    fake.settings.api_key = "another key"
    ids = [f"m{number}" for number in range(messages)]
    await write(journal, *(message(one, str(385_980_000_000 + number)) for number, one in enumerate(ids)))
    async with dispatching() as dispatcher:
        await until(lambda: len(fake.posts) >= 3)
        assert dispatcher.account.refused == 401
        held = [row(journal, one) for one in ids]
        assert {one.state for one in held} <= {OutboxState.READY, OutboxState.SENDING}
        assert "held" in held[-1].reason
        fake.settings.api_key = "sandbox-key"
        await until_state(journal, OutboxState.ACCEPTED, *ids)
        assert dispatcher.account.refused is None
    assert sorted(fake.accepted_ids) == ids
    assert {row(journal, one).attempts for one in ids} == {1}
    assert {len(ids_of(post)) for post in fake.posts[1:3]} == {1}  # a trial takes one message
    refusals = [line for line in caplog.messages if line.startswith("delivery.account_refused")]
    assert len(refusals) == 1
    assert "INFOBIP_API_KEY" in refusals[0]


async def test_a_key_that_is_changed_while_the_host_is_down_is_tried_at_once(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    fake.settings.api_key = "another key"
    await write(journal, message("m"))
    async with dispatching():
        await until(lambda: "held" in row(journal, "m").reason)
    fake.settings.api_key = "sandbox-key"
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "m")


async def test_a_message_that_is_forbidden_alone_lets_others_have_their_turn(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, settings: Settings
) -> None:
    refusing = Refusing(fake.app, 403, lambda sent: "bad" in sent)
    await write(journal, message("bad"), message("m", IVO))
    with LoopbackServer(refusing) as server:
        async with dispatching(client=AsyncInfobipClient(server.url, settings.api_key)):
            await until_state(journal, OutboxState.ACCEPTED, "m")
    assert (row(journal, "bad").state, row(journal, "bad").attempts) == (OutboxState.READY, 0)


async def test_an_account_without_credit_holds_messages_until_it_has_some(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, settings: Settings
) -> None:
    refused = iter([True, True])
    refusing = Refusing(fake.app, 402, lambda sent: next(refused, False))
    await write(journal, message("m"))
    with LoopbackServer(refusing) as server:
        async with dispatching(client=AsyncInfobipClient(server.url, settings.api_key)):
            await until_state(journal, OutboxState.ACCEPTED, "m")
    assert fake.accepted_ids == ("m",)


async def test_a_413_is_about_the_size_of_a_batch(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, settings: Settings
) -> None:
    refusing = Refusing(fake.app, 413, lambda sent: len(sent) > 2)
    messages = [message(f"m{number}", str(385_980_000_000 + number)) for number in range(9)]
    await write(journal, *messages)
    with LoopbackServer(refusing) as server:
        async with dispatching(client=AsyncInfobipClient(server.url, settings.api_key)):
            await until_state(journal, OutboxState.ACCEPTED, *(one.message_id for one in messages))
    assert fake.doubled == {}


async def test_what_is_unknown_for_over_48_hours_is_never_sent_again_by_itself(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    clock = SetClock()
    fake.faults.arm(Fault(effect=Effect.DROP), times=1)
    await write(journal, message("m"))
    async with dispatching(clock=clock, lookup_delays=(timedelta(hours=1),)):
        await until_state(journal, OutboxState.UNKNOWN, "m")
        clock.ahead = timedelta(hours=49)
        await until_state(journal, OutboxState.FAILED, "m")
    assert "48 hours" in row(journal, "m").reason
    assert len(fake.posts) == 1


async def test_new_messages_do_not_wait_for_slow_logs(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP), times=1)
    fake.faults.arm(Fault(effect=Effect.HOLD, path="/sms/3/logs", seconds=3), times=1)
    await write(journal, message("lost"))
    async with dispatching():
        await until(lambda: any(call.path == "/sms/3/logs" for call in fake.requests))
        await write(journal, message("new", IVO))
        await until_state(journal, OutboxState.ACCEPTED, "new")
        assert row(journal, "lost").state is OutboxState.UNKNOWN


class Broken(httpx.AsyncHTTPTransport):
    """A transport that fails in a way that nobody thought of, the first time."""

    failed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.failed:
            self.failed = True
            raise LookupError("nobody thought of this")
        return await super().handle_async_request(request)


async def test_messages_whose_task_ended_by_an_error_are_looked_up(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal, settings: Settings
) -> None:
    client = AsyncInfobipClient.from_settings(settings, transport=Broken())
    await write(journal, message("m"), message("n", IVO))
    async with dispatching(client=client):
        await until_state(journal, OutboxState.ACCEPTED, "m", "n")
    assert sorted(fake.accepted_ids) == ["m", "n"]
    assert fake.requests[0].path == "/sms/3/logs"


# The flood guard.


def in_order(texts: Sequence[str]) -> list[OutgoingMessage]:
    return [message(f"m{n}", text=text) for n, text in enumerate(texts)]


async def test_the_seventh_identical_message_of_an_hour_waits_and_is_sent_when_there_is_room(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    clock = SetClock()
    fake.settings.anti_flooding = True
    await write(journal, *in_order(["hello"] * 7))
    async with dispatching(clock=clock):
        await until_state(journal, OutboxState.ACCEPTED, *(f"m{n}" for n in range(6)))
        held = row(journal, "m6")
        assert (held.state, held.attempts, held.sent_at) == (OutboxState.READY, 0, None)
        assert "flood guard" in held.reason
        assert held.due_at - held.created_at > timedelta(minutes=59)
        fake.settings.anti_flooding = False  # its own clock does not run ahead
        clock.ahead = timedelta(minutes=62)
        await until_state(journal, OutboxState.ACCEPTED, "m6")
    assert row(journal, "m6").attempts == 1


async def test_a_held_message_keeps_those_behind_it_in_order(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    clock = SetClock()
    texts = ["a", "a", "b", "c"]
    await write(journal, *in_order(texts))
    async with dispatching(clock=clock, flood_identical=1):
        await until_state(journal, OutboxState.ACCEPTED, "m0")
        await write(journal, message("late", text="d"), at=clock.now())
        await until(lambda: "earlier message" in row(journal, "late").reason)
        clock.ahead = timedelta(minutes=62)
        await until_state(journal, OutboxState.ACCEPTED, "m1", "m2", "m3", "late")
    assert [one.text for one in fake.sent_to(ANA)] == ["a", "a", "b", "c", "d"]


async def test_messages_on_their_way_count(dispatching: Dispatching, fake: FakeInfobip, journal: Journal) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, seconds=1), times=1)
    await write(journal, message("m0"))
    async with dispatching(flood_identical=1):
        await until_state(journal, OutboxState.SENDING, "m0")
        await write(journal, message("m1"))
        await until(lambda: "flood guard" in row(journal, "m1").reason)
    assert len(fake.posts) == 1


async def test_a_refused_message_is_rejected_here_and_tells_its_session(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    await write(journal, *in_order(["hello", "hello", "other"]))
    async with dispatching(flood_guard="refuse", flood_identical=1):
        await until_state(journal, OutboxState.REJECTED, "m1")
        await until_state(journal, OutboxState.ACCEPTED, "m0", "m2")
    assert fake.accepted_ids == ("m0", "m2")
    refused = row(journal, "m1")
    assert (refused.attempts, "flood guard" in refused.reason) == (0, True)
    pending = journal.read(lambda connection: store.list_inbox(connection, state=InboxState.PENDING))
    told = {payload["messageId"]: payload["status"] for payload in (orjson.loads(one.payload) for one in pending)}
    assert (told["m1"]["groupName"], told["m1"]["name"]) == ("REJECTED", "REJECTED_BY_FLOOD_GUARD")


async def test_without_the_guard_everything_goes_out(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    await write(journal, *in_order(["hello"] * 30))
    async with dispatching(flood_guard="off"):
        await until_state(journal, OutboxState.ACCEPTED, *(f"m{n}" for n in range(30)))


async def test_other_people_are_not_held_up_by_a_flood_to_one(
    dispatching: Dispatching, fake: FakeInfobip, journal: Journal
) -> None:
    flood = [message(f"m{n}", text=f"{n}") for n in range(900)]
    await write(journal, *flood, message("other", IVO))
    async with dispatching():
        await until_state(journal, OutboxState.ACCEPTED, "other")
        await until(lambda: row(journal, "m899").due_at > datetime.now(UTC) + timedelta(hours=40))
    assert len(fake.sent_to(ANA)) == 20
