"""Open journals of each kind: a further implementation is one more line in `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from infobip_rules.journal import memory_journal, open_journal
from infobip_rules.journal.interface import Journal
from tests.journal.make import StoppedClock

#: How a journal of each kind is opened, empty, for one test with a folder of its own.
KINDS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Journal]]] = {
    "file": lambda folder: open_journal(f"sqlite:///{folder / 'journal.db'}", clock=StoppedClock()),
    "memory": lambda folder: memory_journal(),
}


@pytest.fixture(params=KINDS)
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    """An empty journal, of each kind."""
    async with KINDS[request.param](tmp_path) as opened:
        yield opened
