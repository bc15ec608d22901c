"""The ceiling: SQLite alone with the rows of a message, in transactions of 64 messages."""

from __future__ import annotations

import sqlite3
import time
import uuid
from pathlib import Path

_STATE = '{"next":2,"rules":[],"facts":[[1,"ClientAgent",{"identifier":"","connections":{"phone":"385981234567"}}]]}'
_PAYLOAD = (
    '{"messageId":"x","from":"385981234567","to":"447491163443","text":"hello","receivedAt":"2026-10-06T09:28:39Z"}'
)


def group_commit_ceiling(folder: Path, *, messages: int, people: int) -> float:
    """Messages a second: inbox in, session and outbox written, inbox done, outbox claimed and recorded."""
    from sqlalchemy import create_engine

    from infobip_rules.journal.sqlite.schema import create_schema

    file = folder / "ceiling.db"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        create_schema(connection)
    database = sqlite3.connect(file, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    started = time.perf_counter()
    for first in range(0, messages, 64):
        _group(database, range(first, min(first + 64, messages)), people)
    seconds = time.perf_counter() - started
    database.close()
    return messages / seconds


def _group(database: sqlite3.Connection, numbers: range, people: int) -> None:
    keys = [(number, str(385_980_000_000 + number % people), str(uuid.uuid4())) for number in numbers]
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "INSERT INTO inbox (dedup_key, session_key, kind, payload, raw, received_at, state) VALUES (?, ?, ?, ?, ?, ?, 0)",
        [(f"m:{number}", key, "InfobipSmsReceivedMessage", _PAYLOAD, _PAYLOAD, number) for number, key, _ in keys],
    )
    database.execute("COMMIT")
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "INSERT INTO session (key, state, version, created_at, updated_at) VALUES (?, ?, 1, 0, 0) "
        "ON CONFLICT (key) DO UPDATE SET state = excluded.state, version = version + 1",
        [(key, _STATE) for _, key, _ in keys],
    )
    database.executemany("UPDATE inbox SET state = 1 WHERE dedup_key = ?", [(f"m:{number}",) for number, _, _ in keys])
    database.executemany(
        "INSERT INTO outbox (message_id, inbox_id, session_key, rule, recipient, content, sender, channel, due_at, "
        """created_at) VALUES (?, 1, ?, 'r', ?, '{"text":"hello"}', '447491163443', 'sms', 0, 0)""",
        [(message_id, key, key) for _, key, message_id in keys],
    )
    database.execute("COMMIT")
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "UPDATE outbox SET state = 1 WHERE message_id = ?", [(message_id,) for _, _, message_id in keys]
    )
    database.execute("COMMIT")
    database.execute("BEGIN IMMEDIATE")
    database.executemany(
        "UPDATE outbox SET state = 2 WHERE message_id = ?", [(message_id,) for _, _, message_id in keys]
    )
    database.execute("COMMIT")
