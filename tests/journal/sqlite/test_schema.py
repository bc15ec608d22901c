"""The layout of a journal, and which databases are taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.connections import writing_engine
from infobip_rules.journal.sqlite.schema import SCHEMA_VERSION, check_schema, create_schema, metadata

WORK = {
    "the oldest pending signals": "SELECT id, session_key FROM inbox WHERE state = 0 ORDER BY id",
    "a session's pending signals": "SELECT id FROM inbox WHERE state = 0 AND session_key = 'a' ORDER BY id",
    "dead signals": "SELECT count(*) FROM inbox WHERE state = 2",
    "signals to forget": "SELECT id FROM inbox WHERE state = 1 AND received_at < 5",
    "messages that are due": "SELECT seq FROM outbox WHERE state = 0 AND due_at < 5 ORDER BY due_at, seq",
    "messages to look up": "SELECT seq FROM outbox WHERE state = 4 AND due_at < 5 ORDER BY due_at, seq",
    "messages left in sending": "SELECT seq FROM outbox WHERE state = 1",
    "timers that are due": "SELECT * FROM timer WHERE due_at <= 5 ORDER BY due_at, rowid",
    "the next timer": "SELECT min(due_at) FROM timer",
}


def test_a_fresh_journal_passes_its_check(connection: Connection) -> None:
    check_schema(connection, "journal.db")
    assert connection.exec_driver_sql("SELECT schema_version FROM meta").scalar() == SCHEMA_VERSION


def test_a_newer_journal_asks_for_an_upgrade(connection: Connection) -> None:
    connection.exec_driver_sql("UPDATE meta SET schema_version = ?", (SCHEMA_VERSION + 1,))
    with pytest.raises(
        JournalError, match=rf"journal\.db has schema version {SCHEMA_VERSION + 1}.*Upgrade infobip-rules"
    ):
        check_schema(connection, "journal.db")


def test_a_journal_without_a_version_is_refused(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM meta")
    with pytest.raises(JournalError, match="schema version None"):
        check_schema(connection, "journal.db")


def test_a_journal_that_lost_a_table_is_damaged(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TABLE outbox")
    with pytest.raises(JournalError, match="damaged: it has no table 'outbox'"):
        check_schema(connection, "journal.db")


def test_a_database_of_something_else_is_refused(connection: Connection) -> None:
    metadata.drop_all(connection)
    connection.exec_driver_sql("CREATE TABLE customer (id INTEGER)")
    with pytest.raises(JournalError, match="something else, not a journal"):
        check_schema(connection, "shop.db")


@pytest.mark.parametrize("query", WORK.values(), ids=WORK.keys())
def test_work_is_found_through_an_index_of_the_unfinished(connection: Connection, query: str) -> None:
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    assert len(plan) == 1, "no sorting, no second pass"
    assert any(
        name in plan[0] for name in ("inbox_pending", "inbox_dead", "inbox_done", "outbox_unfinished", "timer_due")
    )


def test_the_schema_is_made_in_one_transaction(tmp_path: Path) -> None:
    engine = writing_engine(tmp_path / "journal.db")
    with engine.connect() as connection:
        create_schema(connection)
        connection.rollback()
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    engine.dispose()
