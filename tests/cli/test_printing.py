"""Records and other people's texts on a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.cli.printing import one_line, print_json, print_record, print_records


@given(st.text())
def test_no_text_moves_the_cursor_or_takes_a_second_line(text: str) -> None:
    assert one_line(text).isprintable()


def test_lines_become_one_and_control_characters_question_marks() -> None:
    assert one_line("a\nb\x1b[31mc") == "a b?[31mc"


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_a_pipe_gets_a_row_a_line_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([{"message_id": "m 1", "to": "a\tb"}, {"message_id": "m2", "to": ["x", "y"]}], as_json=False)
    assert printed(capsys) == ["message id\tto", "m 1\ta?b", "m2\tx, y"]


def test_no_records_are_an_empty_array_or_a_word_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_records([], as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    print_records([], as_json=False)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "Nothing.\n")


def test_moments_are_in_iso_8601(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 1, 1, tzinfo=UTC), "text": "ž"})
    assert capsys.readouterr().out == '{\n  "at": "2026-01-01T00:00:00+00:00",\n  "text": "ž"\n}\n'


@pytest.mark.parametrize(
    ("field", "lines"),
    [
        ({"reason": ""}, []),
        ({"signals": []}, []),
        ({"done_at": datetime(2026, 1, 1, tzinfo=UTC)}, ["  done at: 2026-01-01 00:00:00+00:00"]),
        ({"traceback": "a\n  b"}, ["  traceback", "    a", "      b"]),
        ({"report": {"status": "DELIVERED", "error": None}}, ["  report", "    status: DELIVERED"]),
        ({"signals": [{"id": 1, "dead_since": "x", "rule": ""}]}, ["  signals", "    1  dead since=x"]),
    ],
)
def test_a_record_has_a_line_for_each_value(
    field: dict[str, Any], lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    print_record("Signal 1", field)
    assert printed(capsys) == ["Signal 1", *lines]
