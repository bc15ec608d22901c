"""What a new project is deployed with: the container, the Compose file, the service and the workflow, each under a linter.

It is the same whatever language the rules are in, which tests/scaffold/test_project.py holds.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from infobip_rules.scaffold.project import create_project

ROOT = Path(__file__).parents[2]
BESIDE = Path(sys.executable).parent
WORKFLOW = ".github/workflows/rules.yml"
#: In CI it has to be there: a test that lacks it fails.
SYSTEMD = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "NEED_SYSTEMD" not in os.environ, reason="systemd is not installed"
)
#: Tenths; systemd calls what is below 5.0 "OK" and what is below 2.0 good.
MOST_EXPOSED = 29


@pytest.fixture
def project(tmp_path: Path) -> Path:
    create_project(tmp_path / "my-bot")
    return tmp_path / "my-bot"


def judged(*words: str | Path) -> tuple[int, str]:
    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, done.stdout + done.stderr


def conforms(file: Path, schema: str) -> tuple[int, str]:
    return judged(BESIDE / "check-jsonschema", "--builtin-schema", schema, file)


def test_the_container_is_built_as_a_linter_wants_it(project: Path) -> None:
    assert judged(BESIDE / "hadolint", "--failure-threshold", "style", project / "Dockerfile") == (0, "")


def test_what_compiles_stays_out_of_the_container_that_runs(project: Path) -> None:
    stages = re.split(r"^(?=FROM )", (project / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]

    assert len(stages) == 2
    assert "gcc" in stages[0]
    assert "apt-get" not in stages[1]
    assert "-slim" in stages[1].splitlines()[0]


def test_what_the_container_copies_is_there_and_not_ignored(project: Path) -> None:
    everything, *let_in = (project / ".dockerignore").read_text().splitlines()
    sources = [
        source
        for words in re.findall(r"^COPY (?!--from)(.+) \S+$", (project / "Dockerfile").read_text(), re.MULTILINE)
        for source in words.split()
    ]

    assert everything == "*"
    assert sources == ["requirements.txt", "wheels/", "rules/"]
    for source in sources:
        assert (project / source).exists()
        assert f"!{source}" in let_in
    assert not [line for line in let_in if line.startswith("!") and fnmatch(".env", line[1:])]


def test_its_python_is_one_that_tests_run_on(project: Path) -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    in_container = re.findall(r"^FROM python:([\d.]+)-slim", (project / "Dockerfile").read_text(), re.MULTILINE)
    in_workflow = re.findall(r'python-version: "([\d.]+)"', (project / WORKFLOW).read_text())

    assert len(in_container) == 2
    for version in (*in_container, *in_workflow):
        assert f"Programming Language :: Python :: {version}" in about["classifiers"]


def test_compose_takes_its_file(project: Path) -> None:
    assert conforms(project / "compose.yaml", "vendor.compose-spec")[0] == 0


def test_under_compose_it_has_no_more_rights_than_it_needs_and_its_journal_stays(project: Path) -> None:
    whole = yaml.safe_load((project / "compose.yaml").read_text())
    service = whole["services"]["my-bot"]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["volumes"] == ["journal:/data"]
    assert "journal" in whole["volumes"]
    assert service["environment"]["INFOBIP_JOURNAL_URL"].startswith("sqlite:////data/")


def test_without_compose_it_has_the_same_rights_and_is_started_again(project: Path) -> None:
    service = yaml.safe_load((project / "compose.yaml").read_text())["services"]["my-bot"]
    (command,) = re.findall(r"^docker run ((?:.*\\\n)*.*)$", (project / "README.md").read_text(), re.MULTILINE)
    words = shlex.split(command)
    options = dict(pairwise(words))

    assert {"--detach", "--init", "--read-only"} <= set(words)
    assert options["--restart"] == service["restart"]
    assert options["--stop-timeout"] + "s" == service["stop_grace_period"]
    assert [options["--tmpfs"]] == service["tmpfs"]
    assert [options["--cap-drop"]] == service["cap_drop"]
    assert [options["--security-opt"]] == service["security_opt"]
    assert options["--env"] == f"INFOBIP_JOURNAL_URL={service['environment']['INFOBIP_JOURNAL_URL']}"
    assert [options["--publish"]] == service["ports"]
    assert words[-1] == "my-bot"


def test_its_page_looks_into_the_journal_that_it_is_deployed_with(project: Path) -> None:
    page = (project / "README.md").read_text()
    (journal,) = re.findall(r" --journal (\S+)$", (project / "deploy" / "my-bot.service").read_text(), re.MULTILINE)

    assert "docker compose exec my-bot infobip-rules signals" in page
    assert f"sudo .venv/bin/infobip-rules signals --journal {journal}" in page


def test_a_schema_refuses_what_is_no_compose_file_and_no_workflow(project: Path, tmp_path: Path) -> None:
    for name, schema, right, wrong in (
        ("compose.yaml", "vendor.compose-spec", "read_only", "readonly"),
        (WORKFLOW, "vendor.github-workflows", "runs-on", "run-on"),
    ):
        broken = tmp_path / "broken.yml"
        broken.write_text((project / name).read_text().replace(right, wrong))
        code, said = conforms(broken, schema)
        assert code == 1, said


def test_github_takes_its_workflow(project: Path) -> None:
    for schema in ("vendor.github-workflows", "custom.github-workflows-require-timeout"):
        code, said = conforms(project / WORKFLOW, schema)
        assert code == 0, said


def test_no_variable_moves_the_journal_of_its_unit_out_of_the_one_folder_that_it_can_write(project: Path) -> None:
    unit = (project / "deploy" / "my-bot.service").read_text()
    (command,) = re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)

    assert command.endswith(" run rules/ --journal sqlite:////var/lib/my-bot/journal.db")
    assert re.findall(r"^StateDirectory=(.+)$", unit, re.MULTILINE) == ["my-bot"]
    assert "INFOBIP_JOURNAL_URL" not in unit


@SYSTEMD
def test_systemd_takes_its_unit(project: Path, tmp_path: Path) -> None:
    unit = tmp_path / "my-bot.service"
    text = (project / "deploy" / "my-bot.service").read_text()
    unit.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE))

    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=240, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@SYSTEMD
def test_systemd_finds_its_service_hardly_exposed(project: Path) -> None:
    code, said = judged(
        *("systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}"),
        project / "deploy" / "my-bot.service",
    )

    assert code == 0, said
    (exposure,) = re.findall(r"Overall exposure level for my-bot.service: ([\d.]+)", said)
    assert float(exposure) < 3
