"""Views of a journal: what people, pages and metrics are shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from infobip_rules.journal.records import Depth, InboxRow, KeptTrace, OutboxRow, SessionRow, TimerRow


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalView:
    """A signal with its session and its trace, of one moment."""

    signal: InboxRow
    session: SessionRow | None
    trace: KeptTrace | None
    #: What it led to, newest first.
    messages: tuple[OutboxRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionView:
    """All that is known of a session, of one moment."""

    key: str = field(repr=False)
    #: None if nothing of it is stored yet.
    session: SessionRow | None
    #: The next one first.
    timers: tuple[TimerRow, ...] = ()
    #: Newest first.
    signals: tuple[InboxRow, ...] = ()
    messages: tuple[OutboxRow, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalChange:
    """A signal that was to be changed by hand, as it stood right after, and whether it was."""

    signal: InboxRow
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How often something happened."""

    #: `received`, `fired`, `dead`, `sent`, `delivered` or `failed`.
    what: str
    #: The signal's type, the rule, or the reason.
    label: str
    #: The beginning of the hour (of the day for `fired`) that is counted.
    since: datetime
    count: int
    #: When it happened last.
    last_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Dashboard:
    """What the overview shows, of one moment."""

    depth: Depth
    #: Counts by hour or day, and of all time.
    tallies: tuple[Tally, ...]
    totals: tuple[Tally, ...]
    #: Sessions in which something happened lately, with their last signals.
    recent: tuple[SessionView, ...]
    #: Dead signals, newest first.
    dead: tuple[InboxRow, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """How far a follower has read: the last signal and message, and those that may still change."""

    signal: int
    message: int
    pending: frozenset[int] = frozenset()
    unfinished: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """Signals that came, signals that were evaluated or given up, and messages of which the outcome is known, since a
    position."""

    arrived: tuple[InboxRow, ...]
    done: tuple[InboxRow, ...]
    settled: tuple[OutboxRow, ...]
    #: From where to read on.
    position: Position


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalFiles:
    """Where a journal lies on this machine."""

    path: Path
    #: Names of its files that everybody on this machine can read or write.
    open_to_others: tuple[str, ...]
    #: Whether everybody on this machine can put another file in the place of one of them.
    replaceable: bool
