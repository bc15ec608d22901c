"""The plugin in a bare host of durable-rules: its own rules, in its own language, answer text messages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from durable.lang import c, get_host, m, ruleset, when_all
from starlette.applications import Starlette

from infobip_rules import InfobipAdapterAPI
from infobip_rules.journal import memory_journal
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve
from infobip_rules.settings import Settings
from infobip_rules.web import create_app

with ruleset("client"):

    @when_all(  # type: ignore[untyped-decorator]  # durable is untyped
        c.client << m.type == "ClientAgent",
        c.signal << m.type == "InfobipSmsReceivedMessage",
    )
    def reply_to_received_sms(c: Any) -> None:
        """Replies; durable-rules takes the event out by itself."""
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"You said: {c.signal.text}")


def application(settings: Settings) -> Starlette:
    """The webhooks, which post into the durable-rules host."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        journal = memory_journal()  # leave it out, and everything is kept in the journal that the settings name
        async with InfobipPlugin(settings, journal=journal).attach(get_host(), "client") as plugin:
            app.mount("/", create_app(plugin, token=None))
            yield

    return Starlette(lifespan=lifespan)


async def main() -> None:
    """Lets Ana write, and prints what she gets."""
    fake = FakeInfobip()
    with serve(fake.app) as infobip:
        settings = Settings.load(
            None, base_url=infobip, api_key=fake.settings.api_key, phone_number=fake.settings.number
        )
        with LoopbackServer(application(settings)) as server:
            fake.settings.inbound_url = f"{server.url}/sms-received-message"
            await fake.receive("385981234567", "Hello")
            await asyncio.to_thread(fake.wait_for, lambda: bool(fake.messages))
    for message in fake.messages:
        print(f"{message.to} < {message.text}")


if __name__ == "__main__":
    asyncio.run(main())
