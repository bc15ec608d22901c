"""A default host of durable-rules at work, with its threads, while the plugin serves people; prints what became of both."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import orjson

from infobip_rules import InfobipAdapterAPI
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings

from durable import lang  # isort: skip - the plugin is imported first, as durable may have to be loaded lazily

PEOPLE = 40
#: Seconds that the host's own timer takes, during which its threads dispatch all the time.
SECONDS = 4

rung = threading.Event()
ticks: list[int] = []

with lang.ruleset("client"):

    @lang.when_all(
        lang.c.client << (lang.m.type == "ClientAgent"), lang.c.signal << (lang.m.type == "InfobipSmsReceivedMessage")
    )
    def count(c: Any) -> None:
        c.s.count = (c.s.count or 0) + 1
        c.assert_fact({"type": "Seen", "n": c.s.count})
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"message {c.s.count}")

    @lang.when_all(lang.m.type == "Seen")
    def seen(c: Any) -> None:
        """Remembers."""

    @lang.when_all(lang.m.type == "Own")
    def own(c: Any) -> None:
        ticks.append(c.m.n)


with lang.ruleset("machine"):

    @lang.when_all(lang.m.type == "Begin")
    def begin(c: Any) -> None:
        c.start_timer("bell", SECONDS)

    @lang.when_all(lang.timeout("bell"))
    def bell(c: Any) -> None:
        rung.set()


async def main() -> None:
    """Serves people in rounds until the timer has rung; the application posts into both of its rulesets meanwhile."""
    host = lang.get_host()
    fake = FakeInfobip()
    with serve(fake.app) as url:
        settings = Settings.load(
            None,
            base_url=url,
            api_key=fake.settings.api_key,
            phone_number=fake.settings.number,
            journal_url="sqlite:///undisturbed.db",
            flood_guard="off",
        )
        plugin = InfobipPlugin(settings).attach(host, "client")
        host.post("machine", {"type": "Begin", "sid": "machine"})
        rounds = 0
        async with plugin:
            while not rung.is_set() and rounds < 10_000:
                items = [
                    {"messageId": f"{rounds}-{n}", "from": f"3859162424{n:02}", "to": "385921004026", "text": "hello"}
                    for n in range(PEOPLE)
                ]
                body = orjson.dumps({"results": items})
                await plugin.receive(parse_inbound(body, expected=None, now=SystemClock().now()))
                host.post("client", {"type": "Own", "n": rounds, "sid": f"own-{rounds % 10}"})
                await plugin.settled(60)
                rounds += 1
        last = {message.to: message.text for message in fake.messages}
        print("rung", rung.is_set())
        print("people", sorted(set(last.values())) == [f"message {rounds}"], len(last))
        print("own", ticks == list(range(rounds)))


asyncio.run(main())
