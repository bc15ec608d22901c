"""The host on systems for which libraries have no ready-made packages: what it does without, and what it refuses."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from infobip_rules.cli.system import UnsupportedSystemError, check_system
from tests.absent import ROOT, without_modules

#: Of these the host takes what Python has instead: musl has no re2, Windows and PyPy have no uvloop.
REPLACED = ("durable", "durable_rules_engine", "re2", "uvloop")

RULES = """
from infobip_rules import InfobipAdapterAPI
from infobip_rules.lang import *
from infobip_rules.signals import InfobipSmsReceivedMessage

with ruleset("client"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text.matches("(a|b)*(hello|hi)")))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "You wrote: " + c.signal.text)
"""

#: A pattern that takes hours by backtracking, with a text that shows it.
SLOW = r"""
from infobip_rules.regex.patterns import Regex, SlowPatternError

slow, quick = Regex("([a-z]+)+[0-9]", 0, shown="slow"), Regex("(a|b)+(hello|hi)", 0, shown="quick")
print(slow.is_linear, quick.fullmatch("abhello"), quick.fullmatch("ab"))
try:
    slow.fullmatch("a" * 60)
except SlowPatternError:
    print("given up")
"""


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of processes that find none of the libraries that are not everywhere."""
    return without_modules(tmp_path, *REPLACED)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_host_answers_without_them(bare: dict[str, str], tmp_path: Path, workers: str) -> None:
    (tmp_path / "rules.py").write_text(RULES)
    arguments = ["--port", "0", "--workers", workers, "--first-message", "hello", "--exit-after-reply"]
    host = run(["-m", "infobip_rules", "dev", "rules.py", *arguments], bare, tmp_path)
    assert host.returncode == 0, host.stderr
    assert "385981234567 < You wrote: hello" in host.stdout


def test_patterns_are_given_up_after_their_time(bare: dict[str, str], tmp_path: Path) -> None:
    done = run(["-c", SLOW], bare, tmp_path)
    assert (done.stdout.splitlines(), done.stderr) == (["False True False", "given up"], "")


def test_check_names_a_pattern_that_takes_exponential_time_there(bare: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(RULES.replace("(a|b)*(hello|hi)", "([a-z]+)+[0-9]"))
    checked = run(["-m", "infobip_rules", "check", "rules.py"], bare, tmp_path)
    assert "RULE018" in checked.stdout + checked.stderr


def test_the_command_for_systems_without_re2_installs_all_else() -> None:
    page = (ROOT / "docs" / "how-to" / "platforms.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"python -c '(.+)'\)$", page, re.MULTILINE)
    named = run(["-c", program], dict(os.environ), ROOT).stdout.split()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]  # each has a name
    assert {re.match(r"[\w-]+", line)[0] for line in named} == wanted - {"google-re2"}  # type: ignore[index]  # as above


def test_windows_is_refused_with_what_to_do() -> None:
    with pytest.raises(UnsupportedSystemError, match=r"does not run on Windows itself.* Run it in WSL"):
        check_system("win32")


@pytest.mark.parametrize("platform", ["linux", "darwin", "freebsd14"])
def test_unix_systems_are_not_refused(platform: str) -> None:
    check_system(platform)
