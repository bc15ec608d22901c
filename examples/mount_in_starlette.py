"""The webhooks as part of an application of one's own: mounted under /infobip, beside its other routes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.journal import open_journal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve
from infobip_rules.settings import Settings
from infobip_rules.web import create_app

RULES = Path(__file__).parent.parent / "rules"
TOKEN = "a-long-random-word"  # noqa: S105 - of an example


async def home(request: Request) -> PlainTextResponse:
    """A route of the application's own."""
    return PlainTextResponse("my own page")


def application(settings: Settings) -> Starlette:
    """One's own application; the rules host lives as long as it does."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (
            open_journal(settings.journal_url, clock=SystemClock()) as journal,
            Host(load_rules([RULES]), settings=settings, journal=journal) as host,
        ):
            app.mount("/infobip", create_app(host, token=settings.webhook_token))
            yield

    return Starlette(routes=[Route("/", home)], lifespan=lifespan)


async def main() -> None:
    """Serves the application, lets the fake Infobip post a message to it, and prints what came of it."""
    fake = FakeInfobip()
    with TemporaryDirectory() as folder, serve(fake.app) as infobip:
        settings = Settings.load(
            None,
            base_url=infobip,
            api_key=fake.settings.api_key,
            phone_number=fake.settings.number,
            journal_url=f"sqlite:///{folder}/journal.db",
            webhook_token=TOKEN,
        )
        with LoopbackServer(application(settings)) as server:
            async with httpx.AsyncClient() as browser:
                print("GET /", "->", (await browser.get(server.url)).text)
            for query in ("", f"?token={TOKEN}"):
                fake.settings.inbound_url = f"{server.url}/infobip/sms-received-message{query}"
                callback = await fake.receive("385981234567", "Hello")
                print("webhook", "with" if query else "without", "its token ->", callback.status)
            await asyncio.to_thread(fake.wait_for, lambda: bool(fake.messages))
    for message in fake.messages:
        print(f"{message.to} < {message.text}")


if __name__ == "__main__":
    asyncio.run(main())
