"""Processes in which some modules can't be imported, as on machines where they can't be installed."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Read by Python at the start of each process, workers included.
_BLOCK = """\
import sys
from importlib.abc import MetaPathFinder


class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
"""


def without_modules(folder: Path, *names: str) -> dict[str, str]:
    """The environment of such processes; what blocks the modules is written to `folder`."""
    (folder / "sitecustomize.py").write_text(_BLOCK.replace("ABSENT", repr(names)))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
    return inherited | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
