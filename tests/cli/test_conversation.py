"""The conversation of `dev`, printed line by line."""

from __future__ import annotations

from typing import Any

import httpx

from infobip_rules.cli.conversation import printing_app
from infobip_rules.sandbox import FakeInfobip


async def printed(*requests: list[dict[str, Any]]) -> list[str]:
    """The lines that are printed for requests that send messages, one after the other."""
    fake, lines = FakeInfobip(outcome="NONE"), list[str]()
    transport = httpx.ASGITransport(printing_app(fake, lines.append))
    key = {"Authorization": f"App {fake.settings.api_key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=key) as client:
        for messages in requests:
            await client.post("/sms/3/messages", json={"messages": messages})
    return lines


def message(to: str, text: str) -> dict[str, Any]:
    return {"destinations": [{"to": to}], "content": {"text": text}}


async def test_every_accepted_message_is_printed_once_on_one_line() -> None:
    first = [message("385981234567", "a\nb"), message("385916242493", "\x1b[2J")]
    lines = await printed(first, [message("385981234567", "c")])
    assert lines == ["385981234567 < a b", "385916242493 < ?[2J", "385981234567 < c"]


async def test_a_rejected_message_is_not_printed() -> None:
    assert await printed([message("12", "hello")]) == []
