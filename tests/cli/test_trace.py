"""`trace`: why rules did or did not fire, from a journal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.testing.conversation import Incoming, Moment, Outgoing, Report, Silence, Wait, parse
from tests.journal import store
from tests.journal.make import ANA, IVO, NOON, StoppedClock

from .conftest import Start
from .journals import DEAD, PENDING, fill, received
from .traces import KEYWORDS, Stage

MASKED = "385*****4567"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "keywords.py"
    file.write_text(KEYWORDS)
    return file


@pytest.fixture
def stage(tmp_path: Path, file: Path) -> Stage:
    """A journal in which one person has written JOIN and another one JION."""
    stage = Stage(f"sqlite:///{tmp_path}/infobip-rules.db", load_rules([file]))
    stage.says("JOIN", person=ANA)
    stage.says("JION", person=IVO)
    return stage


def asked(start: Start, *arguments: str | Path, code: int = 0) -> str:
    command = start("trace", *arguments)
    assert command.wait() == code, command.said
    return "\n".join(command.out if code == 0 else command.err)


@pytest.mark.usefixtures("stage")
def test_a_signal_is_told_by_its_story_and_every_condition(bare: Start) -> None:
    said = asked(bare, "2")
    assert "None of 2 rules matched InfobipSmsReceivedMessage 2; nearest: *Join* (keyword was JION)." in said
    assert "    - m.keyword == 'JOIN'   (keyword was JION)\n  + client: ClientAgent  = ClientAgent#1" in said


@pytest.mark.usefixtures("stage")
def test_what_a_rule_did_is_told(bare: Start) -> None:
    said = asked(bare, "1")
    assert "*Join* fired: signal matched, client found; sent 1 message, deleted InfobipSmsReceivedMessage." in said
    assert f"  > to {MASKED}: Welcome!" in said


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("name", ["last", "in-2", "2"])
def test_a_signal_goes_by_its_id_its_message_or_as_the_last(bare: Start, name: str) -> None:
    assert "Signal 2 " in asked(bare, name)


def test_the_last_is_what_somebody_wrote_and_no_report_behind_it(bare: Start, stage: Stage) -> None:
    stage.reports("DELIVERED")

    assert "Signal 2 InfobipSmsReceivedMessage" in asked(bare, "last")
    # No rule listens to reports, so that this one was not evaluated.
    assert "No trace is kept of signal 3, which is done." in asked(bare, "last-signal", code=1)


def test_if_nobody_wrote_the_last_is_any_signal(bare: Start, tmp_path: Path, file: Path) -> None:
    stage = Stage(f"sqlite:///{tmp_path}/infobip-rules.db", load_rules([file]))
    stage.sent.append("out-1")
    stage.reports("DELIVERED")

    assert "No trace is kept of signal 1, which is done." in asked(bare, "last", code=1)


def test_a_reply_leads_to_its_signal(bare: Start, stage: Stage) -> None:
    assert "Signal 1 " in asked(bare, stage.sent[0])


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("name", ["join", "news/join", "Join.", "JOIN"])
def test_one_rule_is_asked_for_by_name_title_or_id(bare: Start, name: str) -> None:
    said = asked(bare, "2", "--rule", name)
    assert said.startswith("Not fired: *Join* (keyword was JION)")
    assert "Stop" not in said


@pytest.mark.usefixtures("stage")
def test_a_rule_that_there_is_none_of_has_its_nearest_name_told(bare: Start) -> None:
    assert "names no rule jon. Did you mean 'join'?" in asked(bare, "2", "--rule", "jon", code=1)


@pytest.mark.usefixtures("stage")
def test_json_is_the_whole_trace_with_numbers_masked(bare: Start) -> None:
    said = asked(bare, "1", "--json")
    document = json.loads(said)
    assert document["fired"][0]["rule"] == "news/join"
    assert document["session"] == MASKED
    assert ANA not in said
    assert [rule["rule"] for rule in json.loads(asked(bare, "1", "--rule", "stop", "--json"))] == ["news/stop"]


@pytest.mark.usefixtures("stage")
def test_no_number_is_shown_whole(bare: Start) -> None:
    assert not {ANA, IVO} & set(asked(bare, "1").split())
    assert ANA not in asked(bare, "1")


@pytest.mark.parametrize("name", ["99", "nothing", "9" * 30, "9" * 5_000, "last"])
def test_a_signal_that_there_is_none_of_is_said(bare: Start, tmp_path: Path, name: str) -> None:
    FileJournal.open(f"sqlite:///{tmp_path}/infobip-rules.db", clock=StoppedClock()).close()
    assert "The journal has no signal" in asked(bare, name, code=1)


def test_without_a_trace_the_way_to_one_is_told(bare: Start, tmp_path: Path) -> None:
    fill(tmp_path)
    assert f"infobip-rules trace {DEAD} --rules PATH" in asked(bare, str(DEAD), code=1)


@pytest.mark.parametrize("number", [DEAD, PENDING])
def test_without_a_trace_the_signal_is_evaluated_again_without_effects(
    bare: Start, tmp_path: Path, file: Path, number: int
) -> None:
    url = fill(tmp_path)
    with FileReader.open(url) as reader:
        before = [reader.read(rows) for rows in (store.list_inbox, store.list_outbox, store.list_traces)]
    assert "None of 2 rules matched" in asked(bare, str(number), "--rules", file)
    with FileReader.open(url) as reader:
        assert [reader.read(rows) for rows in (store.list_inbox, store.list_outbox, store.list_traces)] == before


def test_a_failure_is_told_with_the_lines_of_the_rule(bare: Start, stage: Stage) -> None:
    stage.says("STOP", person=ANA)
    said = asked(bare, "last")
    assert "The evaluation failed: The rule news/stop" in said
    assert 'raise ValueError("no")' in said


def test_a_session_becomes_a_conversation_that_can_be_played(bare: Start, stage: Stage, file: Path) -> None:
    stage.passes(timedelta(days=2))
    stage.reports("DELIVERED")
    stage.says("hello\nthere", person=ANA)
    said = asked(bare, "last", "--as-test", "--rules", file)
    conversation = parse(said)
    assert conversation.rules == (str(file),)
    assert conversation.steps == (
        Moment(at=NOON),
        Incoming(phone=ANA, text="JOIN now", keyword="JOIN"),
        Outgoing(phone=ANA, text="Welcome!"),
        Wait(time=timedelta(days=2)),
        Report(group="delivered"),
        Incoming(phone=ANA, text="hello\nthere now", keyword="hello\nthere"),
        Silence(),
    )


def test_a_test_shows_numbers_of_nobody(bare: Start, stage: Stage) -> None:
    stage.says(f"call {IVO}", person=IVO)
    said = asked(bare, "last", "--as-test")
    assert IVO not in said
    assert f"call {ANA} now" in said


def test_a_test_ends_with_its_signal(bare: Start, stage: Stage) -> None:
    stage.says("hello", person=ANA)
    assert "hello" not in asked(bare, "1", "--as-test")


def test_what_does_not_go_together_is_refused(bare: Start) -> None:
    assert "--as-test goes with neither" in asked(bare, "1", "--as-test", "--json", code=2)


def test_a_trace_of_another_version_is_refused(bare: Start, stage: Stage) -> None:
    stage.overwrites(1, b'{"signal": 1}')
    assert "A stored trace can't be read" in asked(bare, "1", code=1)


def test_a_signal_that_no_rule_listens_to_says_so(bare: Start, stage: Stage) -> None:
    stage.takes(replace(received("in-9"), done=True, reason="No rule listens to it."))
    assert "which is done: No rule listens to it." in asked(bare, "last", code=1)
