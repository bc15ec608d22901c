"""The wheel of this installation: what it holds, when it is packed, and that a new project installs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infobip_rules import __version__
from infobip_rules.scaffold.own_wheel import pack_unless_indexed, wheel_unless_indexed
from infobip_rules.scaffold.project import create_project

ROOT = Path(__file__).parents[2]
#: Made of the other files, or naming the program that made the wheel.
OF_THE_MAKER = ("RECORD", "WHEEL", "METADATA")


def run(*words: str | Path, folder: Path, path: Path | None = None) -> str:
    variables = {} if path is None else {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(*words: str | Path, folder: Path) -> None:
    options = ("--no-deps", "--no-index", "--disable-pip-version-check", "--quiet")
    run("-m", "pip", *words[:1], *options, *words[1:], folder=folder)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith(OF_THE_MAKER)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made from a clone."""
    folder = tmp_path_factory.mktemp("clone") / "my-bot"
    create_project(folder, wheel=wheel_unless_indexed())
    packed = pack_unless_indexed(folder / "wheels")
    assert packed
    assert packed.name == wheel_unless_indexed()
    return folder


@pytest.fixture(scope="module")
def site(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is installed as the project's requirements say."""
    site = tmp_path_factory.mktemp("site")
    pip("install", "--target", site, "-r", "requirements.txt", folder=project)
    return site


@pytest.fixture
def indexed(project: Path, tmp_path: Path) -> Path:
    """What is installed by its name, as from an index."""
    pip("install", "--target", tmp_path / "indexed", "--find-links", "wheels", "infobip-rules", folder=project)
    return tmp_path / "indexed"


def test_it_holds_what_the_build_would_have_put_into_it(project: Path, tmp_path: Path) -> None:
    pip("wheel", "--no-build-isolation", "--wheel-dir", tmp_path, ROOT, folder=tmp_path)
    (built,) = tmp_path.glob("*.whl")
    (packed,) = (project / "wheels").glob("*.whl")

    assert packed.name == built.name
    assert contents(packed) == contents(built)


def test_one_installation_always_makes_the_same(project: Path, tmp_path: Path) -> None:
    again = pack_unless_indexed(tmp_path)

    assert again is not None
    assert again.read_bytes() == (project / "wheels" / again.name).read_bytes()


def test_a_project_s_requirements_are_met_without_an_index(project: Path, site: Path) -> None:
    said = run("-m", "infobip_rules", "check", "--strict", "rules/", folder=project, path=site)
    where = run("-c", "import infobip_rules; print(infobip_rules.__file__)", folder=project, path=site)

    assert "4 rules in 2 files" in said
    assert where.startswith(str(site))
    (wheel,) = (project / "wheels").glob("*.whl")
    assert (project / "requirements.txt").read_text().splitlines()[1:] == [f"./wheels/{wheel.name}"]


def test_no_package_of_that_name_from_elsewhere_is_taken_instead(project: Path, tmp_path: Path) -> None:
    (own,) = (project / "wheels").glob("*.whl")
    name = f"infobip_rules-{__version__}"
    (tmp_path / "elsewhere").mkdir()
    # With a build number, it is what pip prefers of two wheels of one version.
    with zipfile.ZipFile(tmp_path / "elsewhere" / f"{name}-9-py3-none-any.whl", "w") as strange:
        strange.writestr("infobip_rules/__init__.py", "raise SystemExit('a stranger')")
        about = f"Metadata-Version: 2.1\nName: infobip-rules\nVersion: {__version__}\n"
        strange.writestr(f"{name}.dist-info/METADATA", about)
        strange.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        strange.writestr(f"{name}.dist-info/RECORD", "")

    site = tmp_path / "site"
    pip(
        *("install", "--target", site, "--find-links", tmp_path / "elsewhere", "-r", "requirements.txt"), folder=project
    )

    assert (site / "infobip_rules" / "__init__.py").read_bytes() == contents(own)["infobip_rules/__init__.py"]


def test_what_came_from_an_index_is_not_packed_and_named_by_its_version(indexed: Path, tmp_path: Path) -> None:
    run("-m", "infobip_rules", "new", "next", folder=tmp_path, path=indexed)

    requirements = (tmp_path / "next" / "requirements.txt").read_text()
    assert re.search(rf"^infobip-rules=={re.escape(__version__)}$", requirements, re.M)
    assert [file.name for file in (tmp_path / "next" / "wheels").iterdir()] == ["README.md"]


def test_what_came_from_a_file_is_packed_as_it_was(project: Path, tmp_path: Path) -> None:
    (wheel,) = (project / "wheels").glob("*.whl")
    pip("install", "--target", tmp_path / "site", wheel, folder=tmp_path)

    run("-m", "infobip_rules", "new", "next", folder=tmp_path, path=tmp_path / "site")

    assert contents(tmp_path / "next" / "wheels" / wheel.name) == contents(wheel)
