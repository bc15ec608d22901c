"""Scheduled requests: when they are due, and what somebody makes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from .conftest import SetClock, message

DUE = "2026-11-10T16:00:00.000+0000"
BULK = {"bulkId": "spring"}


@pytest.fixture
async def scheduled(client: httpx.AsyncClient) -> httpx.AsyncClient:
    body = {"messages": [message()], "options": {"schedule": {"bulkId": "spring", "sendAt": DUE}}}
    assert (await client.post("/sms/3/messages", json=body)).status_code == 200
    return client


async def get(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(path, params=BULK)).json()


async def test_a_schedule_is_kept_and_can_be_moved(scheduled: httpx.AsyncClient) -> None:
    assert await get(scheduled, "/sms/1/bulks") == {**BULK, "sendAt": DUE}
    later = {"sendAt": "2026-11-11T09:00:00.000+0100"}
    moved = await scheduled.put("/sms/1/bulks", params=BULK, json=later)
    assert moved.json() == {**BULK, "sendAt": "2026-11-11T08:00:00.000+0000"}
    assert await get(scheduled, "/sms/1/bulks") == moved.json()


async def test_a_bulk_is_pending_until_it_is_due_or_somebody_says_otherwise(
    scheduled: httpx.AsyncClient, clock: SetClock
) -> None:
    async def set_to(status: str) -> Any:
        return (await scheduled.put("/sms/1/bulks/status", params=BULK, json={"status": status})).json()

    assert await get(scheduled, "/sms/1/bulks/status") == {**BULK, "status": "PENDING"}
    assert await set_to("PAUSED") == {**BULK, "status": "PAUSED"}
    assert await set_to("PENDING") == {**BULK, "status": "PENDING"}
    clock.move(timedelta(days=2))
    assert await get(scheduled, "/sms/1/bulks/status") == {**BULK, "status": "FINISHED"}


async def test_a_bulk_that_has_ended_is_changed_by_nobody(scheduled: httpx.AsyncClient) -> None:
    await scheduled.put("/sms/1/bulks/status", params=BULK, json={"status": "CANCELED"})
    for path, body in (("/sms/1/bulks", {"sendAt": DUE}), ("/sms/1/bulks/status", {"status": "PENDING"})):
        assert (await scheduled.put(path, params=BULK, json=body)).status_code == 400


@pytest.mark.parametrize("path", ["/sms/1/bulks", "/sms/1/bulks/status"])
async def test_a_bulk_that_nobody_scheduled_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, params={"bulkId": "no such"})).status_code == 404
    missing = await client.get(path)
    assert missing.status_code == 400
    assert missing.json()["requestError"]["serviceException"]["validationErrors"] == {"bulkId": ["must not be null"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sms/1/bulks", {"sendAt": "soon"}),
        ("/sms/1/bulks", {"sendAt": "2028-01-01T00:00:00.000+0000"}),
        ("/sms/1/bulks", {"sendAt": "0001-01-01T00:00:00.000+1000"}),
        ("/sms/1/bulks", {"sendAt": "1793721600"}),
        ("/sms/1/bulks/status", {"status": "HALTED"}),
    ],
)
async def test_what_a_bulk_can_not_be_is_refused(scheduled: httpx.AsyncClient, path: str, body: Any) -> None:
    assert (await scheduled.put(path, params=BULK, json=body)).status_code == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000+1000", "1793721600"])
async def test_a_schedule_that_is_no_date_is_refused_with_its_request(client: httpx.AsyncClient, moment: str) -> None:
    body = {"messages": [message()], "options": {"schedule": {"bulkId": "spring", "sendAt": moment}}}
    assert (await client.post("/sms/3/messages", json=body)).status_code == 400
    assert (await client.get("/sms/1/bulks", params=BULK)).status_code == 404
