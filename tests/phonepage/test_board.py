"""The contents of the page: only changes are sent to the browsers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from infobip_rules.host.reloader import Loading
from infobip_rules.infobip.inbound import parse_inbound
from infobip_rules.phonepage.board import Board
from tests.phonepage.conftest import ANA

IVO = "385916242493"


async def receive(board: Board, message_id: str, number: str) -> None:
    body = orjson.dumps({"results": [{"messageId": message_id, "from": number, "text": "hello"}]})
    await board.host.receive(parse_inbound(body, expected=None, now=datetime.now(UTC)))
    assert await board.host.settled(10)


async def published(board: Board) -> list[dict[str, Any]]:
    """The events that reading the journal once more brings."""
    seen, events = board.feed.position, []
    await board.refresh()
    while board.feed.position != seen:
        async for line in board.feed.lines(seen):
            if b"data: " in line:
                head, _, data = line.partition(b"\ndata: ")
                seen = head.removeprefix(b"id: ").decode()
                events.append(orjson.loads(data))
                break
    return events


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["op"], str(event.get("list") or event.get("id") or event.get("signal"))) for event in events]


async def test_the_first_reading_sends_all_and_the_next_nothing(board: Board) -> None:
    assert ("put", "phones") in kinds(await published(board))
    assert await published(board) == []


async def test_a_message_is_one_bubble_a_line_in_the_list_and_a_story(board: Board) -> None:
    await published(board)
    await receive(board, "m-1", ANA)
    assert kinds(await published(board)) == [("put", f"log-{ANA}"), ("region", "signals"), ("story", "1")]
    assert await published(board) == []


async def test_a_new_number_opens_its_phone_before_its_bubble(board: Board) -> None:
    await published(board)
    await receive(board, "m-1", IVO)
    assert kinds(await published(board))[:2] == [("put", "phones"), ("put", f"log-{IVO}")]


async def test_a_changed_number_replaces_its_phone_and_a_closed_one_goes(board: Board) -> None:
    await published(board)
    board.phones.rename(ANA, IVO)
    (event,) = await published(board)
    assert event["replaces"] == f"phone-{ANA}"
    board.phones.open(ANA)
    await published(board)
    board.phones.close(IVO)
    assert kinds(await published(board)) == [("drop", f"phone-{IVO}")]


async def test_setting_the_clock_is_a_change_and_its_running_is_none(board: Board) -> None:
    await published(board)
    board.clock.advance(timedelta(hours=1))
    assert ("region", "clock") in kinds(await published(board))
    assert await published(board) == []


async def test_the_result_of_loading_rules_is_shown(board: Board) -> None:
    await published(board)
    board.loaded(Loading(rules=7, at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert ("region", "rules") in kinds(await published(board))
