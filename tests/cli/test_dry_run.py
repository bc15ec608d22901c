"""`replay --dry-run`: what rules would do with a stored signal, with nothing written and nothing sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.journal.sqlite.editor import FileEditor
from infobip_rules.journal.sqlite.reader import FileReader
from tests.journal import store
from tests.journal.make import ANA

from .conftest import Start
from .journals import DEAD, DONE, PENDING, fill

FAILING = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("news"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def join(c):
        print("words of the rule")
        raise LookupError(c.signal.from_)
"""
COUNTING = """
from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, none, ruleset, signal, when_all

class Seen(Fact):
    pass

with ruleset("news"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Seen)))
    def first(c):
        c.insert(Seen())
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), fact(Seen))
    def next(c):
        c.delete(c.signal)
"""


@pytest.fixture(autouse=True)
def journal(tmp_path: Path) -> str:
    return fill(tmp_path)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    file = tmp_path / "failing.py"
    file.write_text(FAILING)
    return file


def tried(start: Start, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    command = start("replay", *arguments, "--json")
    assert command.wait() == code, command.said
    records: list[dict[str, Any]] = json.loads("\n".join(command.out))
    return records


@pytest.mark.parametrize("inbox_id", [DONE, DEAD, PENDING])
def test_a_signal_of_any_state_is_tried(bare: Start, rules: Path, inbox_id: int) -> None:
    (record,) = tried(bare, str(inbox_id), "--dry-run", "--rules", rules)

    assert [firing["rule"] for firing in record["fired"]] == ["client/reply"]
    assert len(record["messages"]) == 1


def test_nothing_is_written(bare: Start, journal: str, rules: Path) -> None:
    def everything() -> list[Any]:
        with FileReader.open(journal) as reader:
            return [reader.read(rows) for rows in (store.list_inbox, store.list_outbox, store.list_sessions)]

    before = everything()
    tried(bare, str(DEAD), "--dry-run", "--rules", rules)

    assert everything() == before


def test_numbers_are_masked_and_texts_are_shown_where_asked_for(bare: Start, rules: Path) -> None:
    without = bare("replay", str(DEAD), "--dry-run", "--rules", rules)
    with_text = bare("replay", str(DEAD), "--dry-run", "--rules", rules, "--text")

    assert (without.wait(), with_text.wait()) == (0, 0)
    assert "385*****4567" in without.said
    assert "private words" not in without.said
    assert "You wrote: private words" in with_text.said
    assert ANA not in without.said + with_text.said


def test_a_rule_that_still_fails_is_named_with_its_own_frames(bare: Start, failing: Path) -> None:
    (record,) = tried(bare, str(DEAD), "--dry-run", "--rules", failing, code=1)

    assert record["rule"] == "news/join"
    assert f'File "{failing}", line 10, in join' in record["traceback"]
    assert "LookupError: 385*****4567" in record["reason"]
    assert record["messages"] == []


def test_what_a_rule_prints_is_not_among_the_data(bare: Start, failing: Path) -> None:
    command = bare("replay", str(DEAD), "--dry-run", "--rules", failing)

    assert command.wait() == 1
    assert "words of the rule" in command.err
    assert "words of the rule" not in command.out


def test_signals_of_one_session_are_tried_one_after_the_other(bare: Start, tmp_path: Path) -> None:
    rules = tmp_path / "counting.py"
    rules.write_text(COUNTING)

    records = tried(bare, str(DEAD), str(DONE), str(PENDING), "--dry-run", "--rules", rules)

    assert {record["id"]: record["fired"][0]["rule"] for record in records} == {
        DONE: "news/first",
        DEAD: "news/next",
        PENDING: "news/first",
    }


def test_all_are_the_dead_ones(bare: Start, rules: Path) -> None:
    assert [record["id"] for record in tried(bare, "--all", "--dry-run", "--rules", rules)] == [DEAD]


def test_rules_in_several_places_are_loaded_together(bare: Start, rules: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(rules.read_text().replace('"client"', '"other"').replace("c.delete(c.signal)", "pass"))

    (record,) = tried(bare, str(DEAD), "--dry-run", "--rules", other, "--rules", rules)

    assert {firing["rule"] for firing in record["fired"]} == {"other/reply", "client/reply"}


def test_a_signal_that_is_not_there_is_told(bare: Start, rules: Path) -> None:
    command = bare("replay", "99", "--dry-run", "--rules", rules)

    assert command.wait() == 1
    assert "There is no signal 99." in command.said


def test_rules_that_do_not_load_are_told(bare: Start, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("x = \n")

    assert bare("replay", str(DEAD), "--dry-run", "--rules", "broken.py").wait() == 3


def test_the_limit_on_firings_is_the_hosts(bare: Start, tmp_path: Path) -> None:
    rules = tmp_path / "counting.py"
    rules.write_text(COUNTING.replace("c.delete(c.signal)", "pass"))

    command = bare("replay", str(DEAD), "--dry-run", "--rules", rules, INFOBIP_FIRING_LIMIT="1")

    assert command.wait() == 1
    assert "Stopped after 1 firings" in command.said


def test_a_signal_whose_route_failed_is_tried_in_the_session_that_the_mended_route_says(
    bare: Start, tmp_path: Path, journal: str
) -> None:
    file = tmp_path / "routing.py"
    route = 'from infobip_rules.lang import route\n\n@route\ndef to_ivo(signal):\n    return "385987654321"\n'
    file.write_text(route + COUNTING, encoding="utf-8")
    with FileEditor.open(journal) as editor:
        editor.change(lambda connection: connection.exec_driver_sql("UPDATE inbox SET unrouted = 1"))
    records = tried(bare, "1", "2", "--dry-run", "--rules", file)
    assert [[firing["rule"] for firing in record["fired"]] for record in records] == [["news/first"], ["news/next"]]
