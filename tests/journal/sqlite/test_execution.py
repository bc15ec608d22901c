"""Operations that are run as one: at the place of the first of them, each by itself if one fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Self

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.sqlite.execution import JointOperation
from infobip_rules.journal.sqlite.journal import FileJournal

RUNS: list[list[str]] = []


class Naming(JointOperation):
    """Gives its name back; `bad` can't be run."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def together(cls, connection: Connection, operations: Sequence[Self]) -> Sequence[str]:
        """Their names."""
        RUNS.append([operation.name for operation in operations])
        if "bad" in RUNS[-1]:
            raise KeyError("bad")
        return [operation.name.upper() for operation in operations]


@pytest.fixture(autouse=True)
def _no_runs_yet() -> None:
    RUNS.clear()


async def all_at_once(journal: FileJournal, *names: str) -> list[str | BaseException]:
    """Puts operations while the writer is busy, so that they are of one commit; a plain one stands among them."""
    begun, release = threading.Event(), threading.Event()

    def block(_: Connection) -> None:
        begun.set()
        release.wait(60)

    blocked = asyncio.ensure_future(journal.run(block))
    await asyncio.to_thread(begun.wait, 60)
    given = [asyncio.ensure_future(journal.run(Naming(name))) for name in names]
    plain = asyncio.ensure_future(journal.run(lambda connection: RUNS.append(["plain"])))
    await asyncio.sleep(0)  # each is queued by its first step
    release.set()
    await blocked
    results = await asyncio.gather(*given, return_exceptions=True)
    await plain
    return results


async def test_those_of_one_commit_are_run_together(journal: FileJournal) -> None:
    assert await all_at_once(journal, "a", "b", "c") == ["A", "B", "C"]
    assert RUNS == [["a", "b", "c"], ["plain"]]


async def test_one_that_fails_does_not_fail_the_others(journal: FileJournal) -> None:
    first, bad, last = await all_at_once(journal, "a", "bad", "c")
    assert (first, type(bad), last) == ("A", KeyError, "C")
    assert RUNS == [["a", "bad", "c"], ["a"], ["bad"], ["c"], ["plain"]]
