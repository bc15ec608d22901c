"""Channels that raise over some messages: every other message goes out once, and every other signal is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import SystemClock
from infobip_rules.delivery.dispatcher import Dispatcher
from infobip_rules.delivery.grouping import grouped
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.messages import Outgoing
from infobip_rules.journal import memory_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import Evaluated, InboxState, OutboxState, OutgoingMessage
from infobip_rules.journal.requests import Arrival, Turn
from infobip_rules.limits import Limits, TraceLimits
from tests.channels.composing import sms
from tests.channels.failing import FailingPager
from tests.conftest import OUR_NUMBER
from tests.journal.make import a_signal

from .test_decisions import NOON, ROW

METHODS = ("likeness", "why_unreachable", "group", "request", "outcomes", "sent_signal")
SENT = {"status": {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}}


class Service:
    """The pager service, and how often it was given each message."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()
        self.requests = 0
        self.app = Starlette(routes=[Route("/pager/1/messages", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> JSONResponse:
        self.requests += 1
        self.given.update(page["messageId"] for page in (await request.json())["pages"])
        return JSONResponse(SENT)


def number(place: int) -> str:
    return f"38598123456{place}"


async def commit(journal: Journal, dispatcher: Dispatcher, place: int) -> None:
    """Commits a turn that sends page `place`; what is due is claimed by the same commit."""
    key, clock = number(place), SystemClock()
    accepted = await journal.inbox.accept(Arrival(signals=[a_signal(f"m:{place}", key, at=clock.now())]))
    page = OutgoingMessage(
        message_id=f"p{place}", recipient=key, channel="paging", content=str(place), sender=OUR_NUMBER, rule="r"
    )
    turn = Evaluated(
        session_key=key, inbox_id=accepted.ids[0], base_version=0, state="{}", messages=(page,), at=clock.now()
    )
    with dispatcher.claiming() as ticket:
        committed = await journal.sessions.commit(
            [Turn(session_key=key, results=[turn])], traces=TraceLimits(), claim=ticket.order
        )
        ticket.claim = committed.claim
    assert [len(written) for written in committed.written] == [1]


async def deliver(failing: Sequence[Iterable[str]], problem: BaseException, *, at_once: bool) -> None:
    """Sends a page for each entry, for which its channel raises in these methods, and looks at what became of them."""
    by_content = {str(place): methods for place, methods in enumerate(failing)}
    by_number = {number(place): methods for place, methods in enumerate(failing)}
    channels, service = Channels([*BUILT_IN, FailingPager(by_content | by_number, problem)]), Service()
    journal = memory_journal()
    client = AsyncInfobipClient("http://127.0.0.1:1", "sandbox-key", transport=httpx.ASGITransport(service.app))
    dispatcher = Dispatcher(
        journal=journal,
        client=client,
        clock=SystemClock(),
        delivery_report_url=None,
        limits=Limits(),
        channels=channels,
        wants=lambda kind: True,
        recorded=lambda: None,
    )
    if not at_once:
        dispatcher.stop()  # then commits claim nothing, and all is claimed together below
    try:
        for place in range(len(failing)):
            await commit(journal, dispatcher, place)
        await dispatcher.drain(60)
        while await dispatcher.send_due():
            pass
        rows = {row.message_id: row for row in await journal.history.messages()}
        signals = {(row.session_key, row.kind): row for row in await journal.history.signals()}
    finally:
        await client.close()
        await journal.aclose()

    for place, methods in enumerate(failing):
        row, key = rows[f"p{place}"], number(place)
        assert signals[key, "InfobipSmsReceivedMessage"].state is InboxState.DONE
        goes = not {"likeness", "why_unreachable", "group", "request"} & set(methods)
        assert service.given[row.message_id] == goes
        if {"likeness", "why_unreachable"} & set(methods):
            assert (row.state, row.reason[:30]) == (OutboxState.READY, "Held: The channel 'paging' rai")
        elif not goes:
            assert row.state is OutboxState.FAILED
            assert "Nothing was sent." in row.reason
        elif "outcomes" in methods:
            assert row.state is OutboxState.UNKNOWN
        elif not any("outcomes" in others for others in failing):
            assert row.state is OutboxState.ACCEPTED
            assert ((key, "PageSent") in signals) == ("sent_signal" not in methods)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from(METHODS), max_size=2), min_size=1, max_size=8),
    st.sampled_from([KeyError("text"), SystemExit(), ValueError("text")]),
    st.booleans(),
)
def test_whatever_a_channel_raises_on_some_messages_all_others_go_out_once(
    failing: list[set[str]], problem: BaseException, at_once: bool
) -> None:
    asyncio.run(deliver(failing, problem, at_once=at_once))


def test_one_that_cant_be_grouped_leaves_the_others_in_one_request() -> None:
    channels = Channels([*BUILT_IN, FailingPager({"1": ["group"]})])
    rows = [ROW._replace(message_id=content, channel="paging", content=content) for content in "0123"]

    found = list(grouped(rows, channels, NOON))

    assert [[row.message_id for row in group.rows] for group in found] == [["1"], ["0", "2", "3"]]
    assert [group.problem is None for group in found] == [False, True]


@pytest.mark.parametrize("change", ["drops", "duplicates", "invents", "alters"])
def test_a_channel_that_gives_back_other_messages_than_it_was_given_is_refused(change: str) -> None:
    class Liar(FailingPager):
        def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
            first, *others = messages
            stranger = Outgoing(message_id="x", channel="paging", content="1", to="1", sender="2")
            altered = Outgoing(message_id=first.message_id, channel="paging", content="1", to="1", sender="2")
            return {
                "drops": [others],
                "duplicates": [[first, first, *others]],
                "invents": [[first, *others], [stranger]],
                "alters": [[altered, *others]],
            }[change]

    rows = [ROW._replace(message_id=f"m{content}", channel="paging", content=content) for content in "01"]

    found = list(grouped(rows, Channels([Liar({})]), NOON + timedelta(hours=1)))

    assert [[row.message_id for row in group.rows] for group in found] == [["m0"], ["m1"]]
    assert all("answered group() with other messages" in str(group.problem) for group in found)


@pytest.mark.parametrize("content", ['{"text":"broken \\ud83d"}', "oops"])
def test_a_content_that_can_not_be_read_does_not_keep_a_batch_from_being_sent(content: str) -> None:
    rows = [
        ROW._replace(message_id=str(place), content=content)
        for place, content in enumerate([sms("a"), content, sms("b")])
    ]
    found = list(grouped(rows, BUILT_IN, NOON))
    assert [[row.message_id for row in group.rows] for group in found] == [["1"], ["0", "2"]]
    assert "raised ContentError in group()" in str(found[0].problem)
