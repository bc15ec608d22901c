"""Traces as the journal keeps them: the last ones only, of each session and in all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from infobip_rules.journal.moments import from_micros, to_micros
from infobip_rules.journal.records import KeptTrace
from infobip_rules.journal.sqlite.driver import driver
from infobip_rules.journal.sqlite.schema import trace
from infobip_rules.limits import TraceLimits

#: So many are written before those beyond the limits go: looking for them each time would cost more than they take up.
_BETWEEN = 250

_KEEP = "INSERT OR REPLACE INTO trace (inbox_id, session_key, at, document) VALUES (?, ?, ?, ?)"
_LAST = "SELECT coalesce(max(seq), 0) FROM trace"
# Through the index alone: the documents are not read.
_BEYOND_EACH = """
    DELETE FROM trace WHERE seq IN (
        SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY session_key ORDER BY seq DESC) AS nth FROM trace)
        WHERE nth > ?)"""
_BEYOND_ALL = "DELETE FROM trace WHERE seq <= (SELECT seq FROM trace ORDER BY seq DESC LIMIT 1 OFFSET ?)"
_OLD = "DELETE FROM trace WHERE at < ?"


def keep_traces(connection: Connection, traces: Sequence[KeptTrace], limits: TraceLimits) -> None:
    """Keeps traces, each in place of an earlier one of its signal; now and then what is beyond `limits` goes."""
    if not traces or not limits.wanted:
        return
    rows = [(trace.inbox_id, trace.session_key, to_micros(trace.at), trace.document) for trace in traces]
    driver(connection).executemany(_KEEP, rows)
    last: int = driver(connection).execute(_LAST).fetchone()[0]
    between = max(min(_BETWEEN, limits.in_all // 4), 1)
    if last // between != (last - len(rows)) // between:
        prune_traces(connection, limits)


def prune_traces(connection: Connection, limits: TraceLimits, *, before: datetime | None = None) -> int:
    """Forgets the traces beyond `limits`, and those from before a moment; how many went."""
    each, in_all = (limits.per_session, limits.in_all) if limits.wanted else (0, 0)
    run = driver(connection).execute
    old = run(_OLD, (to_micros(before),)).rowcount if before is not None else 0
    return old + run(_BEYOND_EACH, (each,)).rowcount + run(_BEYOND_ALL, (in_all,)).rowcount


def get_trace(connection: Connection, inbox_id: int) -> KeptTrace | None:
    """The trace of a signal, or None."""
    row = connection.execute(_rows().where(trace.c.inbox_id == inbox_id)).one_or_none()
    return None if row is None else _kept(row)


def list_traces(connection: Connection, *, session_key: str | None = None, limit: int = 100) -> list[KeptTrace]:
    """Traces, the one that was written last first, of one session if asked."""
    rows = _rows().order_by(trace.c.seq.desc()).limit(limit)
    if session_key is not None:
        rows = rows.where(trace.c.session_key == session_key)
    return [_kept(row) for row in connection.execute(rows)]


def _rows() -> Select[Any]:
    return select(trace.c.inbox_id, trace.c.session_key, trace.c.at, trace.c.document)


def _kept(row: Row[Any]) -> KeptTrace:
    return KeptTrace(**{**row._mapping, "at": from_micros(row.at)})
