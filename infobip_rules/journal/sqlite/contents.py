"""Contents of messages that journals before version 8 kept as a text and whether its URLs are shortened."""

from __future__ import annotations

import json

from sqlalchemy import Connection

#: Messages that are rewritten at once.
_AT_ONCE = 1_000
#: Less than any seq: SQLite counts from 1, but takes what it is given.
_BEFORE_ALL = float("-inf")
#: The one channel that there was. What it wrote then is written down here, whatever it writes today.
_CHANNEL = "sms"

# A column of SQLite's takes whatever it is given, also what is no text and what is no UTF-8: its bytes are read.
_OLD = "SELECT seq, CAST(text AS BLOB), shorten_url FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
_NEW = "UPDATE outbox SET channel = ?, content = ? WHERE seq = ?"


def make_contents(connection: Connection) -> None:
    """Fill the channel and content of every message, in the caller's transaction."""
    last = _BEFORE_ALL
    while rows := connection.exec_driver_sql(_OLD, (last, _AT_ONCE)).all():
        made = [(_CHANNEL, _content(text, bool(shorten_url)), seq) for seq, text, shorten_url in rows]
        connection.exec_driver_sql(_NEW, made)
        last = rows[-1][0]


def _content(text: bytes, shorten_url: bool) -> str:
    document: dict[str, object] = {"text": text.decode(errors="replace")}
    if shorten_url:
        document["shorten_url"] = True
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
