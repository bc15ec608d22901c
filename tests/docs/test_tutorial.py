"""The tutorial, done: a project, its own rule, its tests, a trial, a host, and a message that is followed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infobip_rules.sandbox import FakeInfobip, serve
from tests.cli.program import Program
from tests.docs.pages import blocks

PAGE = list(blocks("docs/tutorial.md"))
(RULE,) = [block for block in PAGE if block.language == "python"]
(CONVERSATION,) = [block.code for block in PAGE if block.language == "sms"]
(TOLD,) = [block.code for block in PAGE if block.language == "text"]
FOLLOWING = [block for block in PAGE if block.language == "console"]
JOURNAL = "sqlite:///dev.db"
ANA = "385981234567"


def run(folder: Path, *words: str) -> str:
    """What a command says on stdout; it has to end well."""
    with Program(words, cwd=folder, variables={}) as program:
        assert program.wait() == 0, program.said
        return "\n".join(program.out)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after step 3."""
    folder = tmp_path_factory.mktemp("tutorial")
    run(folder, "new", "my-bot")
    (folder / "my-bot" / RULE.rest).write_text(RULE.code, encoding="utf-8")
    (folder / "my-bot" / "tests" / "hours.sms.txt").write_text(CONVERSATION, encoding="utf-8")
    return folder / "my-bot"


def test_the_tests_of_the_project_pass(project: Path) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout
    assert "hours" not in done.stdout, "it fails"


def test_the_checks_find_nothing(project: Path) -> None:
    run(project, "check", "--strict", "rules/")


def test_a_message_is_followed_in_the_journal_of_a_trial(project: Path) -> None:
    trial = ("dev", "rules/", "--port", "0", "--journal", JOURNAL, "--first-message", "OPEN", "--exit-after-reply")
    assert f"{ANA} < Open daily from 9 to 17." in run(project, *trial)

    (typed,) = [block.code.splitlines() for block in FOLLOWING]
    listed, sent, traced = (run(project, *line.removeprefix("$ infobip-rules ").split()) for line in typed)
    assert "hours/tell_hours" in listed
    assert "Open daily from 9 to 17." in sent
    assert TOLD.strip() in traced


@pytest.fixture
def infobip() -> Iterator[tuple[FakeInfobip, str]]:
    fake = FakeInfobip()
    with serve(fake.app) as url:
        yield fake, url


def test_a_host_answers_for_real_with_what_setup_wrote(project: Path, infobip: tuple[FakeInfobip, str]) -> None:
    fake, url = infobip
    given = ("--base-url", url, "--api-key", fake.settings.api_key, "--phone-number", fake.settings.number)
    run(project, "setup", *given, "--adapter-base-url", "https://sms.example.com", "--no-delivery-reporting", "--yes")

    with Program(["run", "rules/", "--port", "0"], cwd=project, variables={}) as host:
        run(project, "simulate", "sms", "--text", "open", "--url", host.url)
        assert fake.wait_for(lambda: len(fake.sent_to(ANA)) == 1), host.said
        assert host.end() == 0
    assert [message.text for message in fake.sent_to(ANA)] == ["Open daily from 9 to 17."]
