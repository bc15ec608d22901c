"""What rules print in the host's own process: whole lines become events."""

from __future__ import annotations

from contextlib import redirect_stdout

import pytest

from infobip_rules.evaluators.captured_output import LoggedLines


def test_a_line_is_logged_when_it_is_complete_and_an_empty_one_never(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="infobip_rules.rules")
    with redirect_stdout(LoggedLines()):
        print("one", end=" ")
        print("line\n\nnext\nrest", end="", flush=True)
    assert [record.getMessage() for record in caplog.records] == [
        "rules.printed worker=0 line=one line",
        "rules.printed worker=0 line=next",
    ]


def test_a_line_without_end_is_not_kept_without_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="infobip_rules.rules")
    with redirect_stdout(LoggedLines()):
        print("x" * 2_500, end="")
    assert [len(record.getMessage().partition("line=")[2]) for record in caplog.records] == [1_000, 1_000, 500]
