"""*Save as test*: what is saved passes at once where it says to keep it, whatever the project looks like."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from infobip_rules.scaffold.project import Language, create_project

from .conftest import REPLY
from .program import Program

WRITER = "385981234567"


def rules_alone(project: Path) -> str:
    (project / "rules").mkdir()
    (project / "rules" / "reply.py").write_text(REPLY)
    return "rules"


def one_file(project: Path) -> str:
    (project / "reply.py").write_text(REPLY)
    return "reply.py"


def with_tests(project: Path) -> str:
    (project / "tests").mkdir()
    return rules_alone(project)


def with_other_test_folders(project: Path) -> str:
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["of old", "spec"]\n')
    (project / "spec").mkdir()
    (project / "tests").mkdir()
    return rules_alone(project)


def with_pytest_ini(project: Path) -> str:
    (project / "pytest.ini").write_text("[pytest]\ntestpaths = spec\n")
    (project / "spec").mkdir()
    return rules_alone(project)


def with_options_in_toml_s_own_types(project: Path) -> str:
    (project / "pyproject.toml").write_text('[tool.pytest]\ntestpaths = ["spec"]\n')
    (project / "spec").mkdir()
    (project / "tests").mkdir()
    return rules_alone(project)


def with_a_file_of_pytest_s_own(project: Path) -> str:
    (project / "pytest.toml").write_text('[pytest]\ntestpaths = ["spec"]\n')
    (project / "spec").mkdir()
    (project / "tests").mkdir()
    return rules_alone(project)


def with_a_pattern_of_folders(project: Path) -> str:
    (project / "pytest.ini").write_text("[pytest]\ntestpaths = */spec\n")
    (project / "bot" / "spec").mkdir(parents=True)
    (project / "tests").mkdir()
    return rules_alone(project)


def made_by_new(project: Path) -> str:
    create_project(project)
    return "rules"


def made_by_new_in_drl(project: Path) -> str:
    create_project(project, Language.DRL)
    return "rules"


LAYOUTS = {
    rules_alone: "rules/",
    one_file: "this folder",
    with_tests: "tests/",
    with_other_test_folders: "spec/",
    with_pytest_ini: "spec/",
    with_options_in_toml_s_own_types: "spec/",
    with_a_file_of_pytest_s_own: "spec/",
    with_a_pattern_of_folders: "bot/spec/",
    made_by_new: "tests/",
    made_by_new_in_drl: "tests/",
}


@pytest.mark.parametrize("lay_out", LAYOUTS, ids=lambda lay_out: lay_out.__name__)
def test_what_is_saved_passes_where_it_says_to_keep_it(tmp_path: Path, lay_out: Callable[[Path], str]) -> None:
    project = tmp_path / "my-bot"
    project.mkdir()
    rules = lay_out(project)
    with Program(["dev", rules, "--port", "0", "--first-message", "hello"], cwd=project, variables={}) as dev:
        dev.wait_for_line("* DELIVERED")
        saved = httpx.get(f"{dev.url}/phones/{WRITER}.sms.txt", trust_env=False, timeout=60)
        assert dev.end() == 0
    place = re.search(r"keep it in (.+), then run pytest", saved.text)
    assert place is not None, saved.text
    assert place.group(1) == LAYOUTS[lay_out]
    folder = project if place.group(1) == "this folder" else project / place.group(1)
    name = re.search(r'filename="(.+)"', saved.headers["content-disposition"])
    assert name is not None
    (folder / name.group(1)).write_text(saved.text)

    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    played = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=240, check=False)

    assert played.returncode == 0, saved.text + played.stdout
    assert f"{WRITER} PASSED" in played.stdout
