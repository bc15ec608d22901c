"""docs/testing.md and README's section on it tell the truth: every block runs, every line of the tables means what it says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from infobip_rules.errors import ConversationError
from infobip_rules.testing import Rules, playing
from infobip_rules.testing.conversation import Incoming, Outgoing, Report, Wait, parse

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(DOCS)
RULES, TESTS, MARKED = [code for language, code in BLOCKS if language == "python"]
(CONVERSATION,) = [code for language, code in BLOCKS if language == "sms"]
(DIFFERENCE,) = [code for language, code in BLOCKS if language == "text"]
(INI,) = [code for language, code in BLOCKS if language == "ini"]

assert playing  # imported here for the reason that test_plugin.py gives


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with the rules of the page."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (pytester.mkdir("rules") / "quiz.py").write_text(RULES, encoding="utf-8")
    return pytester


def rows(head: str) -> list[str]:
    """The first cells of the table whose first row is `head`."""
    table = DOCS[DOCS.index(f"\n| {head} |") :].split("\n\n", 1)[0].strip().splitlines()[2:]
    return [line.strip("|").split(" | ")[0].strip() for line in table]


def coded(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_block_is_tested_here() -> None:
    assert {language for language, _ in BLOCKS} == {"python", "sms", "text", "ini"}


def test_the_conversation_goes_as_it_is_written(project: pytest.Pytester) -> None:
    (project.path / "rules" / "quiz.sms.txt").write_text(CONVERSATION, encoding="utf-8")
    project.runpytest_inprocess("rules/").assert_outcomes(passed=1)


def test_a_difference_is_shown_as_the_page_shows_it(project: pytest.Pytester) -> None:
    other = CONVERSATION.replace("< What is 6 x 7?", "< What is 6 x 8?")
    (project.path / "rules" / "quiz.sms.txt").write_text(other, encoding="utf-8")
    result = project.runpytest_inprocess("rules/")
    assert DIFFERENCE in "\n".join(result.outlines)


def test_the_tests_in_python_pass(project: pytest.Pytester) -> None:
    project.makepyfile(test_quiz=TESTS, test_marked=MARKED)
    project.runpytest_inprocess().assert_outcomes(passed=5)


def test_the_ini_line_names_the_rules(project: pytest.Pytester) -> None:
    project.makeini(f"{INI}asyncio_default_fixture_loop_scope = function\n")
    project.makepyfile(test_ini="def test_quiz(rules):\n    assert rules.receive('quiz')\n")
    project.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize("line", [code for cell in rows("line | meaning") for code in coded(cell)])
def test_every_line_of_the_table_can_be_read(line: str) -> None:
    parse(line if line.startswith("rules:") else f"> 385981234567: a\n{line}")


def test_every_kind_of_line_is_in_the_table() -> None:
    written = "\n".join(
        code for cell in rows("line | meaning") for code in coded(cell) if not code.startswith("rules:")
    )
    kinds = {type(step).__name__ for step in parse(written).steps}
    assert kinds == {"Incoming", "Outgoing", "Silence", "Wait", "Moment", "Report", "Comment"}


def test_the_reports_that_the_page_names_are_those_there_are() -> None:
    (row,) = [line for line in DOCS.splitlines() if line.startswith("| `! delivered`")]
    for group in coded(row)[1:]:
        assert isinstance(parse(f"! {group}").steps[0], Report)
    with pytest.raises(ConversationError, match="pending"):
        parse("! arrived")


def test_the_escapes_that_the_page_names_are_read() -> None:
    (row,) = [line for line in DOCS.splitlines() if line.startswith("A text of several lines")]
    escapes = [code for code in coded(row) if code.startswith("\\")]
    assert len(escapes) == 7
    (read,) = parse(f"> 385981234567: {''.join(escapes)}").steps
    assert isinstance(read, Incoming)
    assert read.text == "\n\t\r\\ \u00a0\U0001f600"


def test_every_call_of_the_table_exists_and_every_public_name_is_in_it() -> None:
    calls = [code for cell in rows("call | does") for code in coded(cell)]
    named = {re.match(r"rules\.(\w+)", call)[1] for call in calls}  # type: ignore[index]  # each is one of rules
    there = {name for name, _ in inspect.getmembers(Rules) if not name.startswith("_")}
    assert named <= there
    assert there - named == {"close", "evaluated", "rulebook"}


@pytest.mark.parametrize("name", ["receive", "deliver_report"])
def test_the_arguments_that_the_table_names_exist(name: str) -> None:
    (row,) = [line for line in DOCS.splitlines() if line.startswith(f"| `rules.{name}(")]
    named = [code for code in coded(row)[1:] if code.isidentifier()]
    assert named
    assert set(named) <= set(inspect.signature(getattr(Rules, name)).parameters)


def test_the_conversation_in_readme_goes_as_it_is_written(project: pytest.Pytester) -> None:
    (shown,) = [code for language, code in BLOCK.findall(README) if language == "sms"]
    steps = parse(shown).steps
    assert {Incoming, Outgoing, Wait} <= {type(step) for step in steps}
    (project.path / "quiz.sms.txt").write_text(f"rules: {ROOT / 'rules' / 'answer_keywords.py'}\n{shown}")
    project.runpytest_inprocess("quiz.sms.txt").assert_outcomes(passed=1)
