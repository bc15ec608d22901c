"""The writer of new projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.scaffold.project import Language, ProjectError, create_project


def test_the_files_are_written_without_marks_of_the_template(tmp_path: Path) -> None:
    files = create_project(tmp_path / "my-shop")
    assert files == sorted(files)
    assert all(file.is_file() for file in files)
    assert not [file for file in files if "{{" in file.read_text(encoding="utf-8") or file.suffix == ".tmpl"]
    assert not [file for file in files if "dot-" in str(file) or "__name__" in str(file)]


@pytest.mark.parametrize(
    ("language", "rules"),
    [
        (Language.PYTHON, ["replies.py"]),
        (Language.DRL, ["replies.drl"]),
        (Language.BOTH, ["link.drl", "replies.py"]),
    ],
)
def test_rules_are_in_the_language_that_is_asked_for(tmp_path: Path, language: Language, rules: list[str]) -> None:
    files = create_project(tmp_path / "my-shop", language)
    assert [file.name for file in files if file.parent.name == "rules"] == rules


def test_all_but_rules_and_their_tests_is_the_same_in_every_language(tmp_path: Path) -> None:
    def common(language: Language) -> dict[str, str]:
        folder = tmp_path / language / "my-shop"
        return {
            str(file.relative_to(folder)): file.read_text(encoding="utf-8")
            for file in create_project(folder, language)
            if file.parent.name not in {"rules", "tests"}
        }

    assert common(Language.PYTHON) == common(Language.DRL) == common(Language.BOTH)


@pytest.mark.parametrize(
    ("name", "near"),
    [("My Shop", "my-shop"), ("shop_2", "shop-2"), ("-shop-", "shop"), ("x" * 40, "x" * 31)],
)
def test_a_name_that_can_not_be_used_is_answered_with_one_that_can(tmp_path: Path, name: str, near: str) -> None:
    with pytest.raises(ProjectError, match=f"Did you mean '{near}'"):
        create_project(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_a_letter_first_has_no_near_one(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as problem:
        create_project(tmp_path / "123")
    assert "Did you mean" not in str(problem.value)


def test_an_empty_folder_may_be_there_already_and_a_used_one_may_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert create_project(tmp_path / "empty")
    with pytest.raises(ProjectError, match="is not empty"):
        create_project(tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(ProjectError, match="is a file"):
        create_project(tmp_path / "file")
