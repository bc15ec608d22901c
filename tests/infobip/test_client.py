from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.channels.sms.lookups import SmsInbox, SmsLogs, preview_request, read_preview
from infobip_rules.errors import ConfigurationError, ProviderError
from infobip_rules.infobip.bounded import MOST_BYTES
from infobip_rules.infobip.client import AsyncInfobipClient, InfobipClient, Timeouts, failure_outcomes
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Unknown
from infobip_rules.settings import Settings

from .provider import Provider
from .samples import MESSAGE_ID, message, sample, sample_json

KEY = "003026abc13494b35a6b-secret"
#: Patient with each pause, but not with all of it.
IN_ALL = Timeouts(read=5, total=0.5)
IMPATIENT = Timeouts(connect=0.5, read=0.1, write=0.5, pool=0.5)


@pytest.fixture
def unused_url() -> Iterator[str]:
    """Where nobody listens: the port is taken, so that no other program can have it meanwhile."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


def send_one(base_url: str, timeout: Timeouts | None = None) -> Outcome:
    with InfobipClient(base_url, KEY, timeout=timeout) as client:
        (outcome,) = client.send([message()], SMS)
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
        outcomes = client.send(messages, SMS, "https://adapter.example.com/sms-delivery-report")
    assert [outcome.message_id for outcome in outcomes] == ["m-1", "m-2", "m-3"]
    assert [len(request.json()["messages"]) for request in provider.requests] == [2, 1]
    assert all("webhooks" in one for request in provider.requests for one in request.json()["messages"])


def test_no_messages_need_no_request(provider: Provider) -> None:
    with InfobipClient(provider.base_url, KEY) as client:
        assert client.send([], SMS) == []
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


# Answers without end.

OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "a head": (OK, b"X"),
    "headers": (OK, b"X-Y: z\r\n"),
    "interim answers": (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "a body": (OK + b"Content-Length: 100000\r\n\r\n", b" "),
    "an error": (b"HTTP/1.1 503 No\r\nContent-Length: 100000\r\n\r\n", b" "),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a packed body": (OK + b"Content-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n\x1f", b"\x8b"),
}


def packed(head: bytes, megabytes: int) -> bytes:
    body = gzip.compress(bytes(megabytes * 1024 * 1024))
    return head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("drip", DRIPS)
def test_a_request_ends_whatever_drips_in_and_its_outcome_is_unknown(provider: Provider, drip: str) -> None:
    provider.never_finishes(*DRIPS[drip])
    outcome = send_one(provider.base_url, IN_ALL)
    assert isinstance(outcome, Unknown)


def test_the_reason_says_that_it_took_too_long(provider: Provider) -> None:
    provider.never_finishes(*DRIPS["a body"])
    outcome = send_one(provider.base_url, IN_ALL)
    assert isinstance(outcome, Unknown)
    assert "it took over 0.5 s" in outcome.reason


@pytest.mark.parametrize("status", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_an_answer_without_end_takes_no_more_memory_than_it_may(provider: Provider, status: bytes) -> None:
    provider.never_finishes(status + b"\r\n", bytes(1024 * 1024), every=0)
    outcome = send_one(provider.base_url)
    assert isinstance(outcome, Unknown)
    assert f"over {MOST_BYTES:,} bytes" in outcome.reason


@pytest.mark.parametrize("status", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 No\r\n"])
def test_little_that_unpacks_to_much_takes_no_more_memory_either(provider: Provider, status: bytes) -> None:
    provider.hangs_up_after(packed(status, 512))
    tracemalloc.start()
    try:
        outcome = send_one(provider.base_url)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, Unknown)
    assert f"over {MOST_BYTES:,} bytes" in outcome.reason
    assert most < 6 * MOST_BYTES


def test_a_packed_answer_is_unpacked(provider: Provider) -> None:
    body = gzip.compress(sample("send_v3_response_one.json"))
    provider.answers_with(200, body, Content_Encoding="gzip")
    assert isinstance(send_one(provider.base_url), Accepted)
    assert provider.requests[0].headers["accept-encoding"] == "gzip"


SMS = SmsChannel()
QUESTIONS: dict[str, Callable[[InfobipClient], object]] = {
    "logs": lambda client: client.logs(["m-1"], SmsLogs()),
    "inbox": lambda client: client.pull_inbox(SmsInbox()),
    "preview": lambda client: client.ask(preview_request("hello")),
    "balance": lambda client: client.balance(),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_ends_too(provider: Provider, question: str) -> None:
    provider.never_finishes(*DRIPS["a body"])
    with InfobipClient(provider.base_url, KEY, timeout=IN_ALL) as client:
        with pytest.raises(ProviderError, match="it took over") as raised:
            QUESTIONS[question](client)
        assert raised.value.context["retryable"]


def test_what_was_read_of_a_pull_that_did_not_end_is_kept_as_it_comes_only_once(provider: Provider) -> None:
    start = b'{"results": [{"messageId": "m-1"'
    provider.never_finishes(OK + b"Content-Length: 100000\r\n\r\n" + start, b" ")
    with InfobipClient(provider.base_url, KEY, timeout=IN_ALL) as client, pytest.raises(ProviderError) as raised:
        client.pull_inbox(SmsInbox())
    body = raised.value.context["body"]
    assert isinstance(body, bytes)
    assert body.startswith(start)


async def test_requests_that_never_end_all_end_within_their_time(provider: Provider) -> None:
    for _ in range(8):
        provider.never_finishes(*DRIPS["a body"])
    async with AsyncInfobipClient(provider.base_url, KEY, timeout=IN_ALL) as client:
        outcomes = await asyncio.gather(*(client.send([message()], SMS) for _ in range(8)))
    assert all(isinstance(outcome, Unknown) for (outcome,) in outcomes)


# The environment.


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize(
    "value", ["gopher://user:hush@proxy:1", "http://proxy:port-hush", "socks5://user:hush@proxy:1"]
)
def test_a_proxy_that_can_not_be_used_is_a_mistake_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match="ALL_PROXY, HTTPS_PROXY") as raised:
        InfobipClient("https://xxxxx.api.infobip.com", KEY)
    assert "hush" not in str(raised.value)
    assert raised.value.exit_code == 3


@pytest.mark.parametrize("content", [None, "no certificates"])
def test_certificates_that_can_not_be_read_are_a_mistake_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "certificates.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        InfobipClient("https://xxxxx.api.infobip.com", KEY)


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
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=0))
    with InfobipClient(provider.base_url, KEY, transport=transport, timeout=IMPATIENT) as client:
        (outcome,) = client.send([message()], SMS)
    assert isinstance(outcome, NotSent)
    assert "PoolTimeout" in outcome.reason


def test_who_waits_for_an_answer_waits_no_more_when_the_client_is_closed(provider: Provider) -> None:
    provider.never_answers()
    with ThreadPoolExecutor() as threads, InfobipClient(provider.base_url, KEY) as client:
        waiting = threads.submit(client.balance)
        assert provider.asked.wait(20)
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            waiting.result(20)


def test_a_client_that_is_closed_asks_nothing_and_may_be_closed_again(unused_url: str) -> None:
    client = InfobipClient(unused_url, KEY)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.balance()


def test_the_logs_are_looked_up_by_message_id(provider: Provider) -> None:
    provider.answers_with(200, sample("logs_v3_found.json"))
    with InfobipClient(provider.base_url, KEY) as client:
        rows = client.logs([MESSAGE_ID, "m-2"], SmsLogs())
    assert rows.keys() == {MESSAGE_ID}
    (request,) = provider.requests
    assert (request.method, request.path) == ("GET", "/sms/3/logs")
    assert request.query == {"messageId": [f"{MESSAGE_ID},m-2"]}


def test_a_look_up_without_a_connection_is_a_providers_error(unused_url: str) -> None:
    with InfobipClient(unused_url, KEY) as client, pytest.raises(ProviderError, match="ConnectError") as raised:
        client.logs(["m-1"], SmsLogs())
    assert raised.value.context["retryable"]


def test_the_inbox_a_preview_and_the_balance_can_be_asked_for(provider: Provider) -> None:
    provider.answers_with(200, sample("mo_batch3_mixed.json"))
    provider.answers_with(200, sample("preview_response_tr.json"))
    provider.answers_with(200, b'{"balance": 1.5, "currency": "EUR"}')
    with InfobipClient(provider.base_url, KEY) as client:
        assert client.pull_inbox(SmsInbox(), 3).pending == 2
        assert [
            preview.parts for preview in read_preview(client.ask(preview_request("Selam", language_code="TR")))
        ] == [2, 1]
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
        (outcome,) = await client.send([message()], SMS)
        assert isinstance(outcome, Accepted)
        assert (await client.logs([MESSAGE_ID], SmsLogs()))[MESSAGE_ID].taken
        assert (await client.pull_inbox(SmsInbox())).pending == 2
        assert len(read_preview(await client.ask(preview_request("Selam")))) == 2
        assert (await client.balance()).currency == "EUR"


async def test_the_asynchronous_client_tells_failures_alike(provider: Provider, unused_url: str) -> None:
    async with AsyncInfobipClient(unused_url, KEY) as client:
        (outcome,) = await client.send([message()], SMS)
        assert isinstance(outcome, NotSent)
        with pytest.raises(ProviderError):
            await client.balance()
    provider.never_answers()
    async with AsyncInfobipClient(provider.base_url, KEY, timeout=IMPATIENT) as client:
        (outcome,) = await client.send([message()], SMS)
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
        client.send([message()], SMS)
        shown = f"{client!r} {vars(client)!r} {vars(client._client)!r} {vars(client._client._connection)!r}"
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
