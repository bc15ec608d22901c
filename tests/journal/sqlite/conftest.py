"""A connection inside a transaction, and an open journal: each on a file of its own, and where it is all the same, in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from infobip_rules.journal.sqlite.connections import memory_engine, writing_engine
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.memory import MemoryJournal
from infobip_rules.journal.sqlite.schema import create_schema
from tests.journal.make import StoppedClock


@pytest.fixture(params=["file", "memory"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database, of either kind."""
    if request.param == "file":
        engine = writing_engine(tmp_path / "journal.db")
    else:
        engine = memory_engine(sqlite3.connect(":memory:", isolation_level=None))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        create_schema(connection)
        yield connection


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


@pytest.fixture
def journal(url: str) -> Iterator[FileJournal]:
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        yield journal


@pytest.fixture(params=["file", "memory"])
def either(request: pytest.FixtureRequest, url: str) -> Iterator[FileJournal]:
    """An open journal, of either kind."""
    with FileJournal.open(url, clock=StoppedClock()) if request.param == "file" else MemoryJournal() as journal:
        yield journal
