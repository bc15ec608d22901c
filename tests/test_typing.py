"""Types as an editor sees them: files that are never run, read by mypy and by pyright, and those of docs/typing.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = ROOT / "tests" / "typing"
PYTHON = Path(sys.executable)
#: File name and line.
Place = tuple[str, int]


def mypy(files: Iterable[Path]) -> set[Place]:
    """Where mypy finds an error."""
    command = [PYTHON, "-m", "mypy", "--strict", "--no-error-summary", "--show-absolute-path", *files]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+?):(\d+): error:", ran.stdout, re.MULTILINE)
    assert ran.returncode in {0, 1}, ran.stdout + ran.stderr
    return {(Path(file).name, int(line)) for file, line in found}


def pyright(files: Iterable[Path]) -> set[Place]:
    """Where pyright finds an error."""
    config = FILES / "pyrightconfig.json"
    command = [PYTHON.with_name("basedpyright"), "--outputjson", "--pythonpath", PYTHON, "-p", config, *files]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = json.loads(ran.stdout)["generalDiagnostics"]
    errors = [one for one in found if one["severity"] == "error"]
    return {(Path(one["file"]).name, one["range"]["start"]["line"] + 1) for one in errors}


Checker = Callable[[Iterable[Path]], set[Place]]
CHECKERS = pytest.mark.parametrize("check", [mypy, pyright])


def marked(file: Path) -> set[Place]:
    """The lines that say that they are mistakes."""
    lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    return {(file.name, number) for number, line in lines if line.endswith("# error")}


@CHECKERS
def test_what_is_right_is_typed_and_what_is_wrong_is_found(check: Checker) -> None:
    mistaken = FILES / "mistaken_rules.py"
    assert check(sorted(FILES.glob("*.py"))) == marked(mistaken) != set()


@CHECKERS
def test_the_examples_of_the_guide_are_typed_as_it_says(check: Checker, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "typing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    files = [tmp_path / f"block_{number}.py" for number in range(len(blocks))]
    for file, code in zip(files, blocks, strict=True):
        file.write_text(code, encoding="utf-8")
    expected = {place for file in files for place in marked(file)}
    assert check(files) == expected != set()
