"""The catalogue: complete, and true to what its examples show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infobip_rules import errors
from infobip_rules.checks import catalogue as module
from infobip_rules.checks.catalogue import catalogue
from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules

from .reviewing import findings

CHECKS = Path(module.__file__).parent
#: Those of mistakes that keep a file from being loaded are given by the error itself.
FILES = (*CHECKS.glob("*.py"), Path(errors.__file__))
USED = {id_ for file in FILES for id_ in re.findall(r'"(RULE\d{3})"', file.read_text())}
#: Entries whose examples are whole rules.
SHOWN_IN_DRL = [id_ for id_, entry in catalogue().items() if entry.before.startswith("rule ")]
SHOWN = [id_ for id_, entry in catalogue().items() if entry.before.startswith("@when_all") and id_ > "RULE010"]


def test_every_finding_is_explained_and_every_explanation_is_of_one() -> None:
    assert set(catalogue()) == USED


@pytest.mark.parametrize("id_", catalogue())
def test_an_entry_says_why(id_: str) -> None:
    entry = catalogue()[id_]

    assert entry.title
    assert entry.why.endswith(".")
    assert bool(entry.before) == bool(entry.after)


@pytest.mark.parametrize("id_", SHOWN)
def test_its_example_has_the_finding_before_and_not_after(id_: str, tmp_path: Path) -> None:
    entry = catalogue()[id_]

    def ids(code: str) -> set[str]:
        code = code.replace("...", "pass")
        indented = "\n".join(f"    {line}" for line in code.splitlines())
        return {
            finding.id for finding in findings(tmp_path, f'phone = "385981234567"\nwith ruleset("r"):\n{indented}\n')
        }

    assert id_ in ids(entry.before)
    assert id_ not in ids(entry.after)


@pytest.mark.parametrize("id_", SHOWN_IN_DRL)
def test_so_has_one_in_drl(id_: str, tmp_path: Path) -> None:
    def ids(code: str) -> set[str]:
        file = tmp_path / "shown.drl"
        file.write_text(code, encoding="utf-8")
        return {finding.id for finding in review(load_rules([file]))}

    entry = catalogue()[id_]
    assert id_ in ids(entry.before)
    assert id_ not in ids(entry.after)


def test_there_are_examples_to_try() -> None:
    assert len(SHOWN) >= 4
    assert SHOWN_IN_DRL
