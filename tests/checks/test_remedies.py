"""What is to be done about a finding is said in the language of the file that it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules

DECLARED = "declare Visit count : int state : String end\n"
SIGNAL = 'signal: InfobipSmsReceivedMessage() from entry-point "signals"'
#: What only Python says.
PYTHON = ("shorten_url=", "no_loop()", "none(", "fact(", "c.", " | ")
CASES = {
    "RULE010": f'rule "r" when $v: Visit(count == 1, count == 2) then end\n'
    f'rule "s" when {SIGNAL} $v: Visit() not Visit() then end',
    "RULE012": 'rule "r" when $v: Visit(count > 0) then modify($v) { setCount($v.getCount() + 1) } end',
    "RULE022": f'rule "r" when {SIGNAL} Visit() then '
    'InfobipAdapterAPI.sendSmsTextMessage("385981234567", "https://www.example.com/a/long/way"); end',
    "RULE023": f'rule "r" when {SIGNAL} Visit() then '
    'InfobipAdapterAPI.sendSmsTextMessage("385981234567", "https://bit.ly/3a"); end',
    "RULE030": f'rule "r" when {SIGNAL} then insert(new Visit(1, "x")); end',
}


@pytest.mark.parametrize("id_", CASES)
def test_of_a_file_in_drl_the_remedy_is_drl(id_: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DECLARED + CASES[id_], encoding="utf-8")
    found = [finding for finding in review(load_rules([file])) if finding.id == id_]
    assert found
    for finding in found:
        said = f"{finding.reason} {finding.remedy}".replace("example.c", "").replace("rules.drl", "")
        assert not [word for word in PYTHON if word in said], said


def test_a_long_url_is_shortened_by_the_third_argument(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DECLARED + CASES["RULE022"], encoding="utf-8")
    (finding,) = [finding for finding in review(load_rules([file])) if finding.id == "RULE022"]
    assert finding.remedy == "With true as third argument, sendSmsTextMessage(phone, text, true), it has 23."


@pytest.mark.parametrize(
    ("insert", "found"),
    [
        ('drools.getEntryPoint("signals").insert(new Visit(1, "x"));', ["RULE012"]),
        ('insert(new Visit(1, "x"));', []),
    ],
)
def test_a_rule_goes_round_only_with_a_signal_that_it_finds(insert: str, found: list[str], tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(f'{DECLARED}rule "r" when Visit() from entry-point "signals" then {insert} end', encoding="utf-8")
    assert [finding.id for finding in review(load_rules([file])) if finding.id == "RULE012"] == found
