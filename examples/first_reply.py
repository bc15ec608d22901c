"""The smallest whole: a rule, the host and a fake Infobip in one file. Somebody writes, the rule replies."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.journal import open_journal
from infobip_rules.lang import c, fact, ruleset, signal, when_all
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings

with ruleset("first_reply"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c: Any) -> None:
        """Repeats what was said."""
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), f"You said: {c.signal.text}")
        c.delete(c.signal)


async def main() -> None:
    """Lets Ana write, and prints what she gets."""
    fake = FakeInfobip()
    with TemporaryDirectory() as folder, serve(fake.app) as infobip:
        settings = Settings.load(
            None,
            base_url=infobip,
            api_key=fake.settings.api_key,
            phone_number=fake.settings.number,
            journal_url=f"sqlite:///{folder}/journal.db",
        )
        rulebook = load_rules([Path(__file__)])
        async with (
            open_journal(settings.journal_url, clock=SystemClock()) as journal,
            Host(rulebook, settings=settings, journal=journal) as host,
        ):
            body = json.dumps({"results": [fake.inbound("385981234567", "Hello")]}).encode()
            await host.receive(parse_inbound(body, expected="message", now=datetime.now(UTC)))
            await host.settled()
    for message in fake.messages:
        print(f"{message.to} < {message.text}")


if __name__ == "__main__":
    asyncio.run(main())
