"""Whether anything may bring a plugin: never no where there is one."""

from __future__ import annotations

import sys
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from infobip_rules.plugins.presence import may_bring_plugins

from .broken import installed


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is all there is to look into."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
    return tmp_path


def told_by_metadata() -> bool:
    return bool(entry_points(group="infobip_rules"))


def test_nothing_installed_brings_none(path: Path) -> None:
    assert not may_bring_plugins()
    assert not told_by_metadata()


@pytest.mark.parametrize("suffix", ["dist-info", "egg-info"])
def test_a_distribution_with_the_group_may(path: Path, suffix: str) -> None:
    installed(path, "visits", "")
    (path / "acme_visits-2.0.dist-info").rename(path / f"acme_visits-2.0.{suffix}")

    assert may_bring_plugins()


def test_one_with_other_groups_does_not(path: Path) -> None:
    installed(path, "visits", "")
    points = path / "acme_visits-2.0.dist-info" / "entry_points.txt"
    points.write_text("[pytest11]\ninfobip_rules = acme_visits\n")

    assert not may_bring_plugins()
    assert not told_by_metadata()


def test_what_is_in_an_archive_may(path: Path) -> None:
    with zipfile.ZipFile(path / "all.zip", "w"):
        sys.path.append(str(path / "all.zip"))

    assert may_bring_plugins()


def test_what_another_finder_finds_may(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_distributions(self, context: object) -> list[object]:
            return []

        def find_spec(self, *_: object) -> None:
            return None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])

    assert may_bring_plugins()


def test_this_environment_is_seen_as_it_is() -> None:
    assert may_bring_plugins() or not told_by_metadata()
