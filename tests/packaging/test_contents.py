"""What is in the wheel and the sdist: all that the package has in git, and nothing else."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import infobip_rules

from .conftest import ROOT, build

NAME = f"infobip_rules-{infobip_rules.__version__}"
#: In git for CI alone.
NOT_SHIPPED = (".ci/",)
METADATA = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}


def sources() -> set[str]:
    """The files of the repository: those in git, and new ones that git does not ignore."""
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in names if name and (ROOT / name).is_file()}


def names_in_wheel(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def metadata(wheel: Path, name: str) -> Message:
    return message_from_bytes(zipfile.ZipFile(wheel).read(f"{NAME}.dist-info/{name}"))


def test_the_wheel_holds_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    package = {name for name in sources() if name.startswith("infobip_rules/")}
    assert names_in_wheel(wheel) == package | {f"{NAME}.dist-info/{name}" for name in METADATA}


def test_the_wheel_holds_pages_catalogue_grammar_scaffold_and_the_mark_of_types(wheel: Path) -> None:
    names = names_in_wheel(wheel)
    endings = {Path(name).suffix for name in names if name.startswith("infobip_rules/")}
    assert endings >= {".html", ".css", ".js", ".toml", ".lark", ".tmpl", ".typed"}
    assert "infobip_rules/py.typed" in names


def test_the_wheel_is_for_every_python_and_machine_that_the_package_is_for(wheel: Path) -> None:
    assert wheel.name == f"{NAME}-py3-none-any.whl"
    assert metadata(wheel, "METADATA")["Requires-Python"] == ">=3.11"


def test_pages_name_the_wheel_as_it_is_built(wheel: Path) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs" / "how-to").glob("*.md"), ROOT / "docs" / "from-durable-rules.md"]
    named = [name for page in pages for name in re.findall(r"dist/(\S+?\.whl)", page.read_text(encoding="utf-8"))]
    assert len(named) >= 3
    assert set(named) == {wheel.name}


def test_the_wheel_says_its_licence_and_has_its_text(wheel: Path) -> None:
    described = metadata(wheel, "METADATA")
    assert (described["License-Expression"], described["License-File"]) == ("MIT", "LICENSE")
    assert zipfile.ZipFile(wheel).read(f"{NAME}.dist-info/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_holds_what_is_in_git_but_what_ci_starts(sdist: Path) -> None:
    with tarfile.open(sdist) as packed:
        names = {name.removeprefix(f"{NAME}/") for name in packed.getnames()}
    shipped = {name for name in sources() if not name.startswith(NOT_SHIPPED)}
    assert names == shipped | {"PKG-INFO"}


def test_the_sdist_builds_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    (again,) = build(tmp_path / NAME, tmp_path / "dist", "wheel")
    assert again.read_bytes() == wheel.read_bytes()


def test_what_is_vendored_has_its_licence_beside_it(sdist: Path) -> None:
    with tarfile.open(sdist) as packed:
        names = packed.getnames()
    vendored = [name for name in names if name.endswith(".min.js")]
    assert vendored
    for name in vendored:
        library = Path(name).name.removesuffix(".min.js")
        folder = str(Path(name).parent)
        assert [other for other in names if other.startswith(f"{folder}/{library}") and "LICENSE" in other]
