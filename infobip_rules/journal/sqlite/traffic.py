"""Traffic to people: what they were sent lately and what is held back of theirs, for policies that judge what is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, text

from infobip_rules.journal.moments import from_micros, to_micros
from infobip_rules.journal.records import OutboxRow, Passage
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.rows import outbox_row
from infobip_rules.journal.sqlite.schema import outbox

# Sent is what is on its way, was accepted or may have been; held is what was never attempted and is due later. Of the
# held only the last stretch counts, as whatever comes next comes after all of them. The indexes are named: left to
# itself, SQLite may read through all that is unfinished instead.
_PASSAGES = """
    SELECT sent.recipient, sent.channel, sent.content, sent.sent_at AS at, 0 AS held
    FROM json_each(:people) AS person JOIN outbox AS sent INDEXED BY outbox_by_recipient
      ON sent.recipient = person.value AND sent.sent_at > :since AND sent.state IN (1, 2, 4)
    UNION ALL
    SELECT held.recipient, held.channel, held.content, held.due_at AS at, 1 AS held
    FROM json_each(:people) AS person JOIN outbox AS held INDEXED BY outbox_held
      ON held.recipient = person.value AND held.state = 0 AND held.sent_at IS NULL AND held.due_at > :now
     AND held.due_at > (SELECT max(due_at) FROM outbox INDEXED BY outbox_held
                        WHERE state = 0 AND sent_at IS NULL AND recipient = person.value) - (:now - :since)
    ORDER BY at"""

_HOLD = "UPDATE outbox SET due_at = ?, sent_at = NULL, reason = ? WHERE message_id = ? AND state = 0"


def due(connection: Connection, *, now: datetime, limit: int) -> list[OutboxRow]:
    """Up to `limit` messages that are ready and due, oldest first; those that `claim` would take. Nothing is marked."""
    ready = select(outbox).where(text("outbox.state = 0"), outbox.c.due_at <= to_micros(now))
    rows = connection.execute(ready.order_by(outbox.c.due_at, outbox.c.seq).limit(limit))
    return [outbox_row(row) for row in rows]


def passages(connection: Connection, people: Collection[str], *, since: datetime, now: datetime) -> list[Passage]:
    """What was sent to these recipients after `since`, and the last of what is held back for them, by time."""
    values = {"people": json.dumps(list(people)), "since": to_micros(since), "now": to_micros(now)}
    return [
        Passage(recipient=recipient, channel=channel, content=content, at=from_micros(at), held=bool(held))
        for recipient, channel, content, at, held in driver(connection).execute(_PASSAGES, values)
    ]


def hold(connection: Connection, held: Mapping[str, tuple[datetime, str]]) -> None:
    """Holds messages back that are ready, by messageId: until when and why. It is no attempt."""
    if held:
        rows = [(to_micros(until), reason, message_id) for message_id, (until, reason) in held.items()]
        driver(connection).executemany(_HOLD, rows)
