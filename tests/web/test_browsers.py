"""Webhooks where no token is set: Infobip and tools may post them, pages in a browser may not."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
import pytest

from infobip_rules.web import create_app

from .conftest import JSON, MESSAGES, REPORTS, KeepingReceiver, Serve, error_of, sample

BODY = sample("mo_single_keyword.json")
#: What a page can have sent to another site without asking it first, in the modes that browsers have for it.
NO_CORS = [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}]


def named(url: str, host: str) -> str:
    """A host's name with the port of the app."""
    return f"{host}:{urlsplit(url).port}"


async def post(url: str, headers: dict[str, str], path: str = MESSAGES) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        return await client.post(path, content=BODY, headers=headers)


@pytest.mark.parametrize("path", [MESSAGES, REPORTS])
@pytest.mark.parametrize(
    "said",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://["},
        {"Origin": "http://[x]"},
        {"Host": "[", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_a_page_of_another_site_posts_nothing(
    url: str, receiver: KeepingReceiver, said: dict[str, str], path: str
) -> None:
    response = await post(url, JSON | said, path)
    assert (response.status_code, error_of(response)["id"]) == (403, "IR603")
    assert receiver.batches == []


@pytest.mark.parametrize("said", NO_CORS)
async def test_what_needs_no_leave_of_ours_is_refused_even_without_an_origin(
    url: str, receiver: KeepingReceiver, said: dict[str, str]
) -> None:
    assert (await post(url, said)).status_code == 415
    assert receiver.batches == []


@pytest.mark.parametrize("more", [{}, {"Sec-Fetch-Site": "same-origin"}])
async def test_a_name_of_somebody_s_own_that_leads_here_is_not_this_machine_s(
    url: str, receiver: KeepingReceiver, more: dict[str, str]
) -> None:
    rebound = named(url, "rebound.evil.example")
    response = await post(url, JSON | {"Host": rebound, "Origin": f"http://{rebound}"} | more)
    assert (response.status_code, error_of(response)["id"]) == (403, "IR603")
    assert receiver.batches == []


async def test_a_page_of_this_very_host_may(url: str) -> None:
    for own in (named(url, "127.0.0.1"), named(url, "localhost")):
        assert (await post(url, JSON | {"Host": own, "Origin": f"http://{own}"})).status_code == 200


@pytest.mark.parametrize("host", ["0f3a.ngrok-free.app", "sms.example.com", "127.0.0.1:8080"])
async def test_infobip_may_under_the_name_of_whatever_is_in_front(url: str, host: str) -> None:
    assert (await post(url, JSON | {"Host": host, "X-Forwarded-For": "203.0.113.7"})).status_code == 200


async def test_whoever_has_the_token_may_from_anywhere(receiver: KeepingReceiver, served: Serve) -> None:
    url = served(create_app(receiver, token="a-word"))
    assert (await post(url, {"X-Webhook-Token": "a-word", "Origin": "https://console.example"})).status_code == 200


async def test_a_page_has_no_answer_to_the_question_whether_it_may(url: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        response = await client.options(MESSAGES, headers=asked)
    assert not [name for name in response.headers if name.startswith("access-control")]
