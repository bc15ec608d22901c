"""When a rule looks again, against real Drools 8.31: after changes of which fields, of what it reads in which way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.rulefiles.drl.playing import DrlPlayback
from tests.rulefiles.drl.record import LISTENING, recorded

CASES = recorded(LISTENING)
#: Scenarios in which the engine does something else than Drools, and why.
DIFFERENCES = {
    "random 102": "which match goes first behind two conditions of several patterns, where both came up in one go"
}


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] not in DIFFERENCES], ids=lambda case: case["id"])
def test_a_rule_looks_again_when_it_does_in_drools(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == case["drools"]


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] in DIFFERENCES], ids=lambda case: case["id"])
def test_a_listed_difference_is_one_of_order_only(case: dict[str, Any], tmp_path: Path) -> None:
    played = DrlPlayback(case["drl"], tmp_path).play(case["steps"])
    assert played != case["drools"]
    assert sorted(played) == sorted(case["drools"])
