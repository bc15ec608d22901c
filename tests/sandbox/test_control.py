"""The control paths, through which another process drives the fake."""

from __future__ import annotations

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip

from .conftest import Catcher, Send, message


async def test_the_state_shows_messages(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"), message("12", message_id="m-2"))

    state = (await client.get("/sandbox/state")).json()

    assert [(entry["messageId"], entry["timesPosted"]) for entry in state["messages"]] == [("m-1", 1)]
    assert [entry["messageId"] for entry in state["rejected"]] == ["m-2"]
    assert [entry["name"] for entry in state["messages"][0]["history"]] == ["PENDING_ACCEPTED", "DELIVERED_TO_HANDSET"]


async def test_an_inbound_message_can_be_injected(
    client: httpx.AsyncClient, fake: FakeInfobip, catcher: Catcher
) -> None:
    fake.settings.inbound_url = catcher.url

    response = await client.post("/sandbox/receive", json={"from": "385916242493", "text": "JOIN", "messageId": "x"})

    assert response.json()["status"] == 200
    assert catcher.bodies[0]["results"][0]["messageId"] == "x"


async def test_a_fault_can_be_armed_and_cleared(client: httpx.AsyncClient, send: Send) -> None:
    await client.post("/sandbox/faults", json={"effect": "server_error", "times": 2})
    struck = await send(message())
    await client.delete("/sandbox/faults")
    spared = await send(message())

    assert (struck.status_code, spared.status_code) == (500, 200)


async def test_a_report_can_be_ordered(client: httpx.AsyncClient, send: Send, fake: FakeInfobip) -> None:
    await send(message(message_id="m-1"))

    await client.post("/sandbox/report", json={"messageId": "m-1", "status": "EXPIRED"})

    assert fake.messages[0].status.group_name == "EXPIRED"


async def test_a_click_can_be_ordered(client: httpx.AsyncClient, send: Send, catcher: Catcher) -> None:
    tracking = {"trackingUrl": catcher.url}
    await send(message(text="https://example.com/a-long-way-to-go", message_id="m-1"), tracking=tracking)

    response = await client.post("/sandbox/click", json={"messageId": "m-1"})

    assert (response.json()["kind"], catcher.bodies[0]["messageId"]) == ("click", "m-1")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/faults", {"effect": "earthquake"}),
        ("/sandbox/faults", {"effect": "drop", "tims": 1}),
        ("/sandbox/receive", {"text": "no sender"}),
        ("/sandbox/click", {"messageId": "unknown"}),
    ],
)
async def test_an_order_that_is_not_understood_says_why(
    client: httpx.AsyncClient, path: str, body: dict[str, object]
) -> None:
    response = await client.post(path, json=body)

    assert response.status_code == 400
    assert response.json()["errors"]


async def test_control_is_neither_recorded_nor_struck(client: httpx.AsyncClient, fake: FakeInfobip) -> None:
    await client.post("/sandbox/faults", json={"effect": "drop", "path": "/", "times": None})

    response = await client.get("/sandbox/state")

    assert response.json()["faults"] == ["drop"]
    assert fake.requests == ()
