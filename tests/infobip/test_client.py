from __future__ import annotations

import json
import logging
import socket
from decimal import Decimal

import httpx
import pytest

from infobip_rules.errors import ConfigurationError, ProviderError
from infobip_rules.infobip.client import AsyncInfobipClient, InfobipClient, Timeouts, failure_outcomes
from infobip_rules.infobip.wire import Accepted, NotSent, Outcome, Unknown
from infobip_rules.settings import Settings

from .provider import Provider
from .samples import MESSAGE_ID, message, sample, sample_json

KEY = "003026abc13494b35a6b-secret"
IMPATIENT = Timeouts(connect=0.5, read=0.1, write=0.5, pool=0.5)


@pytest.fixture
def unused_url() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def send_one(base_url: str, timeout: Timeouts | None = None) -> Outcome:
    with InfobipClient(base_url, KEY, timeout=timeout) as client:
        (outcome,) = client.send([message()])
    return outcome


def test_a_message_is_posted_as_documented(provider: Provider) -> None:
    provider.answers_with(200, sample("send_v3_response_one.json"))
    assert isinstance(send_one(provider.base_url), Accepted)
    (request,) = provider.requests
    assert (request.method, request.path) == ("POST", "/sms/3/messages")
    assert request.json() == sample_json("send_v3_request_basic.json")
    assert request.headers["authorization"] == f"App {KEY}"
    assert request.headers["content-type"] == request.headers["accept"] == "application/json"


def test_messages_of_both_kinds_go_in_two_requests_and_come_back_in_order(provider: Provider) -> None:
    messages = [message("m-1", shorten_url=True), message("m-2"), message("m-3", shorten_url=True)]
    for ids in (["m-1", "m-3"], ["m-2"]):
        entries = [{"messageId": one, "status": {"groupName": "PENDING"}} for one in ids]
        provider.answers_with(200, json.dumps({"messages": entries}).encode())
    with InfobipClient(provider.base_url, KEY) as client:
        outcomes = client.send(messages, "https://adapter.example.com/sms-delivery-report")
    assert [outcome.message_id for outcome in outcomes] == ["m-1", "m-2", "m-3"]
    assert [len(request.json()["messages"]) for request in provider.requests] == [2, 1]
    assert all("webhooks" in one for request in provider.requests for one in request.json()["messages"])


def test_no_messages_need_no_request(provider: Provider) -> None:
    with InfobipClient(provider.base_url, KEY) as client:
        assert client.send([]) == []
    assert provider.requests == []


def test_a_refused_connection_sent_nothing_and_can_be_retried(unused_url: str) -> None:
    outcome = send_one(unused_url)
    assert isinstance(outcome, NotSent)
    assert (outcome.retryable, outcome.http_status) == (True, None)


