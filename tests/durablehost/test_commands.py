"""Commands, dashboard and metrics on the journal of the plugin, as on that of any host."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infobip_rules import InfobipAdapterAPI
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from infobip_rules.web import create_app
from infobip_rules.web.overview.app import OverviewPages
from tests.cli.program import Program
from tests.durablehost.rulesets import host_of

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")
broken = True


def rules(lang: Any) -> None:
    @lang.when_all(
        lang.c.client << (lang.m.type == "ClientAgent"),
        lang.c.signal << (lang.m.type == "InfobipSmsReceivedMessage") & (lang.m.text != "nothing"),
    )
    def reply(c: Any) -> None:
        """Replies, and remembers."""
        c.assert_fact({"type": "Seen", "text": c.signal.text})
        c.start_timer("nudge", 3600)
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"You said: {c.signal.text}")
        if c.signal.text == "boom" and broken:
            raise ValueError("it broke")

    @lang.when_all(lang.m.type == "Seen")
    def seen(c: Any) -> None:
        """Remembers."""

    @lang.when_all(lang.timeout("nudge"))
    def nudge(c: Any) -> None:
        """Nudges."""


async def serve_people(plugin: InfobipPlugin) -> None:
    texts = ("hello", "boom", "nothing")
    items = [{"messageId": text, "from": "385916242493", "to": "385921004026", "text": text} for text in texts]
    await plugin.receive(parse_inbound(orjson.dumps({"results": items}), expected=None, now=SystemClock().now()))
    assert await plugin.settled(60)


@pytest.fixture
async def folder(settings: Settings, tmp_path: Path) -> Path:
    """A folder with the journal of a plugin that has served people."""
    async with InfobipPlugin(settings).attach(host_of(rules), "client") as plugin:
        await serve_people(plugin)
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """What a command says about the journal."""
    variables = {"INFOBIP_JOURNAL_URL": f"sqlite:///{folder / 'journal.db'}"}
    with Program(arguments, cwd=folder, variables=variables) as command:
        assert command.wait() == 0, command.said
        return command.said


async def test_commands_show_what_is_in_the_journal(folder: Path) -> None:
    signals = run(folder, "signals")
    assert "client/reply" in signals
    assert signals.count("InfobipSmsReceivedMessage") == 3
    shown = json.loads(run(folder, "show", "385916242493", "--json"))
    assert [fact["fact"] for fact in shown["session"]["facts"]] == ["ClientAgent#1", "Seen#2"]
    assert "ClientAgent, Seen" in run(folder, "sessions")
    assert "385*****2493" in run(folder, "outbox")
    assert "The rule client/reply (test_commands.py:" in run(folder, "signals", "--dead")
    fired = run(folder, "trace", "1")
    assert "Fired: *Replies, and remembers*" in fired
    assert "None of 3 rules matched InfobipSmsReceivedMessage 3." in run(folder, "trace", "3")
    assert "ValueError" in run(folder, "trace", "2")


async def test_a_dead_letter_is_replayed_by_command_and_evaluated_at_the_next_start(
    folder: Path, settings: Settings, fake: FakeInfobip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.durablehost.test_commands.broken", False)
    run(folder, "replay", "2")
    async with InfobipPlugin(settings).attach(host_of(rules), "client") as plugin:
        assert await plugin.settled(60)
    assert [message.text for message in fake.messages] == ["You said: hello", "You said: boom"]


async def test_the_dashboard_and_metrics_show_the_plugin(settings: Settings) -> None:
    async with InfobipPlugin(settings).attach(host_of(rules), "client") as plugin:
        await serve_people(plugin)
        pages = OverviewPages(plugin.host, token=None, local=True)
        app = create_app(plugin, token=None, pages=pages.routes())
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            overview = (await client.get("/dashboard")).text
            metrics = (await client.get("/metrics")).text
            ready = (await client.get("/health/ready")).json()
    assert "Replies, and remembers." in overview
    assert "Seen#2" in overview
    assert 'rule="client/reply"} 1' in metrics
    assert "infobip_rules_evaluation_seconds_count 3.0" in metrics
    assert ready["details"]["rules"] == 3
