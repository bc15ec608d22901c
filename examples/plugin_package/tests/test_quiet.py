"""The plugin where it is installed: each hook does what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from infobip_rules_quiet import Greeted
from infobip_rules_quiet.commands import quiet
from typer.testing import CliRunner

from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.testing import Rules

RULES = Path(__file__).parents[1] / "rules"
PERSON = "385981234567"


def test_rules_in_drl_remember_by_the_fact_of_the_plugin() -> None:
    rules = Rules().load(RULES)

    assert [sent.text for sent in rules.receive("hello")] == ["Welcome!"]
    assert [sent.text for sent in rules.receive("hello")] == ["We said Welcome! already."]
    assert rules.facts(Greeted) == [Greeted(text="Welcome!")]


def test_nothing_goes_to_a_quiet_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_NUMBERS", PERSON)
    rules = Rules().load(RULES)

    assert rules.receive("hello", from_=PERSON) == ()
    assert [sent.to for sent in rules.receive("hello", from_="385910000000")] == ["385910000000"]


def test_a_rule_that_sends_under_a_short_name_is_advised(tmp_path: Path) -> None:
    file = tmp_path / "short.drl"
    file.write_text((RULES / "greeting.drl").read_text().replace("Greet whoever writes first", "r1"))

    assert [finding.id for finding in review(load_rules([file]))] == ["QUIET001"]


def test_the_command_tells_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIET_NUMBERS", f"{PERSON}, 385910000000")

    assert CliRunner().invoke(quiet, ["list"]).output == f"385910000000\n{PERSON}\n"
    assert CliRunner().invoke(quiet, ["ask", PERSON]).exit_code == 0
    assert CliRunner().invoke(quiet, ["ask", "385000000000"]).exit_code == 1
