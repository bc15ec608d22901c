"""The overview: who may see it, what it shows, and the numbers for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.types import ASGIApp

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from infobip_rules.web import create_app
from infobip_rules.web.overview.app import OverviewPages
from tests.journal import store

ANA = "385916242493"
TOKEN = "the-token-of-the-webhooks"
RULES = '''
from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("client"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text != "boom"))
    def reply(c):
        """Reply <b>politely</b>."""
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "You wrote: " + c.signal.text)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "boom"))
    def fail(c):
        """Fail."""
        raise ValueError(c.signal.from_)
'''


@pytest.fixture
async def host(settings: Settings, tmp_path: Path) -> AsyncIterator[Host]:
    file = tmp_path / "client.py"
    file.write_text(RULES)
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        async with Host(load_rules([file]), settings=settings, journal=journal) as host:
            yield host


def app_of(host: Host, *, token: str | None = None, local: bool = True, masked: bool = True) -> ASGIApp:
    pages = OverviewPages(host, token=token, local=local, masked=masked)
    return create_app(host, token=token, pages=pages.routes())


def client(app: ASGIApp, base_url: str = "http://127.0.0.1:8080") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url)


async def test_it_takes_the_token_as_settings_have_it(host: Host) -> None:
    pages = OverviewPages(host, token=SecretStr(TOKEN), local=False)
    app = create_app(host, token=SecretStr(TOKEN), pages=pages.routes())
    async with client(app) as browser:
        answers = [
            (await browser.get("/metrics", headers=headers)).status_code
            for headers in ({}, {"X-Webhook-Token": "another"}, {"X-Webhook-Token": TOKEN})
        ]
    assert answers == [401, 401, 200]


async def write(host: Host, *texts: str) -> None:
    results = [{"messageId": f"in-{text}", "from": ANA, "text": text} for text in texts]
    await host.receive(parse_inbound(orjson.dumps({"results": results}), expected=None, now=datetime.now(UTC)))
    assert await host.settled()


async def test_it_shows_what_was_sent_which_rules_fired_and_what_a_session_holds(host: Host) -> None:
    await write(host, "hello", "again")

    async with client(app_of(host)) as browser:
        text = (await browser.get("/dashboard")).text

    assert "2 in all, most of them at" in text
    assert "Reply &lt;b&gt;politely&lt;/b&gt;." in text
    assert "ClientAgent#1" in text


async def test_it_shows_how_long_each_step_took_and_what_attempts_came_to(host: Host) -> None:
    for _ in range(100):
        host.telemetry.evaluation.observe(0.0004)
    host.telemetry.evaluation.observe(7.0)
    host.telemetry.attempted("unknown")

    async with client(app_of(host)) as browser:
        text = (await browser.get("/dashboard")).text

    assert '<tr><th scope="row">Evaluation</th><td>0.25 ms</td><td>0.5 ms</td><td>101</td></tr>' in text
    assert "until it is delivered</th><td>-</td><td>-</td><td>0</td>" in text
    assert "Attempts to send: 1 unknown</p>" in text


async def test_the_page_and_metrics_show_the_same_counts(host: Host) -> None:
    await write(host, "hello", "again")
    async with client(app_of(host)) as browser:
        async with asyncio.timeout(60):
            while host.telemetry.acceptance.count < 2:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        text = (await browser.get("/dashboard")).text
        numbers = (await browser.get("/metrics")).text

    assert text.count("<td>2</td></tr>") >= 3  # waits, evaluations, acceptances
    for stage in ("signal_wait", "evaluation", "message_acceptance"):
        assert f"infobip_rules_{stage}_seconds_count 2.0" in numbers
    assert "Attempts to send: 2 accepted" in text


async def test_open_metrics_is_given_to_whoever_asks_for_it(host: Host) -> None:
    async with client(app_of(host)) as browser:
        answer = await browser.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


async def test_the_charts_are_well_formed_and_told_in_words(host: Host) -> None:
    await write(host, "hello")

    async with client(app_of(host)) as browser:
        text = (await browser.get("/dashboard?span=month")).text

    svg = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])  # noqa: S314 - our own
    assert [element.text.startswith("1 in all") for element in svg.iter("desc") if element.text] == [True]
    assert len(list(svg.iter("rect"))) == 1


@pytest.mark.parametrize(("masked", "shown"), [(True, False), (False, True)])
async def test_numbers_are_masked_outside_dev(host: Host, masked: bool, shown: bool) -> None:
    await write(host, "hello", "boom")

    async with client(app_of(host, masked=masked)) as browser:
        text = (await browser.get("/dashboard")).text

    assert (ANA in text) is shown
    assert "385*****2493" in text  # in the reason of the dead letter at least


async def test_a_dead_letter_is_retried_with_a_button(host: Host) -> None:
    await write(host, "boom")
    async with client(app_of(host)) as browser:
        assert "Retry signal 1" in (await browser.get("/dashboard")).text
        answer = await browser.post(
            "/dashboard/retry", data={"signal": "1"}, headers={"Origin": "http://127.0.0.1:8080"}
        )

    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert await host.settled()
    buried = [tally for tally in host.journal.read(store.totals) if tally.what == "dead"]
    assert [tally.count for tally in buried] == [2]


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_another_page_can_retry_nothing(host: Host, headers: dict[str, str]) -> None:
    await write(host, "boom")
    async with client(app_of(host)) as browser:
        answer = await browser.post("/dashboard/retry", data={"signal": "1"}, headers=headers)

    assert answer.status_code == 403
    assert (await asyncio.to_thread(lambda: host.journal.read(store.depth))).dead == 1


@pytest.mark.parametrize("path", ["/dashboard", "/metrics"])
async def test_with_a_token_it_is_shown_to_nobody_without(host: Host, path: str) -> None:
    async with client(app_of(host, token=TOKEN, local=False)) as browser:
        assert (await browser.get(path)).status_code == 401
        assert (await browser.get(path, headers={"Cookie": "infobip-rules=wrong"})).status_code == 401
        assert (await browser.get(path, headers={"Authorization": f"Bearer {TOKEN}"})).status_code == 200


async def test_a_browser_that_came_with_the_token_is_known_by_a_cookie_from_then_on(host: Host) -> None:
    async with client(app_of(host, token=TOKEN, local=False)) as browser:
        answer = await browser.get("/dashboard", params={"token": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert TOKEN not in cookie
        assert (await browser.get("/dashboard")).status_code == 200


async def test_without_a_token_only_this_machine_sees_it(host: Host) -> None:
    async with client(app_of(host, local=False)) as browser:
        refused = await browser.get("/dashboard")
    assert refused.status_code == 403
    assert "INFOBIP_WEBHOOK_TOKEN" in refused.text
    async with client(app_of(host), "http://evil.example") as browser:  # a stranger's name that leads here
        assert (await browser.get("/dashboard")).status_code == 403


async def test_prometheus_reads_the_same_numbers(host: Host) -> None:
    await write(host, "hello", "boom")

    async with client(app_of(host)) as browser:
        answer = await browser.get("/metrics")

    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    fired = families["infobip_rules_rules_fired"].samples
    assert [(sample.labels, sample.value) for sample in fired] == [({"rule": "client/reply"}, 1.0)]
    assert families["infobip_rules_messages_sent"].samples[0].value == 1
    assert families["infobip_rules_inbox_dead"].samples[0].value == 1
    assert families["infobip_rules_messages_sent"].type == "counter"


async def test_an_account_that_is_refused_is_told_by_health_and_metrics_while_webhooks_are_taken(
    host: Host, fake: FakeInfobip
) -> None:
    fake.settings.api_key = "another key"
    body = orjson.dumps({"results": [{"messageId": "in-1", "from": ANA, "text": "hello"}]})
    async with client(app_of(host)) as browser:
        calm = await browser.get("/health/ready")
        assert "delivery" not in calm.json()["details"]
        assert "infobip_rules_account_refused 0" in (await browser.get("/metrics")).text
        posted = await browser.post("/sms-received-message", content=body, headers={"Content-Type": "application/json"})
        async with asyncio.timeout(30):
            while host.dispatcher.account.refused is None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        held = await browser.get("/health/ready")
        assert "infobip_rules_account_refused 1" in (await browser.get("/metrics")).text
        assert (posted.status_code, held.status_code) == (200, 200)
        assert held.json()["details"]["delivery"] == "held: Infobip refuses the key or the account (401)"
        fake.settings.api_key = "sandbox-key"
        assert await host.settled(60)
        assert "delivery" not in (await browser.get("/health/ready")).json()["details"]
    assert len(fake.messages) == 1
