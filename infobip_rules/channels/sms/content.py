"""The content of a text message, and its JSON as the outbox keeps it: `{"text": ..., "shorten_url": true}`."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from infobip_rules.channels.interface import ContentError


class SmsContent(NamedTuple):
    """What a text message says."""

    text: str
    #: Whether Infobip shortens the URLs in the text.
    shorten_url: bool = False


def write_content(content: SmsContent) -> str:
    """The content as JSON; what is at its default is left out."""
    document = {"text": content.text, "shorten_url": True} if content.shorten_url else {"text": content.text}
    try:
        return orjson.dumps(document).decode()
    except orjson.JSONEncodeError:  # half a surrogate pair, which is no UTF-8, but can be escaped
        return json.dumps(document, separators=(",", ":"))


@lru_cache(maxsize=1024)
def read_content(document: str) -> SmsContent:
    """The content that `write_content` wrote. Raises ContentError for anything else.

    A message's content is read at each step of its way: the last ones are remembered.
    """
    fields = _read_json(document)
    if not isinstance(fields, dict) or not fields.keys() <= {"text", "shorten_url"}:
        raise _unreadable()
    text, shorten_url = fields.get("text"), fields.get("shorten_url", False)
    if not isinstance(text, str) or not isinstance(shorten_url, bool):
        raise _unreadable()
    return SmsContent(text, shorten_url)


def _read_json(document: str) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(document)
    except (ValueError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> ContentError:
    # It says nothing of what was written, which is somebody's text.
    return ContentError("The content is not that of a text message.", 'It is {"text": "..."} in JSON.')
