"""Test folders of a project, as its configuration of pytest names them."""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: The files that pytest reads, in its order, and its section in each (https://docs.pytest.org/en/stable/reference/customize.html).
_INI = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
#: The same for TOML: the table that holds `testpaths`.
_TOML: Mapping[str, Sequence[Sequence[str]]] = {
    "pytest.toml": [("pytest",)],
    ".pytest.toml": [("pytest",)],
    "pyproject.toml": [("tool", "pytest"), ("tool", "pytest", "ini_options")],
}


def configured_test_folders(project: Path) -> Iterator[Path]:
    """The folders of `testpaths` in a project's configuration, as far as it can be read; none if it names none."""
    for name in _named(project):
        # A name may be a pattern, as in pytest; if nothing matches it is a plain name.
        with suppress(ValueError, NotImplementedError):  # not a pattern, or an absolute one
            yield from sorted(project.glob(name))
        yield project / name


def _named(project: Path) -> Iterator[str]:
    for name, section in _INI.items():
        with suppress(OSError, ValueError, configparser.Error):
            ini = configparser.ConfigParser(interpolation=None)
            ini.read(project / name, encoding="utf-8")
            yield from shlex.split(ini.get(section, "testpaths", fallback=""))
    for name, tables in _TOML.items():
        with suppress(OSError, ValueError):
            document = tomllib.loads((project / name).read_text(encoding="utf-8"))
            for table in tables:
                yield from _of_table(document, table)


def _of_table(document: Mapping[str, Any], table: Sequence[str]) -> list[str]:
    options: Any = document
    for key in table:
        options = options.get(key) if isinstance(options, Mapping) else None
    folders = options.get("testpaths") if isinstance(options, Mapping) else None
    if isinstance(folders, str):
        return shlex.split(folders)
    return [folder for folder in folders if isinstance(folder, str)] if isinstance(folders, list) else []
