"""Test folders that a project's configuration of pytest names."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.cli.pytest_folders import configured_test_folders


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\ntestpaths = it's\n"),
        ("pytest.ini", "no configuration"),
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = "it\'s"\n'),
        ("pyproject.toml", "[tool]\npytest = 3\n"),
        ("pyproject.toml", "no configuration"),
        ("pytest.toml", "[pytest]\ntestpaths = [1]\n"),
    ],
)
def test_what_can_not_be_read_names_none(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert list(configured_test_folders(tmp_path)) == []


@pytest.mark.parametrize("name", ["**spec", "/nowhere/spec", "../spec", "spec"])
def test_a_name_that_is_no_pattern_is_a_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ntestpaths = {name}\n")
    assert list(configured_test_folders(tmp_path)) == [tmp_path / name]
