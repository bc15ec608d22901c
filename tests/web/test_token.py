"""The token that webhooks carry, and where it must not show."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from infobip_rules.errors import ConfigurationError
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.settings import Settings
from infobip_rules.web import create_app, webhook_exposure_warning
from infobip_rules.web.token import hide_token

from .conftest import MESSAGES, KeepingReceiver, Serve, error_of, post_raw, sample

TOKEN = "correct-horse_battery"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it
BODY = sample("mo_single_keyword.json")


@pytest.fixture
def url(receiver: KeepingReceiver, served: Serve) -> str:
    return served(create_app(receiver, token=TOKEN))


class _Announcing(uvicorn.Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"token": TOKEN}, {}),
        ({}, {"X-Webhook-Token": TOKEN}),
        ({}, {"Authorization": f"Bearer {TOKEN}"}),
        ({}, {"Authorization": f"bearer  {TOKEN}"}),
        ({"token": "wrong"}, {"X-Webhook-Token": TOKEN}),
    ],
)
async def test_the_token_can_come_in_url_or_header(
    client: httpx.AsyncClient, query: dict[str, str], headers: dict[str, str]
) -> None:
    response = await client.post(MESSAGES, params=query, headers=headers, content=BODY)
    assert response.json() == {"accepted": 1, "duplicates": 0, "setAside": 0}


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, {}),
        ({"token": ""}, {}),
        ({"token": TOKEN[:-1]}, {}),
        ({"token": TOKEN + "x"}, {}),
        ({"token": TOKEN.upper()}, {}),
        ({"token": "\u00fc\u20ac"}, {}),
        ({"other": TOKEN}, {}),
        ({}, {"X-Webhook-Token": "wrong"}),
        ({}, {"X-Webhook-Token": ""}),
        ({}, {"Authorization": f"Basic {TOKEN}"}),
        ({}, {"Authorization": TOKEN}),
        ({}, {"Authorization": "Bearer"}),
    ],
)
async def test_without_the_token_nothing_is_taken(
    client: httpx.AsyncClient, receiver: KeepingReceiver, query: dict[str, str], headers: dict[str, str]
) -> None:
    response = await client.post(MESSAGES, params=query, headers=headers, content=BODY)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert error_of(response)["id"] == "IR601"
    assert receiver.batches == []


def test_a_body_without_the_token_is_not_waited_for(url: str) -> None:
    head = f"POST {MESSAGES} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 900\r\n\r\n"
    assert post_raw(url, head.encode())[0] == 401


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_needs_no_token(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 200


async def test_a_token_of_any_letters_works(receiver: KeepingReceiver, served: Serve) -> None:
    token = "s\u00fc\u00df & geheim+1"
    base = served(create_app(receiver, token=token))
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        in_url = await client.post(f"{MESSAGES}?{urlencode({'token': token})}", content=BODY)
        in_header = await client.post(MESSAGES, headers={b"X-Webhook-Token": token.encode()}, content=BODY)
    assert (in_url.status_code, in_header.status_code) == (200, 200)


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_no_token_to_set(receiver: KeepingReceiver, token: str) -> None:
    with pytest.raises(ConfigurationError, match="token is empty"):
        create_app(receiver, token=token)


class ReceiverWithSettings(KeepingReceiver):
    """One whose messages are sent with settings, as a host's are."""

    def __init__(self, **settings: str) -> None:
        super().__init__()
        account = {"base_url": "http://127.0.0.1:9", "api_key": "key", "phone_number": "447491163443"}
        self.settings = Settings.load(None, **account, **settings)


PUBLIC = {"adapter_base_url": "https://sms.example.com", "sms_delivery_reporting_enabled": "true"}


