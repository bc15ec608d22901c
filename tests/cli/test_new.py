"""`new`: a project that runs, and whose tests pass, as it comes, in each language of rules."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.cli.command_line import program
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.plugins.manager import Plugins
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.scaffold.project import Language, ProjectError, create_project
from infobip_rules.settings import Settings
from tests.channels.composing import sms_of
from tests.engine.sessions import NOON

from .conftest import PERSON, Start

RULE_FILES = {
    Language.PYTHON: {"replies.py"},
    Language.DRL: {"replies.drl"},
    Language.BOTH: {"replies.py", "link.drl"},
}


@pytest.fixture(params=Language)
def language(request: pytest.FixtureRequest) -> Language:
    return Language(request.param)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my-bot"
    create_project(folder)
    return folder


@pytest.fixture
def written(tmp_path: Path, language: Language) -> Path:
    """A project in each language."""
    folder = tmp_path / "my-bot"
    create_project(folder, language)
    return folder


def test_it_prints_what_it_wrote_and_says_what_comes_next(bare: Start, tmp_path: Path) -> None:
    command = bare("new", "my-bot")

    assert command.wait() == 0
    assert [line for line in command.out if not (tmp_path / line).is_file()] == []
    assert {"my-bot/rules/replies.py", "my-bot/.env.example", "my-bot/deploy/my-bot.service"} <= set(command.out)
    assert "cd my-bot" in command.err[-1]
    assert {file.name for file in (tmp_path / "my-bot" / "rules").iterdir()} == RULE_FILES[Language.BOTH]


def test_its_language_is_chosen(bare: Start, tmp_path: Path, language: Language) -> None:
    command = bare("new", "my-bot", "--lang", language)

    assert command.wait() == 0
    assert {file.name for file in (tmp_path / "my-bot" / "rules").iterdir()} == RULE_FILES[language]


def test_a_language_that_rules_are_not_written_in_is_refused(bare: Start, tmp_path: Path) -> None:
    command = bare("new", "my-bot", "--lang", "java")

    assert command.wait() == 2
    assert "'python', 'drl', 'both'" in command.said
    assert not (tmp_path / "my-bot").exists()


def test_a_wheel_that_no_index_has_comes_along(bare: Start, tmp_path: Path) -> None:
    command = bare("new", "my-bot")  # the environment of these tests is a clone's

    assert command.wait() == 0
    assert [line for line in command.out if re.fullmatch(r"my-bot/wheels/infobip_rules-.+\.whl", line)]
    assert "its wheel is in wheels/" in command.err[0]


def test_its_tests_pass_at_once(written: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"],
        cwd=written,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed in", done.stdout)


def test_every_rule_file_of_it_is_run(written: Path) -> None:
    files = {str(file) for file in (written / "rules").iterdir()}

    assert set(load_rules([written / "rules"]).sources) == files


@pytest.mark.parametrize("keyword", ["JOIN", "LINK"])
def test_its_rules_answer_in_each_language(written: Path, keyword: str) -> None:
    rulebook = load_rules([written / "rules"])
    signal = InfobipSmsReceivedMessage.model_validate(
        {"from": PERSON, "text": keyword, "receivedAt": "2026-01-15T12:00Z"}
    )

    effects = evaluate(
        rulebook, None, [signal], now=NOON, compose=BUILT_IN.compose, opening=rulebook.first_contact(PERSON)
    )

    (answer,) = [sms_of(message).text for message, _ in effects.messages]
    expected = "This is where you find us: " if (written / "rules" / "link.drl").exists() else "Send JOIN"
    assert answer.startswith({"JOIN": "Welcome!", "LINK": expected}[keyword])


def test_its_rules_are_checked_strictly(bare: Start, written: Path) -> None:
    command = bare("check", "--strict", written / "rules")

    assert command.wait() == 0
    assert "RULE" not in command.said


def test_what_its_workflow_runs_ends_well(written: Path) -> None:
    workflow = yaml.safe_load((written / ".github" / "workflows" / "rules.yml").read_text())
    install, *commands = [step["run"] for step in workflow["jobs"]["rules"]["steps"] if "run" in step]

    assert install == "pip install -r requirements-dev.txt"
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(
            shlex.split(command),
            cwd=written,
            env=os.environ
            | {
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:asyncio",
            },
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert (done.returncode, re.findall("^::", done.stdout, re.MULTILINE)) == (0, []), done.stdout


def test_it_answers_in_a_trial(bare: Start, written: Path) -> None:
    command = bare("dev", written / "rules", "--port", "0", "--first-message", "JOIN", "--exit-after-reply")

    assert command.wait() == 0
    assert command.out[1] == "385981234567 < Welcome! Send STOP to leave."


def test_no_placeholder_is_left(project: Path) -> None:
    texts = {file: file.read_text() for file in project.rglob("*") if file.is_file()}

    assert len(texts) >= 15
    assert [file for file, text in texts.items() if re.search(r"\{\{\w+\}\}|__name__|\.tmpl", text + file.name)] == []


def test_its_settings_are_ones_that_there_are(project: Path) -> None:
    names = re.findall(r"^#?(INFOBIP_\w+)=", (project / ".env.example").read_text(), re.MULTILINE)

    assert len(names) >= 5
    assert {name.removeprefix("INFOBIP_").lower() for name in names} <= Settings.model_fields.keys()


def test_its_secrets_and_journal_stay_out_of_version_control(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    for name in (".env", "infobip-rules.db", "infobip-rules.db-wal", "wheels/infobip_rules-1-py3-none-any.whl"):
        (project / name).write_text("x")

    added = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=project, capture_output=True, text=True, check=True
    ).stdout

    assert ".env.example" in added
    assert "wheels/infobip_rules-1-py3-none-any.whl" in added
    assert [line for line in added.splitlines() if line.endswith((".env", ".db", ".db-wal"))] == []


def test_the_commands_of_its_files_exist_with_their_options(project: Path) -> None:
    whole = typer.main.get_command(program(Plugins()))
    readme = (project / "README.md").read_text()
    (service,) = re.findall(
        r"^ExecStart=\S+/(infobip-rules .+)$", (project / "deploy/my-bot.service").read_text(), re.M
    )
    (arguments,) = re.findall(r"^CMD \[(.+)\]$", (project / "Dockerfile").read_text(), re.MULTILINE)
    commands = re.findall(r"^(infobip-rules [^#\n]+)", readme, re.MULTILINE)
    commands += re.findall(r"run: (infobip-rules .+)", (project / ".github/workflows/rules.yml").read_text())
    commands += [service, "infobip-rules " + re.sub(r'[",]', "", arguments)]

    assert len(commands) >= 8
    for command in commands:
        _, *words = shlex.split(command)
        context = whole.make_context("infobip-rules", list(words))
        name, found, rest = whole.resolve_command(context, words)  # type: ignore[attr-defined]  # it is a group
        found.make_context(name, rest, parent=context)


@pytest.mark.parametrize("name", ["My-Bot", "9lives", "a b", "bot-", "x" * 32, "bot_1", "böt"])
def test_a_name_that_will_not_do_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="as the name of a project"):
        create_project(tmp_path / name)

    assert not (tmp_path / name).exists()


def test_a_near_name_is_offered(bare: Start) -> None:
    command = bare("new", "My Bot")

    assert command.wait() == 2
    assert "Did you mean 'my-bot'?" in command.err[0]


def test_a_folder_with_something_in_it_is_left_alone(bare: Start, project: Path) -> None:
    (project / "rules" / "replies.py").write_text("mine")

    assert bare("new", "my-bot").wait() == 2
    assert (project / "rules" / "replies.py").read_text() == "mine"


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert create_project(tmp_path / "empty")


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("")

    with pytest.raises(ProjectError, match="is a file"):
        create_project(tmp_path / "bot")