def test_after_a_connection_dropped_in_the_middle_of_an_answer_the_outcome_is_unknown(provider: Provider) -> None:
    provider.hangs_up_after(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"messages":')
    assert isinstance(send_one(provider.base_url), Unknown)


def test_after_a_connection_dropped_without_an_answer_the_outcome_is_unknown(provider: Provider) -> None:
    provider.hangs_up_after(b"")
    assert isinstance(send_one(provider.base_url), Unknown)


def test_a_post_is_never_repeated_by_itself(provider: Provider) -> None:
    provider.hangs_up_after(b"")
    send_one(provider.base_url)
    assert len(provider.requests) == 1


def test_after_a_read_timeout_the_outcome_is_unknown(provider: Provider) -> None:
    provider.never_answers()
    assert isinstance(send_one(provider.base_url, IMPATIENT), Unknown)


def test_after_an_answer_in_an_unreadable_encoding_the_outcome_is_unknown(provider: Provider) -> None:
    provider.answers_with(200, b"not gzip", Content_Encoding="gzip")
    assert isinstance(send_one(provider.base_url), Unknown)


def test_the_environments_proxy_is_used_and_its_refusal_sent_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", provider.base_url)
    provider.answers_with(403)
    outcome = send_one("https://xxxxx.api.infobip.com")
    assert isinstance(outcome, NotSent)
    assert outcome.retryable
    assert [request.method for request in provider.requests] == ["CONNECT"]


def test_a_host_on_this_machine_is_reached_without_a_proxy(
    provider: Provider, unused_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_url)
    provider.answers_with(200, sample("send_v3_response_one.json"))
    assert isinstance(send_one(provider.base_url), Accepted)


def test_a_429_is_retried_after_the_time_it_asks_for(provider: Provider) -> None:
    provider.answers_with(429, sample("error_v3_429.json"), Retry_After="3")
    outcome = send_one(provider.base_url)
    assert isinstance(outcome, NotSent)
    assert (outcome.retryable, outcome.retry_after) == (True, 3)


def test_a_gateways_page_leaves_the_outcome_unknown_and_is_told_in_words(provider: Provider) -> None:
    provider.answers_with(502, b"<html><h1>502 Bad Gateway</h1></html>", Content_Type="text/html")
    outcome = send_one(provider.base_url)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "Infobip answered 502: 502 Bad Gateway."


def test_a_redirect_is_not_followed(provider: Provider) -> None:
    provider.answers_with(307, Location=f"{provider.base_url}/elsewhere")
    outcome = send_one(provider.base_url)
    assert isinstance(outcome, Unknown)
    assert "INFOBIP_BASE_URL" in outcome.reason
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol],
)
def test_failures_before_the_request_sent_nothing(failure: type[httpx.TransportError]) -> None:
    (outcome,) = failure_outcomes([message()], failure("no"))
    assert isinstance(outcome, NotSent)
    assert outcome.retryable


@pytest.mark.parametrize(
    "failure",
    [
        httpx.WriteError,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.ReadTimeout,
        httpx.RemoteProtocolError,
        httpx.CloseError,
    ],
)
def test_failures_after_that_leave_the_outcome_unknown(failure: type[httpx.TransportError]) -> None:
    (outcome,) = failure_outcomes([message()], failure("no"))
    assert isinstance(outcome, Unknown)


def test_a_wait_for_a_free_connection_that_takes_too_long_sent_nothing(provider: Provider) -> None:
    with httpx.HTTPTransport(limits=httpx.Limits(max_connections=0)) as transport:
        client = InfobipClient(provider.base_url, KEY, transport=transport, timeout=IMPATIENT)
        (outcome,) = client.send([message()])
    assert isinstance(outcome, NotSent)
    assert "PoolTimeout" in outcome.reason


def test_the_logs_are_looked_up_by_message_id(provider: Provider) -> None:
    provider.answers_with(200, sample("logs_v3_found.json"))
    with InfobipClient(provider.base_url, KEY) as client:
        rows = client.logs([MESSAGE_ID, "m-2"])
    assert rows.keys() == {MESSAGE_ID}
    (request,) = provider.requests
    assert (request.method, request.path) == ("GET", "/sms/3/logs")
    assert request.query == {"messageId": [f"{MESSAGE_ID},m-2"]}


def test_a_look_up_without_a_connection_is_a_providers_error(unused_url: str) -> None:
    with InfobipClient(unused_url, KEY) as client, pytest.raises(ProviderError, match="ConnectError") as raised:
        client.logs(["m-1"])
    assert raised.value.context["retryable"]


def test_the_inbox_a_preview_and_the_balance_can_be_asked_for(provider: Provider) -> None:
    provider.answers_with(200, sample("mo_batch3_mixed.json"))
    provider.answers_with(200, sample("preview_response_tr.json"))
    provider.answers_with(200, b'{"balance": 1.5, "currency": "EUR"}')
    with InfobipClient(provider.base_url, KEY) as client:
        assert client.pull_inbox(3).pending == 2
        assert [preview.parts for preview in client.preview("Selam", language_code="TR")] == [2, 1]
        assert client.balance().amount == Decimal("1.5")
    assert [request.path for request in provider.requests] == [
        "/sms/1/inbox/reports",
        "/sms/1/preview",
        "/account/1/balance",
    ]


