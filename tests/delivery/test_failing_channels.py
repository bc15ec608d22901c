"""Channels that raise over some messages: every other message goes out once, and every other signal is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

import httpx
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
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.journal import memory_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import Evaluated, InboxState, OutboxState, OutgoingMessage
from infobip_rules.journal.requests import Arrival, Turn
from infobip_rules.limits import Limits, TraceLimits
from tests.channels.failing import FailingPager
from tests.conftest import OUR_NUMBER
from tests.journal.make import a_signal

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


async def commit(journal: Journal, dispatcher: Dispatcher, message_id: str, to: str, content: str) -> None:
    """Commits a turn, in a session of its own, that sends a page; what is due is claimed by the same commit."""
    clock, key = SystemClock(), f"session of {message_id}"
    accepted = await journal.inbox.accept(Arrival(signals=[a_signal(f"m:{message_id}", key, at=clock.now())]))
    page = OutgoingMessage(
        message_id=message_id, recipient=to, channel="paging", content=content, sender=OUR_NUMBER, rule="r"
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
    """Sends a page for each entry, for which its channel raises in these methods, and looks at what became of them.

    Before each another goes to the same person, so that it matters whether the two are alike.
    """
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
        limits=Limits(flood_identical=1),
        channels=channels,
        wants=lambda kind: True,
        recorded=lambda: None,
    )
    if not at_once:
        dispatcher.stop()  # then commits claim nothing, and all is claimed together below
    try:
        for place in range(len(failing)):
            await commit(journal, dispatcher, f"b{place}", number(place), "100")
            await commit(journal, dispatcher, f"p{place}", number(place), str(place))
        await dispatcher.drain(60)
        while await dispatcher.send_due():
            pass
        rows = {row.message_id: row for row in await journal.history.messages()}
        signals = {(row.session_key, row.kind): row for row in await journal.history.signals()}
    finally:
        await client.close()
        await journal.aclose()

    for place, methods in enumerate(failing):
        row, key = rows[f"p{place}"], f"session of p{place}"
        assert signals[key, "InfobipSmsReceivedMessage"].state is InboxState.DONE
        goes = not {"likeness", "why_unreachable", "group", "request"} & set(methods)
        assert service.given[row.message_id] == goes
        assert service.given[f"b{place}"] == ("why_unreachable" not in methods)
        if {"likeness", "why_unreachable"} & set(methods):
            assert row.state is OutboxState.READY
            assert row.reason.startswith(("Held: The channel 'paging' raised", "Held: an earlier message"))
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
