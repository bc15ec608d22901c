"""Files without rules: those that are of use to others are none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules

from .reviewing import HEAD

RULE = 'with ruleset("r"):\n    @when_all(signal(InfobipSmsReceivedMessage), fact(Visit))\n    def reply(c): pass\n'


def found(folder: Path) -> list[tuple[str, str]]:
    return [(finding.id, Path(finding.file).name) for finding in review(load_rules([folder]))]


def test_a_file_that_declares_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(HEAD + RULE)
    (tmp_path / "forgotten.py").write_text('"""Rules to come."""\nGREETING = "Hello"\n')

    assert found(tmp_path) == [("RULE005", "forgotten.py")]


def test_a_file_that_another_one_imports_is_not(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text('GREETING = "Hello"\n')
    (tmp_path / "rules.py").write_text(f"from words import GREETING\n{HEAD}{RULE}")

    assert found(tmp_path) == []


def test_a_file_of_types_is_not(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(HEAD + RULE)
    (tmp_path / "types_of_ours.py").write_text("from infobip_rules import Signal\nclass Reminder(Signal): ...\n")

    assert found(tmp_path) == []


@pytest.mark.parametrize("text", ["", '// rule "to come"\n', "package orders;\n"])
def test_a_drl_file_that_declares_nothing_is_found_too(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.py").write_text(HEAD + RULE)
    (tmp_path / "forgotten.drl").write_text(text)

    assert found(tmp_path) == [("RULE005", "forgotten.drl")]


def test_a_drl_file_of_types_is_not(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(HEAD + RULE)
    (tmp_path / "types.drl").write_text("declare Order number : String end\n")

    assert "RULE005" not in {id_ for id_, _ in found(tmp_path)}
