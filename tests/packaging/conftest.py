"""The wheel and the sdist, built once, and the wheel installed where nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import account, fake, variables

from .environment import Environment, make_environment

__all__ = ["account", "fake", "variables"]

ROOT = Path(__file__).parents[2]


def build(source: Path, folder: Path, *kinds: str) -> list[Path]:
    """What hatchling builds from a source tree, in the order asked for."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", folder, *(f"--target={kind}" for kind in kinds)],
        cwd=source,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    endings = {"wheel": "*.whl", "sdist": "*.tar.gz"}
    return [next(folder.glob(endings[kind])) for kind in kinds]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The wheel and the sdist."""
    return build(ROOT, tmp_path_factory.mktemp("dist"), "wheel", "sdist")


@pytest.fixture(scope="session")
def wheel(built: list[Path]) -> Path:
    return built[0]


@pytest.fixture(scope="session")
def sdist(built: list[Path]) -> Path:
    return built[1]


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel with what it needs, and nothing else."""
    return make_environment(tmp_path_factory.mktemp("installed") / ".venv", wheel)


@pytest.fixture(scope="session")
def with_pytest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The same with pytest, as a project's requirements-dev.txt has it."""
    return make_environment(tmp_path_factory.mktemp("with-pytest") / ".venv", wheel, beside=["pytest"])
