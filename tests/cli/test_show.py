"""`show`: all that is known about one signal, message or session; numbers masked, texts only where asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journal.make import ANA, IVO

from .conftest import Start
from .journals import DEAD, DONE, PENDING, fill


@pytest.fixture(autouse=True)
def journal(tmp_path: Path) -> str:
    return fill(tmp_path)


def shown(start: Start, *arguments: str) -> dict[str, Any]:
    command = start("show", *arguments, "--json")
    assert command.wait() == 0, command.said
    found: dict[str, Any] = json.loads("\n".join(command.out))
    return found


def test_a_dead_signal_says_which_rule_failed_and_where(bare: Start) -> None:
    signal = shown(bare, str(DEAD))["signal"]

    assert (signal["state"], signal["rule"], signal["reason"]) == ("dead", "news/join", "The rule failed.")
    assert 'File "/rules/join.py", line 7, in join' in signal["traceback"]
    assert signal["message_id"] == "in-2"


def test_a_done_signal_says_what_fired_and_what_became_of_its_messages(bare: Start) -> None:
    signal = shown(bare, str(DONE))["signal"]

    assert signal["fired"] == ["Join"]
    assert {message["message_id"]: message["state"] for message in signal["messages"]} == {
        "taken": "accepted",
        "refused": "rejected",
        "lost": "failed",
        "unsure": "failed",
        "reported": "failed",
    }


def test_a_message_says_what_infobip_said_of_it(bare: Start) -> None:
    message = shown(bare, "taken")["message"]

    assert (message["state"], message["attempts"], message["signal"]) == ("accepted", 1, DONE)
    assert message["status"]["name"] == "PENDING_ACCEPTED"
    assert message["report"] == {"status": {"name": "DELIVERED_TO_HANDSET"}}


def test_a_failed_message_says_why(bare: Start) -> None:
    assert shown(bare, "lost")["message"]["reason"] == "The key is not good."


@pytest.mark.parametrize("number", [ANA, f"+{ANA}", "+385 98 123-4567"])
def test_a_session_says_what_it_remembers_and_what_happened(bare: Start, number: str) -> None:
    session = shown(bare, number)["session"]

    agent, note = session["facts"]
    assert agent == {"fact": "ClientAgent#1", "fields": {"identifier": "", "connections": {"phone": "385*****4567"}}}
    assert note["fields"] == {"text": "(16 characters)", "since": "2026-11-09T12:00:00Z", "times": 3}
    assert [timer["name"] for timer in session["timers"]] == ["reminder"]
    assert [signal["id"] for signal in session["signals"]] == [DEAD, DONE]
    assert len(session["messages"]) == 5


def test_a_session_that_was_never_saved_is_known_by_its_signals(bare: Start) -> None:
    assert [signal["id"] for signal in shown(bare, IVO)["session"]["signals"]] == [PENDING]


def test_no_more_is_shown_than_asked_for(bare: Start) -> None:
    assert len(shown(bare, ANA, "--limit", "2")["session"]["messages"]) == 2


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("name", [str(DONE), str(DEAD), "taken", ANA])
def test_neither_numbers_nor_texts_are_shown(bare: Start, name: str, form: list[str]) -> None:
    command = bare("show", name, *form)

    assert command.wait() == 0
    assert "385*****4567" in command.said
    for private in (ANA, "private", "Welcome"):
        assert private not in command.said


@pytest.mark.parametrize(
    ("name", "text"), [(str(DEAD), "private words"), ("taken", "Welcome"), (ANA, "a private remark")]
)
def test_texts_are_shown_where_that_is_asked_for(bare: Start, name: str, text: str) -> None:
    command = bare("show", name, "--text")

    assert command.wait() == 0
    assert text in command.said
    assert ANA not in command.said


def test_a_person_reads_it_line_by_line(bare: Start) -> None:
    command = bare("show", str(DEAD))

    assert command.wait() == 0
    assert command.out[0] == "Signal 2"
    assert "  reason: The rule failed." in command.out
    assert '      File "/rules/join.py", line 7, in join' in command.out


def test_what_is_not_there_is_told_without_a_whole_number(bare: Start) -> None:
    command = bare("show", "385911111111")

    assert command.wait() == 1
    assert command.out == []
    assert "no signal, message or session 385*****1111" in command.said


@pytest.mark.parametrize("name", ["9" * 30, "9" * 5_000])
def test_what_no_journal_can_number_is_not_there(bare: Start, name: str) -> None:
    command = bare("show", name)

    assert command.wait() == 1
    assert "Traceback" not in command.said
