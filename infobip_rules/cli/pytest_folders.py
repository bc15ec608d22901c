"""Test folders of a project, as its configuration of pytest names them."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Where pytest looks, in its order, and the section that is its own (https://docs.pytest.org/en/stable/reference/customize.html).
_INI = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}


def configured_test_folders(project: Path) -> Iterator[Path]:
    """The folders of `testpaths` in a project's configuration, as far as it can be read; none if it names none."""
    for name, section in _INI.items():
        with suppress(OSError, UnicodeDecodeError, configparser.Error):
            ini = configparser.ConfigParser(interpolation=None)
            ini.read(project / name, encoding="utf-8")
            yield from (project / folder for folder in shlex.split(ini.get(section, "testpaths", fallback="")))
    with suppress(OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        document = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
        yield from (project / folder for folder in _of_pyproject(document))


def _of_pyproject(document: Mapping[str, Any]) -> list[str]:
    tool = document.get("tool")
    options: Any = tool
    for key in ("pytest", "ini_options"):
        options = options.get(key) if isinstance(options, Mapping) else None
    folders = options.get("testpaths") if isinstance(options, Mapping) else None
    if isinstance(folders, str):
        return shlex.split(folders)
    return [folder for folder in folders if isinstance(folder, str)] if isinstance(folders, list) else []