async def test_the_asynchronous_client_sends_and_asks_alike(provider: Provider) -> None:
    provider.answers_with(200, sample("send_v3_response_one.json"))
    provider.answers_with(200, sample("logs_v3_found.json"))
    provider.answers_with(200, sample("mo_batch3_mixed.json"))
    provider.answers_with(200, sample("preview_response_tr.json"))
    provider.answers_with(200, b'{"balance": 1.5, "currency": "EUR"}')
    async with AsyncInfobipClient(provider.base_url, KEY) as client:
        (outcome,) = await client.send([message()])
        assert isinstance(outcome, Accepted)
        assert (await client.logs([MESSAGE_ID]))[MESSAGE_ID].taken
        assert (await client.pull_inbox()).pending == 2
        assert len(await client.preview("Selam")) == 2
        assert (await client.balance()).currency == "EUR"


async def test_the_asynchronous_client_tells_failures_alike(provider: Provider, unused_url: str) -> None:
    async with AsyncInfobipClient(unused_url, KEY) as client:
        (outcome,) = await client.send([message()])
        assert isinstance(outcome, NotSent)
        with pytest.raises(ProviderError):
            await client.balance()
    provider.never_answers()
    async with AsyncInfobipClient(provider.base_url, KEY, timeout=IMPATIENT) as client:
        (outcome,) = await client.send([message()])
        assert isinstance(outcome, Unknown)


def test_a_client_is_made_from_settings(provider: Provider) -> None:
    settings = Settings.load(None, base_url=provider.base_url, api_key=KEY, phone_number="447491163443")
    provider.answers_with(200, b'{"balance": 0, "currency": "EUR"}')
    with InfobipClient.from_settings(settings) as client:
        client.balance()
    assert provider.requests[0].headers["authorization"] == f"App {KEY}"


async def test_an_asynchronous_client_is_made_from_settings(provider: Provider) -> None:
    settings = Settings.load(None, base_url=provider.base_url, api_key=KEY, phone_number="447491163443")
    provider.answers_with(200, b'{"balance": 0, "currency": "EUR"}')
    async with AsyncInfobipClient.from_settings(settings) as client:
        await client.balance()
    assert provider.requests[0].headers["authorization"] == f"App {KEY}"


def test_the_key_shows_in_no_repr_and_no_log(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider.answers_with(200, sample("send_v3_response_one.json"))
    with InfobipClient(provider.base_url, KEY) as client:
        client.send([message()])
        shown = f"{client!r} {vars(client)!r} {vars(vars(client)['_connection'])!r}"
    assert KEY not in shown
    assert KEY not in caplog.text
    assert caplog.records


def test_the_key_shows_in_no_error_even_if_a_gateway_repeats_it(provider: Provider) -> None:
    page = f"<html>Bad request: Authorization: App {KEY}</html>".encode()
    provider.answers_with(400, page)
    outcome = send_one(provider.base_url)
    assert isinstance(outcome, NotSent)
    assert KEY not in outcome.reason
    provider.answers_with(401, page)
    with InfobipClient(provider.base_url, KEY) as client, pytest.raises(ProviderError) as raised:
        client.balance()
    assert KEY not in f"{raised.value} {raised.value.context}"


@pytest.mark.parametrize(
    ("base_url", "key"), [("http://xxxxx.api.infobip.com", KEY), ("https://xxxxx.api.infobip.com", f"App {KEY}")]
)
def test_a_client_needs_a_safe_url_and_a_clean_key(base_url: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        InfobipClient(base_url, key)
    assert KEY not in str(raised.value)
