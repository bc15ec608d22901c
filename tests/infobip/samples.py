"""Bodies as Infobip documents them, and messages to go with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.messages import Outgoing
from tests.channels.composing import sms

SAMPLES = Path(__file__).parent.parent / "samples"
MESSAGE_ID = "6f1c0a52-4f0e-4c9e-9a39-0d6a6c1d7b11"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def sample_json(name: str) -> Any:
    return json.loads(sample(name))


def sample_reply(name: str, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=sample(name))


def message(message_id: str = MESSAGE_ID, **changes: Any) -> Outgoing:
    """A text message; `text` and `shorten_url` make its content."""
    text = changes.pop("text", "This is a text message with a test link!! https://example.com/a")
    content = sms(text, shorten_url=changes.pop("shorten_url", False))
    fields = {"channel": "sms", "content": content, "to": "385981234567", "sender": "447491163443"}
    return Outgoing(message_id=message_id, **(fields | changes))
