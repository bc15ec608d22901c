"""The places that CONTRIBUTING.md and the code map name are there, and every module's tests are found by the map."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, text_of

MAP, CONTRIBUTING = "docs/code-map.md", "CONTRIBUTING.md"
_PLACE = re.compile(r"`((?:infobip_rules|tests|docs|examples|scripts|benchmarks)/[\w./-]*\w)/?(?:::(\w+))?`")
PLACES = {(page, path, name) for page in (MAP, CONTRIBUTING) for path, name in _PLACE.findall(text_of(page))}
_ROW = re.compile(r"^\| `(infobip_rules/\S+)` \| ((?:`tests/\S+`(?:, )?)+) \|$", re.MULTILINE)
#: Where the tests of modules without a file of their name are, by module or folder.
ELSEWHERE = {place: re.findall(r"`(.+?)`", tests) for place, tests in _ROW.findall(text_of(MAP))}
MODULES = [
    str(path.relative_to(ROOT))
    for path in sorted((ROOT / "infobip_rules").rglob("*.py"))
    if path.stem not in ("__init__", "__main__")
]


def has_tests_of_its_name(module: str) -> bool:
    """Whether there is a test file named after a module, in the folder of its part or one above."""
    *folders, name = module.removeprefix("infobip_rules/").split("/")
    return any(
        (ROOT / "tests" / "/".join(folders[:depth]) / f"test_{name}").is_file() for depth in range(len(folders) + 1)
    )


@pytest.mark.parametrize(("page", "path", "name"), sorted(PLACES))
def test_a_place_is_there_with_what_is_to_be_found_in_it(page: str, path: str, name: str) -> None:
    place = ROOT / path
    found = place.exists() and (not name or re.search(rf"\b{name}\b", place.read_text(encoding="utf-8")))
    assert found, f"{page}: {path} is not there, or has no {name}"


def test_every_part_of_the_package_is_on_the_map() -> None:
    parts = {
        f"`infobip_rules/{path.name}/`"
        for path in (ROOT / "infobip_rules").iterdir()
        if (path / "__init__.py").exists()
    }
    assert {part for part in parts if part not in text_of(MAP)} == set()


@pytest.mark.parametrize("module", MODULES)
def test_the_tests_of_a_module_have_its_name_or_are_on_the_map(module: str) -> None:
    folder = f"{module.rpartition('/')[0]}/"
    found = has_tests_of_its_name(module) or module in ELSEWHERE or folder in ELSEWHERE
    assert found, f"name the tests of {module} after it, or name them in {MAP}"


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_map_names_tests_that_are_there_of_modules_that_are(place: str) -> None:
    assert (ROOT / place).exists()
    assert [test for test in ELSEWHERE[place] if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("module", [place for place in ELSEWHERE if place.endswith(".py")])
def test_a_module_on_the_map_has_no_tests_of_its_name(module: str) -> None:
    assert not has_tests_of_its_name(module)
