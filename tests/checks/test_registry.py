"""Checks and findings of plugins, beside those that are built in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.checks.case import Case
from infobip_rules.checks.catalogue import CatalogueEntry, catalogue, entries_of
from infobip_rules.checks.finding import Finding, Severity
from infobip_rules.checks.registry import CHECKS, checks_of, review
from infobip_rules.errors import PluginError
from infobip_rules.plugins.manager import Plugins
from infobip_rules.rulefiles.loader import load_rules
from tests.plugins.test_manager import plugin


def entry(id_: str = "ACME001") -> CatalogueEntry:
    return CatalogueEntry(id=id_, severity=Severity.WARNING, title="Something of ours", why="So that it is found.")


def with_check(check: Any, *entries: CatalogueEntry) -> Plugins:
    return Plugins.of(acme=plugin(checks=lambda: [check], findings=lambda: entries or [entry()]))


def finding(where: str, id_: str = "ACME001") -> Finding:
    return Finding(id=id_, where=where, reason="It is so.", remedy="Let it be otherwise.")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "rules.py"
    written.write_text("\nx = 1\n# check: ignore ACME001 it is meant to be\ny = 2\n")
    return written


def reviewed(file: Path, check: Callable[[Case], Any], *entries: CatalogueEntry) -> list[tuple[str, int]]:
    return [(one.id, one.line) for one in review(load_rules([file]), with_check(check, *entries))]


def test_what_is_built_in_comes_by_the_same_hooks() -> None:
    assert tuple(check for check, _ in checks_of(Plugins())) == CHECKS
    assert "RULE001" in entries_of(Plugins())


def test_what_a_plugin_finds_stands_among_the_other_findings_in_order(file: Path) -> None:
    def look(case: Case) -> Iterator[Finding]:
        yield finding(f"{file}:2")

    assert reviewed(file, look) == [("RULE005", 1), ("ACME001", 2)]


def test_a_comment_suppresses_it(file: Path) -> None:
    assert reviewed(file, lambda case: [finding(f"{file}:4")]) == [("RULE005", 1)]


def failing(case: Case) -> Iterator[Finding]:
    yield finding("rules.py:1")
    raise ZeroDivisionError


def leaving(case: Case) -> Iterator[Finding]:
    yield finding("rules.py:1")
    raise SystemExit(4)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (leaving, "its hook checks gave the check leaving, which raised SystemExit: 4."),
        (lambda case: repeat(finding("rules.py:1")), "which found more than 10,000, maybe without end."),
        (failing, "its hook checks gave the check failing, which raised ZeroDivisionError."),
        (lambda case: ["ACME001"], "which found a str."),
        (lambda case: None, "which raised TypeError"),
        (lambda case: [finding("rules.py:1", "ACME002")], "which found ACME002: nothing explains it."),
        ("check", "its hook checks gave a str."),
    ],
)
def test_a_check_that_fails_is_named_with_its_plugin(file: Path, check: Any, said: str) -> None:
    with pytest.raises(PluginError) as raised:
        reviewed(file, check)

    assert raised.value.fact.startswith("The plugin acme (")
    assert said in raised.value.fact


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry(), entry()], "adds ACME001, which is also added by itself."),
        ([entry("RULE001")], "gave the id 'RULE001'."),
        ([entry("DOC99")], "gave the id 'DOC99'."),
        ([entry("acme1")], "gave the id 'acme1'."),
        (["ACME001"], "gave a str."),
    ],
)
def test_a_finding_whose_id_is_taken_or_none_is_the_plugins_mistake(entries: Any, said: str) -> None:
    with pytest.raises(PluginError) as raised:
        entries_of(Plugins.of(acme=plugin(findings=lambda: entries)))

    assert said in raised.value.fact


def test_two_plugins_with_findings_of_one_id_are_both_named() -> None:
    plugins = Plugins.of(acme=plugin(findings=lambda: [entry()]), other=plugin(findings=lambda: [entry()]))

    with pytest.raises(PluginError, match=r"The plugin other .*which is also added by acme "):
        entries_of(plugins)


def test_the_catalogue_of_this_process_is_that_of_its_plugins() -> None:
    assert catalogue() == entries_of(Plugins())
