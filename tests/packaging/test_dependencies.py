"""The dependencies: each that is imported is named, and each that is named has its reason in the decision about them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Modules of a distribution that another names as part of itself.
PART_OF = {"pydantic-core": "pydantic"}
#: Pytest brings it: its plugin is loaded by it.
LOADED_BY = {"pytest"}
#: Used by those that find them installed.
FOUND_BY_OTHERS = {"httptools", "sniffio"}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


CORE = names(PROJECT["dependencies"])
EXTRAS = {name for lines in PROJECT["optional-dependencies"].values() for name in names(lines)}


def imported() -> set[str]:
    """The distributions of everything that the package imports, wherever in a module."""
    tops = set()
    for file in (ROOT / "infobip_rules").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                tops.add(node.module.partition(".")[0])
    known = packages_distributions()
    return {_distribution(top, known.get(top, ())) for top in tops - {*sys.stdlib_module_names, "infobip_rules"}}


def _distribution(top: str, installed: Iterable[str]) -> str:
    """The distribution that a package is imported from: of several that share its name, the one that is a dependency."""
    providers = {canonicalize_name(name) for name in installed}
    if not providers:  # one of an extra, which is not installed here
        providers = {name for name in EXTRAS if name.partition("-")[0] == top.replace("_", "-")}
    name = min(providers & (CORE | EXTRAS) or providers or {top})
    return PART_OF.get(name, name)


def test_every_library_that_is_imported_is_a_dependency() -> None:
    assert imported() - LOADED_BY <= CORE | EXTRAS


def test_every_dependency_is_used() -> None:
    unused = CORE - imported() - FOUND_BY_OTHERS
    assert unused == set()


def test_each_has_its_row_in_the_decision() -> None:
    page = (ROOT / "docs" / "decisions" / "0042-dependencies.md").read_text(encoding="utf-8").partition("\n### ")[0]
    rows = {name.strip() for cell in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE) for name in cell.split(",")}
    assert CORE | EXTRAS | {"mkdocs", "mkdocs-material"} <= rows
