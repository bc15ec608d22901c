"""What happened is counted by the database, whatever is forgotten later; an overview costs the same however much lies there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxState, ReportUpdate, SentRecord
from infobip_rules.journal.sqlite import overview
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal import store
from tests.journal.make import ANA, NOON, a_dead_letter, a_message, a_signal, evaluated

MANY = 100_000
#: Steps of SQLite's machine, in thousands: to read a few columns of all rows takes more.
FEW = 1_000


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    return {(one.what, one.label): one.count for one in store.totals(connection)}


def send(connection: Connection, key: str, *, base_version: int = 0) -> str:
    """A signal that is evaluated and has a message; the message's id."""
    signal = store.accept(connection, [a_signal(key)]).ids[0]
    assert store.commit(connection, evaluated(signal, a_message(f"out-{key}"), base_version=base_version))
    store.claim(connection, now=NOON, limit=10)
    return f"out-{key}"


def test_everything_that_happens_to_a_message_is_counted_once(journal: FileJournal) -> None:
    def work(connection: Connection) -> None:
        sent = send(connection, "a")
        store.record(connection, [SentRecord(message_id=sent, state=OutboxState.ACCEPTED)])
        for group in ("PENDING", "DELIVERED", "DELIVERED"):
            store.apply_report(connection, ReportUpdate(message_id=sent, group=group, report="{}"))

    journal.submit(work).result(60)

    kind = "InfobipSmsReceivedMessage"
    assert journal.read(counts) == {("received", kind): 1, ("fired", "Join"): 1, ("sent", ""): 1, ("delivered", ""): 1}


def test_what_failed_is_counted_by_its_reason(journal: FileJournal) -> None:
    def work(connection: Connection) -> None:
        report = '{"error": {"name": "EC_ABSENT_SUBSCRIBER"}}'
        absent = send(connection, "a")
        store.record(connection, [SentRecord(message_id=absent, state=OutboxState.ACCEPTED)])
        store.apply_report(connection, ReportUpdate(message_id=absent, group="UNDELIVERABLE", report=report))
        fine = '{"error": {"name": "NO_ERROR"}}'
        expired = send(connection, "b", base_version=1)
        store.record(connection, [SentRecord(message_id=expired, state=OutboxState.ACCEPTED)])
        store.apply_report(connection, ReportUpdate(message_id=expired, group="EXPIRED", report=fine))
        refused = send(connection, "c", base_version=2)
        status = '{"name": "REJECTED_NOT_ENOUGH_CREDITS"}'
        store.record(connection, [SentRecord(message_id=refused, state=OutboxState.REJECTED, status=status)])
        lost = send(connection, "d", base_version=3)
        store.record(connection, [SentRecord(message_id=lost, state=OutboxState.FAILED, reason="x")])

    journal.submit(work).result(60)

    failed = {label: count for (what, label), count in journal.read(counts).items() if what == "failed"}
    assert failed == {
        "UNDELIVERABLE: EC_ABSENT_SUBSCRIBER": 1,
        "EXPIRED": 1,
        "REJECTED_NOT_ENOUGH_CREDITS": 1,
        "given up": 1,
    }


def test_a_report_that_is_no_json_hinders_nothing(journal: FileJournal) -> None:
    def work(connection: Connection) -> None:
        sent = send(connection, "a")
        store.record(connection, [SentRecord(message_id=sent, state=OutboxState.ACCEPTED)])
        store.apply_report(connection, ReportUpdate(message_id=sent, group="REJECTED", report="<html>"))

    journal.submit(work).result(60)

    assert journal.read(counts)["failed", "REJECTED"] == 1


def test_a_dead_letter_counts_each_time_it_becomes_one(journal: FileJournal) -> None:
    def work(connection: Connection) -> None:
        (signal,) = store.accept(connection, [a_signal()]).ids
        for _ in range(2):
            store.bury(connection, a_dead_letter(signal))
            store.replay(connection, signal)

    journal.submit(work).result(60)

    assert sum(count for (what, _), count in journal.read(counts).items() if what == "dead") == 2


