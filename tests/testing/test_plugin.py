"""The pytest plugin in runs of pytest of its own: the fixture, where rules come from, and conversation files as tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Imported here, as pytester drops whatever is first imported in a run of its own: C extensions don't take that well.
from infobip_rules.testing import playing, rules

from .conftest import QUIZ

assert playing
assert rules

ASKED = "> 385981234567 [QUIZ]: go\n< What is 6 x 7?\n| Answer by SMS: https://example.com\n"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with the quiz in a folder of rules."""
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    folder = pytester.mkdir("rules")
    (folder / "quiz.py").write_text(QUIZ.replace("\\\\n", "\\n"), encoding="utf-8")
    return pytester


def with_ini(project: pytest.Pytester, line: str) -> None:
    project.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{line}\n")


def write(project: pytest.Pytester, name: str, text: str) -> None:
    (project.path / "rules" / name).write_text(text, encoding="utf-8")


def lines_of(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


class TestTheFixture:
    def test_a_test_loads_rules(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            def test_quiz(rules):
                rules.load("rules/quiz.py")
                rules.receive("go", keyword="QUIZ")
                rules.assert_fired("ask")

            def test_of_its_own(rules):
                rules.load("rules")
                rules.assert_nothing_sent()
            """
        )
        project.runpytest_inprocess().assert_outcomes(passed=2)

    def test_the_ini_line_names_the_rules(self, project: pytest.Pytester) -> None:
        with_ini(project, "infobip_rules = rules/")
        project.makepyfile("def test_quiz(rules):\n    assert rules.receive('go', keyword='QUIZ')\n")
        project.runpytest_inprocess().assert_outcomes(passed=1)

    def test_the_marker_goes_before_the_ini_line(self, project: pytest.Pytester) -> None:
        with_ini(project, "infobip_rules = nowhere/")
        project.makepyfile(
            """
            import pytest

            @pytest.mark.infobip_rules("rules/quiz.py")
            def test_quiz(rules):
                assert rules.receive("go", keyword="QUIZ")
            """
        )
        project.runpytest_inprocess("--strict-markers").assert_outcomes(passed=1)

    def test_a_test_without_rules_is_told_how_to_name_them(self, project: pytest.Pytester) -> None:
        project.makepyfile("def test_quiz(rules):\n    rules.receive('hello')\n")
        result = project.runpytest_inprocess()
        result.assert_outcomes(failed=1)
        assert "infobip_rules = rules/ into pytest's ini file" in lines_of(result)

    def test_a_failure_points_at_the_line_of_the_test(self, project: pytest.Pytester) -> None:
        project.makepyfile(
            """
            def test_quiz(rules):
                rules.load("rules/quiz.py").receive("go")
                rules.assert_fired("ask")
            """
        )
        result = project.runpytest_inprocess()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [">       rules.assert_fired(*ask*", "E       AssertionError: quiz/ask did not fire*"]
        )
        assert "infobip_rules/testing/rules.py" not in lines_of(result)

    def test_it_is_listed_with_what_it_is_for(self, project: pytest.Pytester) -> None:
        result = project.runpytest_inprocess("--fixtures")
        result.stdout.fnmatch_lines(["rules -- *", "*Rules under test, on a journal in memory*"])


class TestConversationFiles:
    def test_one_is_a_test(self, project: pytest.Pytester) -> None:
        write(project, "quiz.sms.txt", f"rules: quiz.py\n{ASKED}")
        result = project.runpytest_inprocess("-v")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["rules/quiz.sms.txt::quiz PASSED*"])

    def test_without_a_header_the_rules_are_those_of_the_ini_line(self, project: pytest.Pytester) -> None:
        with_ini(project, "infobip_rules = rules/")
        write(project, "quiz.sms.txt", ASKED)
        project.runpytest_inprocess().assert_outcomes(passed=1)

    def test_without_either_it_is_said_how_to_name_them(self, project: pytest.Pytester) -> None:
        write(project, "quiz.sms.txt", ASKED)
        result = project.runpytest_inprocess()
        result.assert_outcomes(failed=1)
        assert 'begin the conversation with "rules: quiz.py"' in lines_of(result)

    def test_a_whole_conversation(self, project: pytest.Pytester) -> None:
        write(
            project,
            "quiz.sms.txt",
            f"rules: quiz.py\n@ 2026-11-22T10:00Z\n{ASKED}"
            "! undeliverable EC_X (permanent)\n< Sorry: EC_X True\n"
            "> 385987654321: 42\n< (nothing)\n@ +2d\n< 385981234567: Too late, it is 10:00.\n"
            "! 385981234567: delivered\n",
        )
        project.runpytest_inprocess().assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param(
                "> 385981234567 [QUIZ]: go\n< What is 6 x 8?\n",
                """rules/quiz.sms.txt:2: it went otherwise (- written, + what came)

    > 385981234567 [[]QUIZ]: go
  - < 385981234567: What is 6 x 8[?]
  + < 385981234567: What is 6 x 7[?]
    | Answer by SMS: https://example.com""",
                id="another text",
            ),
            pytest.param(
                f"{ASKED}> 42\n< Right!\n",
                """rules/quiz.sms.txt:5: it went otherwise (- written, + what came)

    > 385981234567: 42
    < 385981234567: Right!
  + < 385981234567: You get a pen.""",
                id="one too many",
            ),
            pytest.param(
                f"{ASKED}> 42\n< You get a pen.\n< Right!\n",
                """rules/quiz.sms.txt:5: it went otherwise (- written, + what came)

    > 385981234567: 42
  + < 385981234567: Right!
    < 385981234567: You get a pen.
  - < 385981234567: Right!""",
                id="in another order",
            ),
            pytest.param(
                "> 385981234567: 42\n< Right!\n",
                """    > 385981234567: 42
  - < 385981234567: Right!
  + < (nothing)""",
                id="none",
            ),
            pytest.param(
                "> 385981234567 [QUIZ]: go\n< (nothing)\n",
                """    > 385981234567 [[]QUIZ]: go
  - < (nothing)
  + < 385981234567: What is 6 x 7[?]
    | Answer by SMS: https://example.com""",
                id="no silence",
            ),
            pytest.param(
                "> 385981234567: crash\n",
                "The rule quiz/crash (*quiz.py:*) failed: ValueError: no such thing*",
                id="a rule that fails",
            ),
            pytest.param("! delivered\n", "*There is no message to report on.*", id="a report on nothing"),
            pytest.param(
                "> 385981234567: a\n> b\\q\n",
                "rules/quiz.sms.txt:3: The text holds ?q, which is no escape.*",
                id="what can not be read",
            ),
        ],
    )
    def test_a_failure_says_what_came_instead_and_where(
        self, project: pytest.Pytester, text: str, expected: str
    ) -> None:
        write(project, "quiz.sms.txt", f"rules: quiz.py\n{text}")
        result = project.runpytest_inprocess()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(expected.splitlines(), consecutive=True)
        assert "Traceback" not in lines_of(result)

    def test_rules_that_can_not_be_loaded_are_told_as_they_are_everywhere(self, project: pytest.Pytester) -> None:
        write(project, "quiz.sms.txt", f"rules: nowhere.py\n{ASKED}")
        result = project.runpytest_inprocess()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*rules/nowhere.py does not exist. Name a rule file or a folder of rule files.*"])

    def test_a_file_that_is_not_utf_8_is_said_to_be(self, project: pytest.Pytester) -> None:
        (project.path / "rules" / "quiz.sms.txt").write_bytes(b"> 385981234567: \xe8")
        result = project.runpytest_inprocess()
        result.stdout.fnmatch_lines(["rules/quiz.sms.txt is not UTF-8*"])

    def test_other_text_files_are_let_be(self, project: pytest.Pytester) -> None:
        write(project, "notes.txt", "hello")
        project.runpytest_inprocess().assert_outcomes()

    def test_several_files_know_nothing_of_each_other(self, project: pytest.Pytester) -> None:
        for name in "ab":
            write(project, f"{name}.sms.txt", f"rules: quiz.py\n{ASKED}")
        project.runpytest_inprocess().assert_outcomes(passed=2)


def test_pytest_loads_nothing_heavy_for_it() -> None:
    code = (
        "import sys, pytest, infobip_rules.testing.plugin\n"
        "heavy = {'pydantic', 'sqlalchemy', 'durable', 'httpx', 'starlette', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)), sorted(n for n in sys.modules if n.startswith('infobip_rules')))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
        cwd=Path(__file__).parent,
    )
    assert done.stdout == "[] ['infobip_rules', 'infobip_rules.testing', 'infobip_rules.testing.plugin']\n"
