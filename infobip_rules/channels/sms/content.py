"""The content of a text message, and its JSON as the outbox keeps it: `{"text": ..., "shorten_url": true}`."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import orjson

from infobip_rules.channels.interface import ContentError


class SmsContent(NamedTuple):
    """What a text message says."""

    text: str
    #: Whether Infobip shortens the URLs in the text.
    shorten_url: bool = False


def write_content(content: SmsContent) -> str:
    """The content as JSON; what is at its default is left out. The text is checked: half a character has no JSON."""
    document = {"text": content.text, "shorten_url": True} if content.shorten_url else {"text": content.text}
    return orjson.dumps(document).decode()


@lru_cache(maxsize=4096)
def read_content(document: str) -> SmsContent:
    """The content that `write_content` wrote. Raises ContentError for anything else.

    A message's content is read at each step of its way: the last ones are remembered.
    """
    try:
        fields = orjson.loads(document)
    except orjson.JSONDecodeError:  # also for half a character
        raise _unreadable() from None
    if not isinstance(fields, dict) or not fields.keys() <= {"text", "shorten_url"}:
        raise _unreadable()
    text, shorten_url = fields.get("text"), fields.get("shorten_url", False)
    if not isinstance(text, str) or not isinstance(shorten_url, bool):
        raise _unreadable()
    return SmsContent(text, shorten_url)


def _unreadable() -> ContentError:
    # It says nothing of what was written, which is somebody's text.
    return ContentError("The content is not that of a text message.", 'It is {"text": "..."} in JSON.')