def test_counts_survive_what_is_forgotten_and_their_own_hours(journal: FileJournal) -> None:
    later = NOON + timedelta(days=60)

    def work(connection: Connection) -> None:
        sent = send(connection, "a")
        store.record(connection, [SentRecord(message_id=sent, state=OutboxState.ACCEPTED)])

    journal.submit(work).result(60)
    before = journal.read(counts)
    assert journal.submit(lambda one: store.prune(one, NOON + timedelta(days=1), now=later)).result(60)
    assert journal.submit(lambda one: store.fold_tallies(one, before=later)).result(60)

    assert journal.read(counts) == before
    assert journal.read(lambda one: store.tallies(one, since=NOON - timedelta(days=1))) == []


def test_the_overview_is_quick_however_much_lies_there(journal: FileJournal) -> None:
    journal.submit(_fill).result(120)
    reads = {
        "recent sessions": lambda one: overview.recent_sessions(one, sessions=20, each=8),
        "dead letters": lambda one: overview.dead_letters(one, limit=50),
        "hours": lambda one: store.tallies(one, since=NOON - timedelta(days=1)),
        "totals": store.totals,
        "depth": store.depth,
    }

    slow = {name: steps for name, read in reads.items() if (steps := _steps(journal, read)) > FEW}

    assert slow == {}
    everything = (
        "SELECT sum(length(payload) + length(raw) + length(fired) + length(kind) + length(session_key)) FROM inbox"
    )
    assert _steps(journal, lambda connection: connection.exec_driver_sql(everything).scalar()) > FEW
    recent = journal.read(lambda one: overview.recent_sessions(one, sessions=2, each=3))
    assert [(one.key, [row.id for row in one.signals]) for one in recent] == [
        (f"session-{MANY % 5000}", [MANY]),
        (f"session-{(MANY - 1) % 5000}", [MANY - 1]),
    ]


def test_dead_letters_are_found_through_their_index(journal: FileJournal) -> None:
    plan = journal.read(
        lambda one: one.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM inbox WHERE inbox.state = 2 ORDER BY inbox.id DESC LIMIT 50"
        ).fetchall()
    )
    assert "inbox_dead" in str(plan)


def test_a_session_that_is_not_stored_yet_is_there_all_the_same(journal: FileJournal) -> None:
    journal.submit(lambda one: store.accept(one, [a_signal()])).result(60)

    (recent,) = journal.read(lambda one: overview.recent_sessions(one, sessions=5, each=5))

    assert (recent.key, recent.session, len(recent.signals)) == (ANA, None, 1)


def _fill(connection: Connection) -> None:
    """Signals of 5,000 sessions, each with a message, as many weeks of traffic leave them."""
    connection.exec_driver_sql(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO inbox (dedup_key, session_key, kind, received_at, state, done_at, fired, payload, raw)
        SELECT 'm:' || i, 'session-' || (i % 5000), 'InfobipSmsReceivedMessage', ? - (? - i) * 1000000, 1, ?,
               '["a"]', printf('%.200c', 'x'), printf('%.200c', 'y') FROM n""",
        (MANY, 1794225600000000, MANY, 1794225600000000),
    )
    connection.exec_driver_sql(
        """
        INSERT INTO outbox (message_id, inbox_id, session_key, rule, recipient, content, sender, channel, due_at,
                            created_at, state, delivery_group)
        SELECT 'o' || id, id, session_key, 'a', session_key, printf('%.100c', 'z'), 's', 'sms', received_at, received_at,
               2, 'DELIVERED' FROM inbox"""
    )


def _steps(journal: FileJournal, read: Callable[[Connection], object]) -> int:
    """How many thousands of steps a read takes, whatever else the machine is doing."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def counted(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(count, 1000)
        try:
            read(connection)
        finally:
            driver.set_progress_handler(None, 0)

    journal.read(counted)
    return steps
