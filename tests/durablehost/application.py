"""An application with a default host of durable-rules and the plugin, as a program: `python application.py`.

Where it ends by itself is said by the variable ENDS: `commit` (killed between an evaluation and its commit), or nowhere.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from infobip_rules import InfobipAdapterAPI
from infobip_rules.durablehost import evaluator
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import LoopbackServer
from infobip_rules.settings import Settings
from infobip_rules.web import create_app

from durable import lang  # isort: skip - the plugin is imported first, as durable may have to be loaded lazily

with lang.ruleset("client"):

    @lang.when_all((lang.m.type == "InfobipSmsReceivedMessage") & (lang.m.text == "exit"))
    def leave(c: Any) -> None:
        os._exit(7)

    @lang.when_all((lang.m.type == "InfobipSmsReceivedMessage") & (lang.m.text == "hang"))
    def hang(c: Any) -> None:
        while True:
            pass

    @lang.when_all(
        lang.pri(1),
        lang.c.client << (lang.m.type == "ClientAgent"),
        lang.c.signal << (lang.m.type == "InfobipSmsReceivedMessage"),
    )
    def count(c: Any) -> None:
        """Answers with how many messages came."""
        c.s.count = (c.s.count or 0) + 1
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"message {c.s.count}: {c.signal.text}")


async def main() -> None:
    """Serves webhooks until stdin ends."""
    plugin = InfobipPlugin(Settings.load(None)).attach(lang.get_host(), "client")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with plugin:
            if os.environ.get("ENDS") == "commit":
                plugin.host.runner.writer.write = killed  # type: ignore[method-assign]  # what a power cut does here
            if os.environ.get("SLOW"):
                evaluator.SLOW = float(os.environ["SLOW"])
            yield

    async def killed(*_: object) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    with LoopbackServer(create_app(plugin, token=None, lifespan=lifespan)) as server:
        print(f"Listening at {server.url}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
    print("Ended.", flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    asyncio.run(main())
