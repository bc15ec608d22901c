"""The set-up script, on machines that lack something: what it names first, and that it leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

SCRIPT = Path(__file__).parents[1] / "scripts" / "set-up.sh"
TOOLS = ("sh", "dirname", "sed", "tr", "uname", "cat", "cksum", "mkdir", "rm")

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n'
UBUNTU = "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian\n"
FEDORA = "NAME=Fedora\nID=fedora\n"
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'
RHEL = 'ID="rhel"\nID_LIKE="fedora"\n'
OTHER = "ID=plan9\n"

COMPILER = "#!/bin/sh\nexit 0\n"
OLD = '#!/bin/sh\ncase "$2" in *version_info\\[:2*) echo 3.10 ;; *) exit 1 ;; esac\n'


class Machine:
    """A clone on a machine that has a few tools, and what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.commands = folder / "clone", folder / "bin"
        (self.clone / "scripts").mkdir(parents=True)
        self.commands.mkdir()
        shutil.copy(SCRIPT, self.clone / "scripts")
        (self.clone / "pyproject.toml").touch()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.commands / tool).symlink_to(found)

    def put(self, command: str, text: str) -> None:
        (self.commands / command).write_text(text)
        (self.commands / command).chmod(0o755)

    def set_up(self, *arguments: str, release: str = DEBIAN, **variables: str) -> subprocess.CompletedProcess[str]:
        (self.clone / "os-release").write_text(release)
        environment = {"PATH": str(self.commands), "OS_RELEASE": "os-release", **variables}
        command = [str(self.commands / "sh"), str(self.clone / "scripts" / "set-up.sh"), *arguments]
        return subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=240)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="the names of packages are those of Linux systems")
@pytest.mark.parametrize(
    ("release", "run", "test"),
    [
        (DEBIAN, "sudo apt install python3-venv", "sudo apt install python3-venv python3-dev gcc libc6-dev"),
        (UBUNTU, "sudo apt install python3-venv", "sudo apt install python3-venv python3-dev gcc libc6-dev"),
        (FEDORA, "sudo dnf install python3.13", "sudo dnf install python3.13-devel gcc"),
        (ROCKY, "sudo dnf install python3.12", "sudo dnf install python3.12-devel gcc"),
        (RHEL, "sudo dnf install python3.12", "sudo dnf install python3.12-devel gcc"),
        (OTHER, "Debian, Ubuntu:  sudo apt install python3-venv",
         "Debian, Ubuntu:  sudo apt install python3-venv python3-dev gcc libc6-dev"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("group", [[], ["dev"]])
def test_the_first_remedy_is_that_of_this_system(
    machine: Machine, group: list[str], release: str, run: str, test: str
) -> None:
    machine.put("python3", OLD)
    machine.put("cc", COMPILER)
    tried = machine.set_up(*group, release=release)
    said = tried.stderr.splitlines()
    assert tried.returncode == 1
    assert said[0] == "No Python that fits was found: infobip-rules runs on 3.11 and later (python3 here is 3.10)."
    assert said[1:3] == ["Any one of these does:", f"  {test if group else run}"]
    assert said[-1] == "Then run make again. Nothing was made."
    assert not (machine.clone / ".venv").exists()


@pytest.mark.parametrize("group", [[], ["dist"]])
def test_to_run_and_to_build_it_no_compiler_is_needed(machine: Machine, group: list[str]) -> None:
    said = machine.set_up(*group).stderr
    assert said.startswith("No Python that fits was found")
    assert "compiler" not in said


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_wheel_is_built_with_what_builds_it_and_without_what_tests_need() -> None:
    root = SCRIPT.parents[1]
    dist = ["make", "--dry-run", "--no-print-directory", "dist"]
    alone = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    done = subprocess.run(dist, cwd=root, env=alone, capture_output=True, text=True, timeout=240, check=True)
    groups = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

    assert done.stdout.splitlines()[0] == "sh scripts/set-up.sh dist"
    assert [Requirement(line).name for line in groups["dist"]] == ["hatchling"]


def test_the_tests_need_a_compiler_and_it_is_said_before_anything_is_made(machine: Machine) -> None:
    tried = machine.set_up("dev")
    assert tried.returncode == 1
    assert tried.stderr.startswith("No C compiler was found")
    assert not (machine.clone / ".venv").exists()


def test_only_the_python_that_was_named_is_tried(machine: Machine) -> None:
    named = machine.commands / "mine"
    machine.put("mine", OLD)
    machine.put("python3", "#!/bin/sh\ntouch was-asked\n")
    assert machine.set_up(USE_PYTHON=str(named)).returncode == 1
    assert not (machine.clone / "was-asked").exists()
