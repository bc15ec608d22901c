"""Changing a journal that somebody else has open."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from infobip_rules.errors import JournalError
from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite import connections as engines
from infobip_rules.journal.sqlite.editor import FileEditor
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store
from tests.journal.make import NOON, a_dead_letter, a_message, a_signal, evaluated
from tests.served_host import ServedHost, item


@pytest.fixture
def editor(url: str, journal: FileJournal) -> Iterator[FileEditor]:
    """An editor of a journal that is open."""
    with FileEditor.open(url) as editor:
        yield editor


def test_an_editor_changes_a_live_journal(journal: FileJournal, editor: FileEditor) -> None:
    journal.submit(lambda connection: store.accept(connection, [a_signal()])).result(60)
    journal.submit(lambda connection: store.bury(connection, a_dead_letter(1))).result(60)
    assert editor.read(store.dead_signals) == [1]

    assert editor.change(lambda connection: store.replay(connection, 1))

    assert journal.read(store.depth).pending == 1
    assert editor.read(store.dead_signals) == []


def test_a_change_that_fails_leaves_nothing(journal: FileJournal, editor: FileEditor) -> None:
    def accept_and_fail(connection: Connection) -> None:
        store.accept(connection, [a_signal()])
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        editor.change(accept_and_fail)
    assert journal.read(store.depth).pending == 0


def test_what_is_being_sent_is_left_alone(url: str, journal: FileJournal) -> None:
    journal.submit(lambda connection: store.accept(connection, [a_signal()])).result(60)
    journal.submit(lambda connection: store.commit(connection, evaluated(1, a_message()))).result(60)
    journal.submit(lambda connection: store.claim(connection, now=NOON, limit=1)).result(60)

    FileEditor.open(url).close()

    (message,) = journal.read(store.list_outbox)
    assert message.state is OutboxState.SENDING


def test_looking_through_an_editor_can_not_change_anything(editor: FileEditor) -> None:
    with pytest.raises(JournalError, match="can't be written"):
        editor.read(lambda connection: store.accept(connection, [a_signal()]))


def test_all_changes_of_two_editors_and_the_journal_arrive(url: str, journal: FileJournal, editor: FileEditor) -> None:
    def write(name: str, writer: FileEditor) -> None:
        for number in range(40):
            signal = a_signal(f"{name}-{number}")
            writer.change(lambda connection, signal=signal: store.accept(connection, [signal]))  # type: ignore[misc]  # mypy can't infer a lambda with a default

    with FileEditor.open(url) as other:
        threads = [threading.Thread(target=write, args=pair) for pair in (("one", editor), ("two", other))]
        for thread in threads:
            thread.start()
        for number in range(40):
            journal.submit(
                lambda connection, number=number: store.accept(connection, [a_signal(f"own-{number}")])  # type: ignore[misc]  # as above
            ).result(60)
        for thread in threads:
            thread.join(60)

    assert journal.read(store.depth).pending == 120


def test_somebody_who_writes_without_end_is_named(
    url: str, journal: FileJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_PATIENCE", 0.05)
    blocking = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    try:
        with FileEditor.open(url) as editor, pytest.raises(JournalError, match="is locked by another program"):
            editor.change(lambda connection: store.replay(connection, 1))
    finally:
        blocking.close()


def test_an_editor_does_not_create_a_journal(url: str, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"There is no journal .*journal\.db"):
        FileEditor.open(url)
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_another_version_took_over_is_not_changed(tmp_path: Path, editor: FileEditor) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as other:
        other.execute("UPDATE meta SET schema_version = 999")
    other.close()

    with pytest.raises(JournalError, match="schema version 999"):
        editor.change(lambda connection: store.accept(connection, [a_signal()]))


#: Answers everybody; what is marked fails until the file beside the rules is there.
RULES = """
from pathlib import Path

from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("client"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        if c.signal.text.startswith("bad") and not Path(__file__).with_name("mended").exists():
            raise LookupError(c.signal.text)
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, c.signal.text)
"""


def test_replaying_again_and_again_while_a_host_works_neither_loses_nor_doubles_a_reply(
    settings: Settings, fake: FakeInfobip, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.py"
    rules.write_text(RULES)
    sent = [f"{kind} {number}" for number in range(30) for kind in ("good", "bad")]
    people = [f"38591000000{number}" for number in range(3)]
    unguarded = settings.model_copy(update={"flood_guard": "off"})
    with ServedHost(rules, unguarded) as host, FileEditor.open(settings.journal_url) as editor:
        for number, text in enumerate(sent):
            assert host.post(item(f"m{number}", text, number=people[number % 3])).status_code == 200
            for inbox_id in editor.read(store.dead_signals):
                editor.change(lambda connection, inbox_id=inbox_id: store.replay(connection, inbox_id))  # type: ignore[misc]  # mypy can't infer a lambda with a default
        assert host.settled()
        assert len(editor.read(store.dead_signals)) == 30

        (tmp_path / "mended").touch()
        editor.change(lambda connection: [store.replay(connection, one) for one in store.dead_signals(connection)])
        assert fake.wait_for(lambda: len(fake.messages) >= len(sent), 30)
        assert host.settled()
        counts = editor.read(store.counts)

    assert sorted(message.text for message in fake.messages) == sorted(sent)
    assert (counts.inbox[InboxState.DEAD], counts.outbox[OutboxState.ACCEPTED]) == (0, len(sent))


def test_a_closed_editor_does_not_open_the_file_anew(url: str, journal: FileJournal) -> None:
    editor = FileEditor.open(url)
    editor.close()
    with pytest.raises(JournalError, match="is closed"):
        editor.change(store.dead_signals)
