"""What is at which path, alone and mounted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from infobip_rules.infobip.inbound import Kind
from infobip_rules.receiver import Health
from infobip_rules.web import create_app
from infobip_rules.web.webhook import PATHS

from .conftest import JSON, MESSAGES, REPORTS, KeepingReceiver, Serve, error_of, sample

BODIES: dict[Kind, str] = {"message": "mo_single_keyword.json", "report": "dlr_v3_delivered.json"}
SPELLINGS = [(kind, path + slash) for kind, paths in PATHS.items() for path in paths for slash in ("", "/")]


@pytest.mark.parametrize(("kind", "path"), SPELLINGS)
async def test_each_webhook_is_at_each_spelling_of_its_path(
    client: httpx.AsyncClient, receiver: KeepingReceiver, kind: Kind, path: str
) -> None:
    response = await client.post(path, content=sample(BODIES[kind]), headers=JSON)
    assert response.status_code == 200
    assert [batch.misdirected for batch in receiver.batches] == [0]


@pytest.mark.parametrize("path", ["/health/live", "/health/live/"])
async def test_it_is_alive(client: httpx.AsyncClient, receiver: KeepingReceiver, path: str) -> None:
    receiver.failure = RuntimeError("not asked")
    response = await client.get(path)
    assert (response.status_code, response.json()) == (200, {"live": True})


async def test_it_is_ready_when_the_receiver_is(client: httpx.AsyncClient) -> None:
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"ready": True, "details": {"pending": 0}})


async def test_it_is_not_ready_when_the_receiver_is_not(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    receiver.state = Health(ready=False, details={"journal": "locked"})
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"ready": False, "details": {"journal": "locked"}})


async def test_it_is_not_ready_when_the_receiver_fails(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    receiver.failure = RuntimeError("secret detail")
    response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"ready": False, "details": {}})


@pytest.mark.parametrize(("path", "allowed"), [(MESSAGES, "POST"), (f"{REPORTS}/", "POST")])
async def test_a_wrong_method_is_told_the_right_one(client: httpx.AsyncClient, path: str, allowed: str) -> None:
    response = await client.get(path)
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)
    assert f"POST {path.rstrip('/')}" in error_of(response)["remedy"]


async def test_health_is_not_posted_to(client: httpx.AsyncClient) -> None:
    response = await client.post("/health/live")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/sms-received", "/sms-received-message/more"])
async def test_an_unknown_path_is_told_the_right_ones(client: httpx.AsyncClient, path: str) -> None:
    response = await client.post(path, json={})
    remedy = error_of(response)["remedy"]
    assert response.status_code == 404
    assert all(right in remedy for right in (MESSAGES, REPORTS, "/health/live", "/health/ready"))


async def test_it_can_be_mounted_under_a_prefix(receiver: KeepingReceiver, served: Serve) -> None:
    outer = Starlette(routes=[Mount("/infobip", create_app(receiver, token=None))])
    async with httpx.AsyncClient(base_url=served(outer), headers=JSON, timeout=60) as client:
        response = await client.post(f"/infobip{MESSAGES}", content=sample("mo_single_keyword.json"))
    assert response.json() == {"accepted": 1, "duplicates": 0, "setAside": 0}


async def test_mounted_it_names_urls_with_their_prefix(receiver: KeepingReceiver, served: Serve) -> None:
    outer = Starlette(routes=[Mount("/infobip", create_app(receiver, token=None))])
    async with httpx.AsyncClient(base_url=served(outer), headers=JSON, timeout=60) as client:
        response = await client.post("/infobip/sms")
    assert f"POST /infobip{MESSAGES}," in error_of(response)["remedy"]


async def test_two_apps_side_by_side_know_nothing_of_each_other(served: Serve) -> None:
    first, other = KeepingReceiver(), KeepingReceiver()
    outer = Starlette(
        routes=[Mount("/one", create_app(first, token=None)), Mount("/other", create_app(other, token="other"))]
    )
    async with httpx.AsyncClient(base_url=served(outer), headers=JSON, timeout=60) as client:
        await client.post(f"/one{MESSAGES}", content=sample("mo_single_keyword.json"))
    assert (len(first.batches), len(other.batches)) == (1, 0)


async def test_a_lifespan_is_run(receiver: KeepingReceiver, served: Serve) -> None:
    seen: list[Starlette] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        seen.append(app)
        yield

    app = create_app(receiver, token=None, lifespan=lifespan)
    served(app)
    assert seen == [app]
