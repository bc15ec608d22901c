"""The host without durable-rules: rules are loaded, checked and answered where it can't be imported, in every process."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.absent import without_modules

ROOT = Path(__file__).parents[3]


@pytest.fixture
def without(tmp_path: Path) -> dict[str, str]:
    """The environment of processes that find no durable-rules."""
    return without_modules(tmp_path, "durable", "durable_rules_engine")


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


def test_it_is_absent_indeed(without: dict[str, str], tmp_path: Path) -> None:
    tried = run(["-c", "import durable.lang"], without, tmp_path)
    assert "ModuleNotFoundError: No module named 'durable'" in tried.stderr


def test_the_shipped_rules_answer_in_workers(without: dict[str, str], tmp_path: Path) -> None:
    arguments = ["--port", "0", "--workers", "1", "--first-message", "hello", "--exit-after-reply"]
    host = run(["-m", "infobip_rules", "dev", str(ROOT / "rules"), *arguments], without, tmp_path)
    assert host.returncode == 0, host.stderr
    assert "385981234567 < This is a text message with a test link!!" in host.stdout


def test_rule_files_are_checked(without: dict[str, str], tmp_path: Path) -> None:
    checked = run(["-m", "infobip_rules", "check", str(ROOT / "rules")], without, tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_file_written_for_durable_lang_is_refused_with_what_to_change(
    without: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "rules.py"
    file.write_text("from durable.lang import *\n")
    checked = run(["-m", "infobip_rules", "check", str(file)], without, tmp_path)
    assert "The file is written for durable.lang, whose rulesets are not run here." in checked.stdout + checked.stderr


def test_the_plugin_says_what_is_missing_and_how_to_get_it(without: dict[str, str], tmp_path: Path) -> None:
    tried = run(["-c", "import infobip_rules.plugin"], without, tmp_path)
    said = tried.stderr.strip().splitlines()[-1]
    assert "DurableRulesError: durable-rules is not installed. Run " in said
    assert f'{sys.executable} -m pip install --no-cache-dir "infobip-rules[durable]"' in said


@pytest.mark.parametrize("id_", [[], ["RULE012"], ["IR140"]])
def test_ids_are_explained(without: dict[str, str], tmp_path: Path, id_: list[str]) -> None:
    explained = run(["-m", "infobip_rules", "explain", *id_], without, tmp_path)
    assert explained.returncode == 0, explained.stdout + explained.stderr
    assert explained.stdout.startswith(id_[0] if id_ else "RULE")


def test_doctor_notes_it_and_finds_no_fault(without: dict[str, str], tmp_path: Path) -> None:
    program = "from infobip_rules.doctor.machine import durable_result as r; print(r().state, r().says)"
    noted = run(["-c", program], without, tmp_path)
    assert noted.stdout == "note durable-rules is not installed. Only the plugin for its hosts needs it.\n"


def test_what_is_installed_for_everybody_does_not_need_a_compiler() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [line for line in project["dependencies"] if "durable-rules" in line] == []
    assert project["optional-dependencies"]["durable"] == ["durable-rules>=2.0.28,<3"]