@pytest.mark.parametrize(
    ("settings", "token", "signature"),
    [
        (PUBLIC | {"webhook_token": "of-the-settings"}, TOKEN, None),
        (PUBLIC | {"webhook_token": "of-the-settings"}, None, WebhookSignature(secret="word", header="X-Signature")),
        (PUBLIC, TOKEN, None),
    ],
)
async def test_a_token_that_delivery_reports_do_not_carry_is_warned_of(
    settings: dict[str, str],
    token: str | None,
    signature: WebhookSignature | None,
    served: Serve,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = ReceiverWithSettings(**settings)
    base = served(create_app(receiver, token=token, signature=signature))
    (line,) = [line for line in caplog.messages if line.startswith("web.token_differs")]
    assert "Every delivery report will be refused (401)" in line
    assert TOKEN not in line
    assert "of-the-settings" not in line
    url = str(receiver.settings.report_webhook).replace(PUBLIC["adapter_base_url"], base)
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.post(url, content=sample("dlr_v3_delivered.json"))).status_code == 401


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        (PUBLIC | {"webhook_token": TOKEN}, SecretStr(TOKEN)),
        (PUBLIC | {"webhook_token": TOKEN}, TOKEN),
        (PUBLIC | {"webhook_token": TOKEN}, None),
        ({"webhook_token": "of-the-settings"}, TOKEN),
    ],
)
async def test_a_token_that_delivery_reports_carry_is_not_warned_of(
    settings: dict[str, str], token: SecretStr | str | None, served: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = ReceiverWithSettings(**settings)
    base = served(create_app(receiver, token=token))
    assert [line for line in caplog.messages if line.startswith("web.token_differs")] == []
    headers = {"X-Webhook-Token": TOKEN, "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=base, timeout=60) as client:
        answer = await client.post("/sms-delivery-report", headers=headers, content=sample("dlr_v3_delivered.json"))
    assert answer.status_code == 200


async def test_neither_token_nor_guess_is_logged(client: httpx.AsyncClient, log: Callable[[], str]) -> None:
    await client.post(MESSAGES, params={"token": TOKEN}, content=b"{}")
    await client.post(MESSAGES, params={"token": "a-guess"}, headers={"X-Webhook-Token": "a-guess"}, content=BODY)
    own = [line for line in log().splitlines() if line.startswith("web.")]
    assert len(own) == 2
    assert not any(TOKEN in line or "a-guess" in line for line in own)


async def test_the_access_log_of_uvicorn_does_not_show_the_token(
    receiver: KeepingReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="uvicorn.access")
    app = create_app(receiver, token=TOKEN)
    server = _Announcing(uvicorn.Config(app, port=0, log_config=None, access_log=True))
    serving = asyncio.create_task(server.serve())
    try:
        await server.up.wait()
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await client.post(f"{MESSAGES}?a=1&token={TOKEN}&b=2", content=BODY)
    finally:
        server.should_exit = True
        await serving
    (line,) = [record.getMessage() for record in caplog.records if record.name == "uvicorn.access"]
    assert f"{MESSAGES}?a=1&token=***&b=2" in line


def test_making_many_apps_adds_one_filter(receiver: KeepingReceiver) -> None:
    for _ in range(3):
        create_app(receiver, token=TOKEN)
    assert logging.getLogger("uvicorn.access").filters.count(hide_token) == 1


def test_the_filter_lets_other_records_be() -> None:
    record = logging.makeLogRecord({"msg": "%s took %d ms", "args": ("/path?tokens=1", 5)})
    assert hide_token(record)
    assert record.getMessage() == "/path?tokens=1 took 5 ms"


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "", "192.0.2.7", "sms.example.com"])
def test_webhooks_open_to_others_without_a_token_are_warned_of(host: str) -> None:
    warning = webhook_exposure_warning(host, None)
    assert warning is not None
    assert "ANYBODY" in warning
    assert "INFOBIP_WEBHOOK_TOKEN" in warning


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_webhooks_on_loopback_need_no_warning(host: str) -> None:
    assert webhook_exposure_warning(host, None) is None


def test_webhooks_with_a_token_need_no_warning() -> None:
    assert webhook_exposure_warning(EVERYWHERE, TOKEN) is None
