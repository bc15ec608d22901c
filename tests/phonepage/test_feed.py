"""The feed of the page: what reaches a browser that was away."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from infobip_rules.phonepage.feed import KEPT, Feed


def test_a_feed_gives_what_came_after_what_was_seen() -> None:
    assert asyncio.run(_heard(missed=2)) == [{"op": "one"}, {"op": "two"}]


@pytest.mark.parametrize("seen", ["", "another-run-1", "99"])
def test_who_missed_more_than_is_kept_loads_the_page_again(seen: str) -> None:
    assert asyncio.run(_heard(missed=1, seen=seen)) == [{"op": "reload"}]


def test_a_gap_of_as_many_events_as_are_kept_is_filled_and_of_one_more_is_not() -> None:
    feed = Feed()
    before = feed.position
    for number in range(KEPT):
        feed.publish({"op": number})
    assert _first(feed, before) == {"op": 0}
    feed.publish({"op": KEPT})
    assert _first(feed, before) == {"op": "reload"}


def _first(feed: Feed, seen: str) -> object:
    async def read() -> object:
        async for line in feed.lines(seen):
            if b"data: " in line:
                return orjson.loads(line.partition(b"data: ")[2])
        return None

    return asyncio.run(read())


async def _heard(*, missed: int, seen: str | None = None) -> list[object]:
    feed = Feed()
    before = feed.position if seen is None else seen
    for op in ["one", "two"][:missed]:
        feed.publish({"op": op})
    heard = []
    async for line in feed.lines(before):
        if b"data: " in line:
            heard.append(orjson.loads(line.partition(b"data: ")[2]))
        if len(heard) == (missed if seen is None else 1):
            feed.close()
    return heard
