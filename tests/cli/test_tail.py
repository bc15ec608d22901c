"""`tail`: what happens in a journal, as it happens."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules.cli.tail import beginning
from infobip_rules.errors import ConfigurationError
from infobip_rules.rulefiles.loader import load_rules
from tests.journal.make import ANA

from .conftest import Start
from .program import Program
from .traces import KEYWORDS, Stage

SESSION = "session=385*****4567"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    file = tmp_path / "keywords.py"
    file.write_text(KEYWORDS)
    stage = Stage(f"sqlite:///{tmp_path}/infobip-rules.db", load_rules([file]))
    stage.says("JOIN", person=ANA)
    return stage


@pytest.fixture
def tail(bare: Start, stage: Stage) -> Iterator[Program]:
    """The command, following from before what the stage holds already."""
    command = bare("tail", "--since", "2026-01-01")
    command.wait_for_line("fired")
    yield command
    command.process.kill()


def test_what_came_before_is_shown_from_a_moment_on(tail: Program, stage: Stage) -> None:
    tail.wait_for_line("accepted")
    assert [line.split()[1:3] for line in tail.out[:3]] == [["signal", "#1"], ["fired", "#1"], ["accepted", "#1"]]
    assert f"message={stage.sent[0]}  to=385*****4567  rule=news/join  PENDING_ACCEPTED" in tail.said


def test_what_happens_is_shown_as_it_happens(tail: Program, stage: Stage) -> None:
    stage.says("JION", person=ANA)
    assert "Nearest: *Join* (keyword was JION)." in tail.wait_for_line("none ")
    stage.says("STOP", person=ANA)
    assert "ValueError: no" in tail.wait_for_line("dead ")
    stage.reports("DELIVERED")
    assert tail.wait_for_line("report ").endswith(f"message={stage.sent[0]}  DELIVERED")


def test_numbers_are_masked(tail: Program, stage: Stage) -> None:
    stage.says("STOP", person=ANA)
    tail.wait_for_line("dead ")
    assert SESSION in tail.said
    assert ANA not in tail.said


def test_ctrl_c_ends_it_as_it_should_end(tail: Program) -> None:
    assert tail.end(signal.SIGINT) == 0
    assert len(tail.err) == 1  # that it follows, and how to end it


def test_from_now_on_what_came_before_is_not_shown(bare: Start, stage: Stage) -> None:
    command = bare("tail", "--json")
    command.wait_for_line("Following ")
    stage.says("JION", person=ANA)
    line = json.loads(command.wait_for_line('"none"'))
    assert [json.loads(line)["event"] for line in command.out] == ["signal", "none"]
    assert (line["event"], line["signal"], line["session"]) == ("none", 2, "385*****4567")
    assert datetime.fromisoformat(line["at"]).utcoffset() is not None
    command.process.kill()


def test_without_a_journal_it_says_so(bare: Start) -> None:
    command = bare("tail")
    assert command.wait() == 3
    assert "Traceback" not in command.said


@pytest.mark.parametrize("written", ["yesterday", "", "5", "-5m"])
def test_a_beginning_that_can_t_be_read_is_refused(written: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Write e\.g\. 15m"):
        beginning(written)


def test_a_beginning_is_a_moment_or_how_long_ago() -> None:
    assert beginning(None) is None
    assert beginning("2026-11-22T10:00:00Z") == datetime(2026, 11, 22, 10, tzinfo=UTC)
    ago = beginning("2h")
    assert ago is not None
    assert 7190 < (datetime.now(UTC) - ago).total_seconds() < 7300
