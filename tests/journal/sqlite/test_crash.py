"""A process that is killed: what it had acknowledged is there, and the next one may start."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from tests.journal import store
from tests.journal.make import StoppedClock

# Takes signals in, eight at a time, sends a message for each, and says which are acknowledged.
PROGRAM = """
import sys
from tests.journal import store
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal.make import StoppedClock, a_message, a_signal, evaluated

journal = FileJournal.open(sys.argv[1], clock=StoppedClock())

def answer(name):
    def operation(connection):
        inbox_id = store.accept(connection, [a_signal(name, name)]).ids[0]
        store.commit(connection, evaluated(inbox_id, a_message(name), session_key=name))
    return operation

for start in range(0, 1_000_000, 8):
    names = [f"m{number}" for number in range(start, start + 8)]
    for name, future in [(name, journal.submit(answer(name))) for name in names]:
        future.result()
        print(name, flush=True)
"""

ROOT = Path(__file__).parents[3]


@contextmanager
def busy_process(url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@pytest.mark.parametrize("after", [1, 50, 333])
def test_a_killed_process_loses_nothing_it_acknowledged(url: str, after: int) -> None:
    with busy_process(url) as process:
        acknowledged = lines(process, after)
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        acknowledged += process.stdout.read().split()
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        messages = [row.message_id for row in journal.read(lambda c: store.list_outbox(c, limit=100_000))]
        sessions = [row.key for row in journal.read(lambda c: store.list_sessions(c, limit=100_000))]
        pending = journal.read(store.depth).pending
    assert set(acknowledged) <= set(messages)
    assert (sorted(sessions), pending) == (sorted(messages), 0), "each transaction is there whole or not at all"


def test_a_second_process_is_refused_until_the_first_is_gone(url: str) -> None:
    with busy_process(url) as process:
        lines(process, 1)
        with pytest.raises(JournalError, match=f"in use by process {process.pid}"):
            FileJournal.open(url, clock=StoppedClock())
        with FileReader.open(url) as reader:
            assert reader.read(store.list_outbox) != []
    FileJournal.open(url, clock=StoppedClock()).close()


def test_a_reader_can_look_at_what_a_killed_process_left(url: str) -> None:
    with busy_process(url) as process:
        acknowledged = lines(process, 20)
    with FileReader.open(url) as reader:
        messages = {row.message_id for row in reader.read(lambda c: store.list_outbox(c, limit=100_000))}
    assert set(acknowledged) <= messages
