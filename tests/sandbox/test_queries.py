"""Filters, limits and cursors of logs and reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.envelopes import ApiRefusal
from infobip_rules.sandbox.queries import read_logs_query

from .conftest import Send, SetClock, message


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/sms/3/logs", params=query)
    assert answer.status_code == 200, answer.text
    return [row["messageId"] for row in answer.json()["results"]]


async def test_each_filter_of_the_logs_leaves_the_others_out(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip, clock: SetClock
) -> None:
    fake.settings.outcomes["385981111111"] = "UNDELIVERABLE"
    await send(message("385981234567", message_id="m-1", options={"platform": {"entityId": "e", "applicationId": "a"}}))
    early = clock.now()
    clock.move(timedelta(hours=1))
    await send({**message("385981111111", message_id="m-2"), "sender": "Shop"})
    bulk = fake.messages[1].bulk_id

    assert await ids(client) == ["m-2", "m-1"]
    assert await ids(client, destination="385981234567") == ["m-1"]
    assert await ids(client, sender="Shop") == ["m-2"]
    assert await ids(client, bulkId=bulk) == ["m-2"]
    assert await ids(client, generalStatus="DELIVERED") == ["m-1"]
    assert await ids(client, entityId="e") == ["m-1"]
    assert await ids(client, applicationId="a") == ["m-1"]
    assert await ids(client, mcc="219", mnc="01") == ["m-2", "m-1"]
    assert await ids(client, mcc="232") == []
    between = {"sentSince": early.isoformat(), "sentUntil": (early + timedelta(minutes=1)).isoformat()}
    assert await ids(client, **between) == ["m-1"]
    assert await ids(client, sentSince="2026-11-09T15:30:00.000+0000") == ["m-2"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("sentSince=yesterday", "sentSince"),
        ("sentUntil=2026-11-09", "sentUntil"),
        ("sentSince=1793721600", "sentSince"),
        ("generalStatus=GONE", "generalStatus"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("useCursor=perhaps", "useCursor"),
        ("cursor=nonsense", "cursor"),
        ("mnc=01", "mcc"),
        (f"bulkId={'b' * 2049}", "bulkId"),
    ],
)
async def test_what_can_not_be_asked_is_refused_with_its_name(
    client: httpx.AsyncClient, query: str, wrong: str
) -> None:
    answer = await client.get(f"/sms/3/logs?{query}")
    assert answer.status_code == 400
    assert [violation["property"] for violation in answer.json()["violations"]] == [wrong]


async def test_pages_follow_each_other_to_an_end(client: httpx.AsyncClient, send: Send) -> None:
    await send(*[message(message_id=f"m-{number}") for number in range(7)])
    seen: list[str] = []
    cursor, pages = "", 0
    while cursor is not None:
        query = {"limit": 3, "useCursor": "true", **({"cursor": cursor} if cursor else {})}
        body = (await client.get("/sms/3/logs", params=query)).json()
        seen += [row["messageId"] for row in body["results"]]
        cursor, pages = body["cursor"]["nextCursor"], pages + 1
        await send(message(message_id=f"meanwhile-{pages}"))
    assert seen == [f"m-{number}" for number in range(6, -1, -1)]
    assert pages == 3


async def test_a_cursor_that_was_not_asked_for_leads_nowhere_else(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"))
    cursor = (await client.get("/sms/3/logs")).json()["cursor"]["nextCursor"]
    assert (await client.get("/sms/3/logs", params={"cursor": cursor})).json() == {"results": []}


async def test_reports_are_handed_out_by_message_and_by_bulk(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip
) -> None:
    await send(message(message_id="m-1"))
    await send(message(message_id="m-2"))
    await send(message(message_id="m-3"))
    assert await fake.settled()
    bulk = fake.messages[2].bulk_id

    async def taken(**query: str) -> list[str]:
        results = (await client.get("/sms/3/reports", params=query)).json()["results"]
        return [result["messageId"] for result in results]

    assert await taken(messageId="m-2") == ["m-2"]
    assert await taken(messageId="m-2") == []
    assert await taken(bulkId=bulk) == ["m-3"]
    assert await taken() == ["m-1"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["messageId", "bulkId", "generalStatus", "sentSince", "sentUntil", "limit", "useCursor", "cursor", "mcc"]
        ),
        st.text(max_size=40) | st.sampled_from(["DELIVERED", "7", "true", "eyJiZWZvcmUiOjF9", "2026-11-09T15:00Z"]),
    )
)
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    assert refused_names(query) <= set(query)


def refused_names(query: dict[str, str]) -> set[str]:
    """What a query is refused for; nothing if it is read."""
    try:
        read = read_logs_query(QueryParams(query))
    except ApiRefusal as refusal:
        return {violation.property for violation in refusal.violations} or {"refused without a reason"}
    return set() if 1 <= read.limit <= 1000 else {"a limit beyond its bounds"}
