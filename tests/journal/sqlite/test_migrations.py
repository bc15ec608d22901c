"""Journals of earlier versions: brought up to date when they are opened for writing, with all they hold, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from infobip_rules.channels.sms.content import read_content
from infobip_rules.errors import JournalError
from infobip_rules.journal.records import InboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.journal.sqlite.schema import SCHEMA_VERSION
from tests.journal import store
from tests.journal.make import ANA, NOON, StoppedClock, a_message, a_signal, a_timer, evaluated

LAYOUTS = sorted((Path(__file__).parent / "layouts").glob("*.sql"))
CONTENTS = """
INSERT INTO session VALUES ('385981234567', '{"facts": []}', 3, 5, 6);
INSERT INTO inbox (dedup_key, session_key, kind, received_at, payload, raw)
VALUES ('m:1', '385981234567', 'Tick', 7, '{}', '');
"""


@pytest.fixture(params=LAYOUTS, ids=lambda file: f"version {file.stem}")
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A journal of an earlier version, with a session and a pending signal of hers."""
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(request.param.read_text("utf-8") + CONTENTS)
    return path


OUTBOX = """
INSERT INTO outbox (message_id, inbox_id, session_key, rule, recipient, text, sender, shorten_url, due_at, created_at)
VALUES ('m1', 1, '385981234567', 'r', '385981234567', 'Živjeli "zdravo"' || char(10, 0, 128512), '38599', 0, 5, 5),
       ('m2', 1, '385981234567', 'r', '385981234567', 'https://example.com', '38599', 1, 6, 6);
"""


STRANGE = """
INSERT INTO outbox (message_id, inbox_id, session_key, rule, recipient, text, sender, shorten_url, due_at, created_at)
VALUES ('half', 1, '385981234567', 'r', '385981234567', CAST(x'6869ff' AS TEXT), '38599', 0, 5, 5),
       ('bytes', 1, '385981234567', 'r', '385981234567', x'4142', '38599', 0, 6, 6),
       ('number', 1, '385981234567', 'r', '385981234567', 12, '38599', 1, 7, 7),
       ('sound', 1, '385981234567', 'r', '385981234567', 'Živjeli', '38599', 0, 8, 8);
"""


def layout(path: Path) -> set[tuple[object, ...]]:
    """Every table and index with its columns, whatever the order in which they were made."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in made}


def test_every_earlier_version_has_its_layout_here() -> None:
    assert [int(file.stem) for file in LAYOUTS] == list(range(1, SCHEMA_VERSION))


def test_an_earlier_journal_gets_the_layout_of_a_new_one(old: Path, tmp_path: Path) -> None:
    for path in (old, tmp_path / "new.db"):
        FileJournal.open(f"sqlite:///{path}", clock=StoppedClock()).close()
    assert layout(old) == layout(tmp_path / "new.db")


def test_what_an_earlier_journal_holds_is_kept_and_gone_on_with(old: Path) -> None:
    with FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()) as journal:
        (work,) = journal.read(lambda connection: store.pending(connection, sessions=9, each=9))
        assert (work.key, work.version, work.signals[0].kind) == (ANA, 3, "Tick")
        effects = evaluated(work.signals[0].id, a_message(), base_version=3, timers=(a_timer(),))
        assert journal.submit(lambda connection: store.commit(connection, effects)).result(60)
    with FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()) as journal:
        assert [timer.name for timer in journal.read(store.list_timers)] == ["reminder"]
        assert [row.state for row in journal.read(store.list_inbox)] == [InboxState.DONE]


def test_messages_of_an_earlier_journal_are_text_messages_with_all_they_said(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(OUTBOX)
    with FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()) as journal:
        claimed = journal.submit(lambda connection: store.claim(connection, now=NOON, limit=9)).result(60)
    assert [(row.message_id, row.channel, *read_content(row.content)) for row in claimed] == [
        ("m1", "sms", 'Živjeli "zdravo"\n\0\N{GRINNING FACE}', False),
        ("m2", "sms", "https://example.com", True),
    ]


def test_a_message_whose_text_is_no_text_keeps_no_journal_from_being_opened(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(STRANGE)
    with FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()) as journal:
        claimed = journal.submit(lambda connection: store.claim(connection, now=NOON, limit=9)).result(60)
    assert [(row.message_id, *read_content(row.content)) for row in claimed] == [
        ("half", "hi\N{REPLACEMENT CHARACTER}", False),
        ("bytes", "AB", False),
        ("number", "12", True),
        ("sound", "Živjeli", False),
    ]


def test_messages_that_somebody_numbered_are_migrated_too(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(OUTBOX)
        connection.executescript("UPDATE outbox SET seq = seq - 2;")
    FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()).close()
    with closing(sqlite3.connect(old)) as connection:
        found = connection.execute("SELECT seq, channel, content <> '' FROM outbox ORDER BY seq").fetchall()
    assert found == [(-1, "sms", 1), (0, "sms", 1)]


IN_THE_WAY = {
    "index": ("CREATE INDEX 'my own' ON outbox (text)", r"the index 'my own' .* \(DROP INDEX \"my own\"\)"),
    "view": ("CREATE VIEW texts AS SELECT text FROM outbox", r"the view 'texts' .* \(DROP VIEW \"texts\"\)"),
    "trigger": (
        "CREATE TRIGGER mine AFTER UPDATE ON outbox BEGIN SELECT new.text; END",
        r"the trigger 'mine' .* \(DROP TRIGGER \"mine\"\)",
    ),
    "column": ("ALTER TABLE outbox ADD COLUMN content TEXT", r"the column 'content' .* Drop it with an sqlite3 shell,"),
}


@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_what_somebody_made_in_an_earlier_journal_is_named_if_it_is_in_the_way(old: Path, kind: str) -> None:
    made, said = IN_THE_WAY[kind]
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(f"{made};")
    before = layout(old)
    with pytest.raises(JournalError, match=rf"journal\.db can't be brought to this version: {said}"):
        FileJournal.open(f"sqlite:///{old}", clock=StoppedClock())
    assert layout(old) == before


def test_a_reader_does_not_change_an_earlier_journal_but_says_who_does(old: Path) -> None:
    before = layout(old)
    with pytest.raises(JournalError, match=r"schema version [1-7].*Start the host once"):
        FileReader.open(f"sqlite:///{old}")
    assert layout(old) == before


def test_an_earlier_journal_that_is_damaged_is_left_as_it_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DROP TABLE session")
    before = layout(old)
    with pytest.raises(JournalError, match="damaged: it has no table 'session'"):
        FileJournal.open(f"sqlite:///{old}", clock=StoppedClock())
    assert layout(old) == before


def test_a_signal_of_an_earlier_journal_is_known_when_it_comes_again(old: Path) -> None:
    with FileJournal.open(f"sqlite:///{old}", clock=StoppedClock()) as journal:
        accepted = journal.submit(lambda connection: store.accept(connection, [a_signal("m:1")])).result(60)
    assert (accepted.new, accepted.duplicates) == (0, 1)
