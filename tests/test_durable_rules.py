"""Loading durable-rules, as it is or lazily, and what is said if neither works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infobip_rules.durable_rules import Loading, load_extension, rebuild_command, try_extension

LOADS = "import infobip_rules.durable_rules as d; print(repr(d.try_extension())); import durable.lang"
ROOT = Path(__file__).parents[1]
#: A Python that lacks what the extension calls; CI and pyenv have one.
NEWER = [sys.executable, "python3.13", *map(str, (Path.home() / ".pyenv/versions").glob("3.13.*/bin/python"))]


def _is_newer(python: str) -> bool:
    try:
        tried = subprocess.run(
            [python, "-c", "import sys, venv; sys.exit(sys.version_info < (3, 13))"], check=False, capture_output=True
        )
    except OSError:
        return False
    return tried.returncode == 0


@pytest.fixture(scope="module")
def built_as_it_comes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment whose durable-rules was built without the symbol that Python 3.13 lacks."""
    python = next(filter(_is_newer, NEWER), None)
    if python is None:
        pytest.skip("There is no Python 3.13 here; CI has it.")
    folder = tmp_path_factory.mktemp("newer")
    subprocess.run([python, "-m", "venv", folder], check=True)
    own = str(folder / "bin" / "python")
    plain = {name: value for name, value in os.environ.items() if name != "CPPFLAGS"}
    options = ["--quiet", "--no-cache-dir", "--no-binary", "durable-rules", "--no-deps"]
    subprocess.run([own, "-m", "pip", "install", *options, "durable-rules>=2.0.28,<3"], check=True, env=plain)
    return own


def loaded_by(python: str, program: str = LOADS, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | variables
    return subprocess.run(
        [python, "-c", program], env=environment, check=False, capture_output=True, text=True, timeout=240
    )


def test_what_was_built_for_this_python_loads_as_it_is() -> None:
    assert load_extension() is Loading.PLAIN
    assert try_extension() is Loading.PLAIN


def test_what_lacks_a_symbol_does_not_load_by_itself(built_as_it_comes: str) -> None:
    tried = loaded_by(built_as_it_comes, "import durable.lang")
    assert "undefined symbol: PyEval_CallObject" in tried.stderr


def test_it_is_tried_once_more_lazily(built_as_it_comes: str) -> None:
    tried = loaded_by(built_as_it_comes)
    assert tried.stdout == "<Loading.LAZY: 'loads lazily'>\n", tried.stderr


def test_the_doctor_notes_that_it_is_loaded_lazily_with_what_builds_it_anew(built_as_it_comes: str) -> None:
    program = "from infobip_rules.doctor.machine import durable_result as r; print(r().state, r().says, r().hint)"
    tried = loaded_by(built_as_it_comes, program)
    assert tried.stdout.startswith("note 2.0."), tried.stderr
    assert rebuild_command().replace(sys.executable, built_as_it_comes) in tried.stdout


def test_the_flags_of_the_process_are_put_back(built_as_it_comes: str) -> None:
    program = "import sys; before = sys.getdlopenflags(); " + LOADS + "; assert sys.getdlopenflags() == before"
    assert loaded_by(built_as_it_comes, program).returncode == 0


def test_if_that_fails_too_the_command_that_builds_it_is_said(built_as_it_comes: str) -> None:
    tried = loaded_by(built_as_it_comes, LD_BIND_NOW="1")
    said = tried.stderr.strip().splitlines()[-1]
    assert "undefined symbol: PyEval_CallObject" in said
    assert rebuild_command().replace(sys.executable, built_as_it_comes) in said
    assert tried.stderr.count("Traceback") == 1


def test_another_reason_is_said_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('no such library: libx.so')")
    tried = loaded_by(sys.executable, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert (
        "DurableRulesError: durable-rules can't be loaded (no such library: libx.so). Build it anew: `CPPFLAGS="
        in tried.stderr
    )
    assert tried.stderr.count("Traceback") == 1
