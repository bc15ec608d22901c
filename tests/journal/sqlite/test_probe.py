"""The probe: a write that takes room like a message and leaves nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from infobip_rules.journal.sqlite.probe import probe
from tests.journal import store


def test_it_leaves_nothing(connection: Connection) -> None:
    probe(connection)
    assert store.list_sessions(connection) == []


def test_it_fails_if_a_message_could_not_be_kept(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Exception, match="full") as raised:
        probe(connection)
    assert not isinstance(raised.value, OperationalError)  # the driver's own, for the journal to explain
