"""Webhooks that are let in by a signature of their body, beside or in place of the token."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.web import create_app, webhook_exposure_warning

from .conftest import MESSAGES, REPORTS, KeepingReceiver, Serve, error_of, post_raw, sample

TOKEN = "correct-horse_battery"
HEADER = "X-Signature"
SIGNATURE = WebhookSignature(secret="staple-of-the-account", header=HEADER)
BODY = sample("mo_single_keyword.json")
REPORT = sample("dlr_v3_delivered.json")
OTHER = BODY.replace(b"keyword", b"KEYWORD")


@pytest.fixture
def url(receiver: KeepingReceiver, served: Serve) -> str:
    return served(create_app(receiver, token=None, signature=SIGNATURE))


@pytest.fixture
async def both(receiver: KeepingReceiver, served: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of webhooks that take either."""
    base = served(create_app(receiver, token=TOKEN, signature=SIGNATURE))
    async with httpx.AsyncClient(base_url=base, timeout=30) as opened:
        yield opened


def signed(body: bytes) -> dict[str, str]:
    return {HEADER: SIGNATURE.sign(body)}


@pytest.mark.parametrize(("path", "body"), [(MESSAGES, BODY), (REPORTS, REPORT)])
async def test_what_is_signed_is_taken(client: httpx.AsyncClient, path: str, body: bytes) -> None:
    response = await client.post(path, headers=signed(body), content=body)
    assert response.json() == {"accepted": 1, "duplicates": 0, "setAside": 0}


async def test_a_signature_in_base64_is_taken_and_the_headers_case_is_nothing(client: httpx.AsyncClient) -> None:
    written = base64.b64encode(bytes.fromhex(SIGNATURE.sign(BODY))).decode()
    assert (await client.post(MESSAGES, headers={HEADER.lower(): written}, content=BODY)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: "guess"}, signed(OTHER), {"X-Other": signed(BODY)[HEADER]}]
)
async def test_what_is_not_signed_rightly_is_refused(
    client: httpx.AsyncClient, receiver: KeepingReceiver, headers: dict[str, str]
) -> None:
    response = await client.post(MESSAGES, headers=headers, content=BODY)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    error = error_of(response)
    assert (error["id"], HEADER in error["fact"]) == ("IR606", True)
    assert receiver.batches == []


def test_a_body_without_a_signature_is_not_waited_for(url: str) -> None:
    head = f"POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 900\r\n\r\n"
    assert post_raw(url, head.encode())[0] == 401


async def test_either_is_enough_where_both_are_set(both: httpx.AsyncClient) -> None:
    by_token = await both.post(MESSAGES, params={"token": TOKEN}, content=BODY)
    by_signature = await both.post(MESSAGES, headers=signed(BODY), content=BODY)
    by_basic = await both.post(MESSAGES, auth=("infobip", TOKEN), content=BODY)
    by_one_of_them = await both.post(MESSAGES, params={"token": TOKEN}, headers={HEADER: "guess"}, content=BODY)
    answers = (by_token, by_signature, by_basic, by_one_of_them)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200]


async def test_neither_is_refused_where_both_are_set(both: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    nothing = await both.post(MESSAGES, content=BODY)
    wrong = await both.post(MESSAGES, params={"token": "guess"}, headers={HEADER: "guess"}, content=BODY)
    basic = await both.post(MESSAGES, auth=("infobip", "guess"), content=BODY)
    assert [(answer.status_code, error_of(answer)["id"]) for answer in (nothing, wrong, basic)] == [
        (401, "IR601"),
        (401, "IR606"),
        (401, "IR601"),
    ]
    assert receiver.batches == []


async def test_no_guess_is_logged(client: httpx.AsyncClient, log: Callable[[], str]) -> None:
    await client.post(MESSAGES, headers={HEADER: "a-guess"}, content=BODY)
    assert "web.refused" in log()
    assert "a-guess" not in log()


def test_signed_webhooks_that_others_reach_need_no_warning() -> None:
    assert webhook_exposure_warning("0.0.0.0", None, SIGNATURE) is None  # noqa: S104 - nothing is bound to it
