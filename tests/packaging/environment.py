"""A virtual environment that holds a wheel and what it needs, and nothing else; it asks no network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.cli.program import Program

#: First parts of the files of a distribution that are not its own in a folder of libraries: commands, and what is compiled.
_NOT_ITS_OWN = {"..", "__pycache__"}
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment; its commands are run in folders outside it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    def command(self, name: str) -> Path:
        """One of its commands."""
        return self.folder / "bin" / name

    def start(self, *arguments: str | Path, cwd: Path, **variables: str) -> Program:
        """`infobip-rules` with these arguments, as a running program."""
        return Program(arguments, cwd=cwd, variables=variables, command=[self.command("infobip-rules")])

    def run(self, *arguments: str | Path, cwd: Path) -> Program:
        """Its Python with these arguments, when it has ended."""
        with Program(arguments, cwd=cwd, variables={}, command=[self.python]) as program:
            program.wait()
        return program


def make_environment(folder: Path, wheel: Path, *, beside: Sequence[str] = ()) -> Environment:
    """A virtual environment with the wheel, what that needs, and the requirements `beside` it with what those need."""
    venv.create(folder, with_pip=False, symlinks=True)
    made = Environment(folder=folder)
    run_pip("--python", made.python, "install", "--no-deps", "--no-index", "--no-compile", wheel)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    for needed in _needed([*_requirements(site), *beside]).values():
        _borrow(needed, site)
    return made


def run_pip(*arguments: str | Path) -> str:
    """What pip of the tests' own environment says; fails if it does."""
    done = subprocess.run([*PIP, *arguments], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _requirements(site: Path) -> list[str]:
    (metadata,) = site.glob("infobip_rules-*.dist-info")
    return Distribution.at(metadata).requires or []


def _needed(requirements: Iterable[str]) -> dict[str, Distribution]:
    """The distributions here that requirements name, and those that they require in turn."""
    found: dict[str, Distribution] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in map(Requirement, requirements)]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found[name] = distribution(name)
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in done:
                done.add((name, wanted))
                waiting += [(Requirement(line), wanted) for line in found[name].requires or ()]
    return found


def _borrow(needed: Distribution, site: Path) -> None:
    """Links what a distribution has installed here into another environment."""
    for name in _tops(needed):
        if not (site / name).exists():
            (site / name).symlink_to(str(needed.locate_file(name)))


def _tops(needed: Distribution) -> Iterator[str]:
    assert needed.files, f"{needed.name} does not say what it has installed"
    yield from sorted({file.parts[0] for file in needed.files} - _NOT_ITS_OWN)
