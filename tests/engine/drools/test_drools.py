"""The engine against real Drools 8.31: the same rules, the same scenario, the same firings in the same order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.errors import RuleFileError
from infobip_rules.rulefiles.loader import load_rules
from tests.engine.drools.playback import Playback, summary
from tests.engine.drools.probes import HEADER, NAMES, NOT_EXPRESSIBLE, PYTHON

HERE = Path(__file__).parent
PROBES = {probe["id"]: probe for probe in map(json.loads, (HERE / "probes.jsonl").read_text("utf-8").splitlines())}
RECORDED = [json.loads(line) for line in (HERE / "recorded.jsonl").read_text("utf-8").splitlines()]

#: Recorded scenarios in which the engine does something else than Drools, and why.
DIFFERENCES = {
    "random 165": "a join of a pattern with itself below a `not` comes up in another order after a late insert",
    "random 374": "Drools keeps firing for a fact that the same body modified and then deleted; here it is gone",
}


@pytest.mark.parametrize("probe", PYTHON)
def test_a_probed_rule_does_what_drools_did(probe: str, tmp_path: Path) -> None:
    played = Playback(HEADER + PYTHON[probe], tmp_path).play(PROBES[probe]["steps"])
    assert played == summary(PROBES[probe]["drools"], NAMES)


def test_every_probe_is_either_played_or_has_its_reason() -> None:
    assert set(PROBES) == set(PYTHON) | set(NOT_EXPRESSIBLE)


def test_what_drools_coerces_is_refused_when_a_python_rule_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "coerced.py"
    file.write_text(
        HEADER
        + """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == 5))
    def r(c):
        pass
""",
        encoding="utf-8",
    )
    with pytest.raises(RuleFileError, match=r"coerced.py:\d+:\d+: 'text' is str, compared with 5 \(int\)"):
        load_rules([file])


@pytest.mark.parametrize(
    "case", [case for case in RECORDED if case["id"] not in DIFFERENCES], ids=lambda case: case["id"]
)
def test_a_random_rulebook_does_what_drools_did(case: dict[str, Any], tmp_path: Path) -> None:
    assert Playback(case["python"], tmp_path).play(case["steps"]) == case["drools"]


@pytest.mark.parametrize("case", [case for case in RECORDED if case["id"] in DIFFERENCES], ids=lambda case: case["id"])
def test_a_listed_difference_is_still_one(case: dict[str, Any], tmp_path: Path) -> None:
    assert Playback(case["python"], tmp_path).play(case["steps"]) != case["drools"]
