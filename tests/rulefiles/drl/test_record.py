"""Asking an oracle once more: what differs is shown, and recorded only when it is accepted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rulefiles.drl.record import main, recorded, write

PROGRAM = """#!{python}
import json, sys
assert sys.argv[1:] == ["--batch"]
for line in sys.stdin:
    asked = json.loads(line)
    fired = [{{"event": "fired", "rule": asked["drl"], "facts": []}}]
    print(json.dumps({{"id": asked["id"], "trace": fired if asked["drl"] != "silent" else []}}))
"""


def case(number: str, drl: str, *answer: str) -> dict[str, Any]:
    return {"id": number, "drl": drl, "steps": [], "mode": "cloud", "drools": list(answer)}


@pytest.fixture
def oracle(tmp_path: Path) -> Path:
    """A folder with a program that says of each scenario that its text fired."""
    program = tmp_path / "oracle"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recorded.jsonl.gz"


def test_answers_that_are_the_same_leave_the_record_as_it_is(
    oracle: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write([case("1", "a", "a()")], file)
    before = file.read_bytes()
    assert main(str(oracle), files=[file]) == 0
    assert capsys.readouterr().out == "1 scenarios asked, 0 answered otherwise than recorded.\n"
    assert file.read_bytes() == before


def test_an_answer_that_differs_is_shown_and_not_written(
    oracle: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write([case("1", "a", "a()"), case("2", "b", "c()"), case("3", "silent", "d()")], file)
    before = file.read_bytes()
    assert main(str(oracle / "oracle"), files=[file]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line in ("1", "2", "3", "-c()", "+b()", "-d()")] == [
        "2",
        "-c()",
        "+b()",
        "3",
        "-d()",
    ]
    assert shown[-2:] == [
        "3 scenarios asked, 2 answered otherwise than recorded.",
        "Nothing is written. Say `accept` to record the new answers.",
    ]
    assert file.read_bytes() == before


def test_a_difference_that_is_accepted_is_recorded(oracle: Path, file: Path) -> None:
    write([case("1", "a", "a()"), case("2", "b", "c()")], file)
    assert main(str(oracle), "accept", files=[file]) == 0
    assert [record["drools"] for record in recorded(file)] == [["a()"], ["b()"]]


def test_words_that_are_not_understood_change_nothing(oracle: Path, file: Path) -> None:
    write([case("1", "a", "b()")], file)
    assert main(str(oracle), "write", files=[file]) == 2
    assert json.dumps(recorded(file)[0]["drools"]) == '["b()"]'
