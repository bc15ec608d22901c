"""Lists of a journal: as tables and as JSON, without whole numbers, and with texts only where asked for."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.journal.records import OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from tests.journal import store
from tests.journal.make import (
    ANA,
    IVO,
    NOON,
    StoppedClock,
    a_dead_letter,
    a_message,
    a_signal,
    evaluated,
    outcome,
)

from .conftest import Start
from .journals import fill
from .program import COMMAND

STATE = '{"next": 2, "rules": [], "facts": [[1, "ClientAgent", {}]]}'


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """One signal done with four messages sent, one dead, one pending."""
    url = f"sqlite:///{tmp_path}/infobip-rules.db"
    with FileJournal.open(url, clock=StoppedClock()) as opened:
        done, dead, _ = (
            opened.submit(
                lambda connection: store.accept(connection, [a_signal("m1"), a_signal("m2"), a_signal("m3", IVO)])
            )
            .result()
            .ids
        )
        messages = [a_message(message_id) for message_id in ("sent", "refused", "lost", "unsure")]
        opened.submit(lambda connection: store.commit(connection, evaluated(done, *messages, state=STATE))).result()
        opened.submit(lambda connection: store.bury(connection, a_dead_letter(dead))).result()
        opened.submit(lambda connection: store.claim(connection, now=NOON, limit=9)).result()
        outcomes = [
            outcome("sent", status='{"name": "PENDING_ACCEPTED"}'),
            outcome("refused", OutboxState.REJECTED),
            outcome("lost", OutboxState.FAILED),
            outcome("unsure", OutboxState.UNKNOWN),
        ]
        opened.submit(lambda connection: store.record(connection, outcomes)).result()
    return url


def rows(start: Start, *arguments: str) -> list[dict[str, Any]]:
    command = start(*arguments, "--json")
    assert command.wait() == 0, command.said
    listed: list[dict[str, Any]] = json.loads("\n".join(command.out))
    return listed


@pytest.mark.parametrize(
    ("option", "ids"), [([], [3, 2, 1]), (["--dead"], [2]), (["--pending"], [3]), (["--done"], [1])]
)
def test_signals_are_listed_by_state_newest_first(bare: Start, journal: str, option: list[str], ids: list[int]) -> None:
    assert [row["id"] for row in rows(bare, "signals", *option)] == ids


def test_a_signal_says_what_became_of_it(bare: Start, journal: str) -> None:
    pending, dead, done = rows(bare, "signals")

    assert (done["fired"], done["state"]) == (["Join"], "done")
    assert (dead["reason"], dead["rule"]) == ("it raised ValueError", "Join")
    assert (pending["state"], pending["session"]) == ("pending", "385*****4321")


@pytest.mark.parametrize(
    ("option", "ids"),
    [
        ([], {"sent", "refused", "lost", "unsure"}),
        (["--dead"], {"refused", "lost"}),
        (["--unknown"], {"unsure"}),
    ],
)
def test_messages_are_listed_by_what_became_of_them(
    bare: Start, journal: str, option: list[str], ids: set[str]
) -> None:
    assert {row["message_id"] for row in rows(bare, "outbox", *option)} == ids


def test_sessions_are_listed_with_the_facts_they_remember(bare: Start, journal: str) -> None:
    (session,) = rows(bare, "sessions")

    assert (session["session"], session["version"], session["facts"]) == ("385*****4567", 1, ["ClientAgent"])


@pytest.mark.parametrize("command", ["signals", "outbox", "sessions"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_neither_numbers_nor_texts_are_shown(bare: Start, journal: str, command: str, form: list[str]) -> None:
    listed = bare(command, *form)

    assert listed.wait() == 0
    assert "385*****" in listed.said
    for private in (ANA, IVO, "hello", "Welcome"):
        assert private not in listed.said


@pytest.mark.parametrize(("command", "text"), [("signals", "hello"), ("outbox", "Welcome")])
def test_texts_are_shown_where_that_is_asked_for(bare: Start, journal: str, command: str, text: str) -> None:
    assert {row["text"] for row in rows(bare, command, "--text")} == {text}


def test_a_table_has_a_line_for_each_row(bare: Start, journal: str) -> None:
    listed = bare("outbox")

    assert listed.wait() == 0
    assert listed.out[0].split() == [
        *("message", "id", "created", "at", "to", "rule", "state", "attempts", "status", "delivery", "reason")
    ]
    assert len(listed.out) == 5


def test_no_more_is_listed_than_asked_for(bare: Start, journal: str) -> None:
    assert len(rows(bare, "outbox", "--limit", "3")) == 3


def test_nothing_to_list_is_an_empty_array(bare: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    FileJournal.open(url, clock=StoppedClock()).close()

    assert rows(bare, "signals", "--journal", url) == []


def test_the_journal_is_the_one_that_the_host_would_use(bare: Start, journal: str, tmp_path: Path) -> None:
    (tmp_path / "infobip-rules.db").rename(tmp_path / "other.db")
    (tmp_path / ".env").write_text("INFOBIP_JOURNAL_URL=sqlite:///other.db\n")

    assert len(rows(bare, "signals")) == 3


def test_a_journal_that_is_not_there_is_told(bare: Start) -> None:
    command = bare("signals")

    assert command.wait() == 3
    assert "There is no journal" in command.said


def test_states_that_exclude_each_other_are_wrong_use(bare: Start, journal: str) -> None:
    assert bare("signals", "--dead", "--done").wait() == 2


def test_a_table_in_a_pipe_is_not_cut_to_the_width_of_a_terminal(bare: Start, journal: str) -> None:
    listed = bare("signals", COLUMNS="40")

    assert listed.wait() == 0
    assert "it raised ValueError" in listed.said
    assert "InfobipSmsReceivedMessage" in listed.said


def test_a_session_is_printed_whole_for_a_test_to_go_on_from(bare: Start, tmp_path: Path) -> None:
    fill(tmp_path)
    (session,) = rows(bare, "sessions", "--text")
    assert session["state"]["facts"] == [
        [1, "ClientAgent", {"identifier": "", "connections": {"phone": "385*****4567"}}],
        [2, "Note", {"text": "a private remark", "since": "2026-11-09T12:00:00Z", "times": 3}],
    ]
    assert [(timer["name"], timer["payload"], timer["every"]) for timer in session["timers"]] == [
        ("reminder", {}, None)
    ]


def test_a_session_is_printed_whole_as_json_only(bare: Start, journal: str) -> None:
    command = bare("sessions", "--text")
    assert command.wait() == 2
    assert "--text goes with --json" in command.said


def test_more_rows_than_can_be_counted_are_refused_with_the_most(bare: Start, journal: str) -> None:
    command = bare("signals", "--journal", journal, "--limit", "9" * 20)

    assert command.wait() == 2
    assert str(2**63 - 1) in command.said


def on_a_terminal(folder: Path, columns: int, *arguments: str) -> str:
    """What a command writes to a terminal of so many columns."""
    controller, terminal = pty.openpty()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
    variables = inherited | {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen([COMMAND, *arguments], cwd=folder, env=variables, stdout=terminal) as listing:
        os.close(terminal)
        written = b""
        with suppress(OSError):  # which is how the end of a terminal is told
            while piece := os.read(controller, 65_536):
                written += piece
        os.close(controller)
        assert listing.wait(30) == 0
    return written.decode()


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("command", ["signals", "outbox", "sessions"])
def test_no_number_name_or_moment_is_cut_on_a_terminal_of_any_width(
    tmp_path: Path, journal: str, command: str, columns: int
) -> None:
    shown = on_a_terminal(tmp_path, columns, command)
    whole = {
        "signals": ["385*****4567", "InfobipSmsReceivedMessage", "Join", "pending"],
        "outbox": ["refused", "385*****4567", "PENDING_ACCEPTED", "Join"],
        "sessions": ["385*****4567", "ClientAgent"],
    }
    assert [word for word in whole[command] if word not in shown] == []
    assert "…" not in shown
