"""`tail`: the changes of a journal, a line for each as it happens; only read, as the host writes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import read
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line
from infobip_rules.cli.records import Record
from infobip_rules.clock import SystemClock
from infobip_rules.engine.explain.story import missed_sentence
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.errors import ConfigurationError, TraceError
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import InboxRow, InboxState, OutboxRow
from infobip_rules.journal.views import Changes
from infobip_rules.signals import Heartbeat, MomentCame
from infobip_rules.testing.durations import read_duration

#: Seconds between two readings.
_REST = 0.25
#: Signals that nobody sent: they are shown only if rules fired.
_QUIET = frozenset({Heartbeat.__name__, MomentCame.__name__})


def beginning(since: str | None) -> datetime | None:
    """The moment that `--since` names; None: from now on. Raises ConfigurationError for what can't be read."""
    if since is None:
        return None
    try:
        return SystemClock().now() - read_duration(since)
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise ConfigurationError(
            f"--since {one_line(since)} can't be read.", "Write e.g. 15m, 2h, 1d or 2026-11-22T10:00Z."
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tail:
    """Prints what is new in a journal until it is interrupted."""

    url: str
    as_json: bool = False

    def run(self, since: datetime | None) -> None:
        """Prints until Ctrl-C, which ends it as it should end. Raises JournalError."""
        try:
            read(self.url, lambda journal: self._follow(journal, since))
        except KeyboardInterrupt:
            return

    async def _follow(self, journal: JournalReader, since: datetime | None) -> None:
        position = await journal.history.position(since=since)
        say(f"Following {journal.name}; Ctrl-C ends it.")
        while True:
            found = await journal.history.changes(position)
            position = found.position
            records = await _records(journal, found)
            for record in records:
                put(_json(record) if self.as_json else _line(record))
            if not records:
                await asyncio.sleep(_REST)


async def _records(journal: JournalReader, found: Changes) -> list[Record]:
    done = [record async for record in _done(journal, found)]
    return sorted([*_arrived(found), *done, *map(_outcome, found.settled)], key=lambda record: record["at"])


def _arrived(found: Changes) -> Iterator[Record]:
    for row in found.arrived:
        if installed_channels().role(row.kind) == "reported":
            payload = json.loads(row.payload)
            status = payload.get("status") or {}
            yield _record(
                "report", row.received_at, row, message=payload.get("messageId", ""), said=status.get("groupName", "")
            )
        elif row.kind not in _QUIET and installed_channels().role(row.kind) != "sent":
            yield _record("signal", row.received_at, row, kind=row.kind)


async def _done(journal: JournalReader, found: Changes) -> AsyncIterator[Record]:
    for row in found.done:
        at = row.done_at or row.received_at
        if row.state is InboxState.DEAD:
            yield _record("dead", at, row, rule=row.rule, said=mask_numbers(row.reason))
        elif row.fired:
            yield _record("fired", at, row, rules=list(row.fired))
        elif row.kind not in _QUIET and installed_channels().role(row.kind) not in ("sent", "reported"):
            yield _record("none", at, row, said=await _nearest(journal, row))


async def _nearest(journal: JournalReader, row: InboxRow) -> str:
    kept = await journal.traces.get(row.id)
    try:
        trace = Trace.from_json(kept.document).masked() if kept else None
    except TraceError:
        trace = None
    nearest = f" Nearest: {missed_sentence(trace.missed[0])}." if trace and trace.missed else ""
    return mask_numbers(row.reason) + nearest


def _outcome(row: OutboxRow) -> Record:
    status = json.loads(row.status) if row.status else {}
    said = " ".join(part for part in (status.get("name", ""), mask_numbers(row.reason)) if part)
    return {
        "event": row.state.name.lower(),
        "at": row.sent_at or row.created_at,
        "signal": row.inbox_id,
        "session": mask(row.session_key),
        "message": row.message_id,
        "to": mask(row.recipient),
        "rule": row.rule,
        "said": said,
    }


def _record(event: str, at: datetime, row: InboxRow, **more: Any) -> Record:
    return {"event": event, "at": at, "signal": row.id, "session": mask(row.session_key), **more}


def _json(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, default=lambda moment: moment.isoformat())


def _line(record: Record) -> str:
    rest = {name: value for name, value in record.items() if name not in ("event", "at", "signal") and value}
    words = "  ".join(
        str(value) if name == "said" else f"{name}={','.join(value) if isinstance(value, list) else value}"
        for name, value in rest.items()
    )
    return one_line(f"{record['at']:%H:%M:%S}  {record['event']:<9} #{record['signal']}  {words}")
