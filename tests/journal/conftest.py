"""A connection inside a transaction, and an open journal, each on a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.engines import writing_engine
from infobip_rules.journal.schema import create_schema
from infobip_rules.journal.writer import Journal

from .make import StoppedClock


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = writing_engine(tmp_path / "journal.db")
    with engine.begin() as connection:
        create_schema(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    with Journal.open(url, clock=StoppedClock()) as journal:
        yield journal
