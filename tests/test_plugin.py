"""The plugin for a bare `durable.engine.Host`: signals go in as events, actions go out to the fake Infobip."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from durable import engine, lang

from infobip_rules import InfobipAdapterAPI
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.errors import ConfigurationError, OutsideRuleError
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.receiver import Receipt
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings

# durable-rules' Host calls datetime.utcfromtimestamp, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


class QuietHost(engine.Host):  # type: ignore[misc]  # durable is untyped
    """A Host without its timer threads, which can't be stopped."""

    def _run(self) -> None:
        """No timers."""


@pytest.fixture
def host() -> QuietHost:
    """A Host with one ruleset, `client`, that answers messages and notes reports."""
    rules = lang.ruleset("client")
    with rules:

        @lang.when_all(
            lang.c.signal << (lang.m.type == "InfobipSmsReceivedMessage"),
            lang.c.client << (lang.m.type == "ClientAgent"),
        )
        def reply(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"you wrote: {c.signal.text}")

        @lang.when_all(lang.m.type == "InfobipSmsReceivedReport")
        def report(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message("385981234567", f"report: {c.m.status.groupName}")

    name, definition = rules.define()
    lang._rulesets.pop(name, None)
    host = QuietHost()
    host.register_rulesets({name: definition})
    return host


@pytest.fixture
def plugin(host: QuietHost, settings: Settings) -> Iterator[InfobipPlugin]:
    """The plugin, attached."""
    attached = InfobipPlugin(settings).attach(host, "client")
    yield attached
    attached.close()


async def receive(plugin: InfobipPlugin, *items: dict[str, Any]) -> Receipt:
    """What a webhook with these items does."""
    return await plugin.receive(parse_inbound(orjson.dumps({"results": items}), expected=None, now=datetime.now(UTC)))


def message(text: str, number: str = "385916242493") -> dict[str, Any]:
    return {"messageId": f"sid-{text}-{number}", "from": number, "to": "385921004026", "text": text}


async def test_a_message_gets_its_reply_through_somebody_elses_host(plugin: InfobipPlugin, fake: FakeInfobip) -> None:
    receipt = await receive(plugin, message("hello"), message("hello", "447712345678"), {"text": "no sender"})
    assert receipt == Receipt(new=2, duplicates=0, set_aside=1)
    assert fake.wait_for(lambda: len(fake.messages) == 2)
    assert {message.to: message.text for message in fake.messages} == {
        "385916242493": "you wrote: hello",
        "447712345678": "you wrote: hello",
    }


async def test_an_answer_to_what_is_no_phone_number_is_dropped(
    plugin: InfobipPlugin, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    await receive(plugin, message("balance", "MTN"), message("hello"))
    assert fake.wait_for(lambda: len(fake.messages) == 1)
    assert [message.to for message in fake.messages] == ["385916242493"]
    (line,) = [line for line in caplog.messages if line.startswith("plugin.dropped")]
    assert "M** is not E.164" in line


async def test_a_repeated_message_is_posted_once(plugin: InfobipPlugin, fake: FakeInfobip) -> None:
    await receive(plugin, message("hello"))
    assert await receive(plugin, message("hello")) == Receipt(new=0, duplicates=1, set_aside=0)
    plugin.close()
    assert len(fake.messages) == 1


async def test_reports_reach_the_ruleset(plugin: InfobipPlugin, fake: FakeInfobip) -> None:
    await receive(plugin, {"messageId": "m", "to": "385916242493", "status": {"groupName": "EXPIRED"}})
    assert fake.wait_for(lambda: [message.text for message in fake.messages] == ["report: EXPIRED"])


async def test_a_message_that_no_rule_matches_is_no_error(plugin: InfobipPlugin) -> None:
    plugin._ruleset = "client"
    receipt = await receive(plugin, {**message("x" * 70_000)})
    assert receipt.set_aside + receipt.new == 1
    assert (await plugin.health()).ready


async def test_more_people_than_durable_rules_can_hold_are_refused_and_not_crashed_on(
    plugin: InfobipPlugin, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    await receive(plugin, *(message("hi", str(385_980_000_000 + n)) for n in range(1_030)))
    assert (await plugin.health()).details == {"people": 1_000}
    assert sum("more than 1000 people" in record.getMessage() for record in caplog.records) == 30
    plugin.close()
    assert len(fake.messages) == 1_000


def test_what_a_send_takes_besides_goes_with_the_message(plugin: InfobipPlugin, fake: FakeInfobip) -> None:
    InfobipAdapterAPI.send_sms_text_message("385981234567", "hello", callback_data="order 7", valid_for="10m")
    plugin.close()
    (sent,) = fake.posts[0].json()["messages"]
    assert sent["webhooks"]["callbackData"] == "order 7"
    assert sent["options"]["validityPeriod"] == {"amount": 600, "timeUnit": "SECONDS"}


def test_a_plugin_is_attached_once(plugin: InfobipPlugin, host: QuietHost) -> None:
    with pytest.raises(ConfigurationError, match="attached already"):
        plugin.attach(host, "client")


def test_actions_outside_any_rule_say_so_once_the_plugin_is_closed(plugin: InfobipPlugin) -> None:
    plugin.close()
    with pytest.raises(OutsideRuleError, match="outside a rule"):
        InfobipAdapterAPI.send_sms_text_message("385981234567", "hello")


def test_names_of_sessions_do_not_collide_in_durable_rules_hash() -> None:
    def fnv(text: str) -> int:
        value = 0x811C9DC5
        for byte in text.encode():
            value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
        return value

    assert len({fnv(f"s{number}") for number in range(1_000)}) == 1_000
