"""DRL against real Drools 8.31: the same text, the same scenario, the same firings in the same order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rulefiles.drl.corners import cases
from tests.rulefiles.drl.evaluating import refused
from tests.rulefiles.drl.playing import DrlPlayback, answered
from tests.rulefiles.drl.record import ASKED, CORNERS, EVERYDAY, recorded

PROBES = {
    probe["id"]: probe
    for probe in map(
        json.loads,
        (Path(__file__).parents[2] / "engine" / "drools" / "probes.jsonl").read_text("utf-8").splitlines(),
    )
}
#: Probes in which something else happens, and what.
OTHERWISE = {
    "@expires(10s) [stream]": "a signal ends with its cycle, and not after a time within it",
}
#: Probes that Drools does not compile, with what is said here.
REFUSED = {
    "unknown type in pattern": "There is no type Nope.",
    "unknown var in RHS": "nope is not known here.",
    "missing semicolon RHS": "A semicolon is missing.",
}
RECORDED = recorded()
EVERYDAY_CASES = recorded(EVERYDAY)
CORNER_CASES = recorded(CORNERS)

JOINS = (
    "the order of matches where both sides of a join, or what is inside not (...) or exists (...), changed in one go"
)
OR = "of the ways of one `or` several come up in one go; which goes first depends there on the other rules that wait"
#: Recorded scenarios in which the engine does something else than Drools, and why.
DIFFERENCES = {
    **dict.fromkeys(("21-195", "21-296", "21-395"), JOINS),
    **dict.fromkeys(("21-207", "21-388", "21-390"), OR),
}


@pytest.mark.parametrize("probe", [probe for probe in PROBES if probe not in OTHERWISE and probe not in REFUSED])
def test_a_probed_rule_does_what_drools_did(probe: str, tmp_path: Path) -> None:
    case = PROBES[probe]
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == answered(case["drools"], case["steps"])


@pytest.mark.parametrize(("probe", "said"), REFUSED.items())
def test_what_drools_does_not_compile_is_refused(probe: str, said: str, tmp_path: Path) -> None:
    (only,) = refused(PROBES[probe]["drl"], tmp_path)
    assert said in only


@pytest.mark.parametrize("case", EVERYDAY_CASES, ids=lambda case: case["id"])
def test_a_file_of_every_day_does_what_drools_did(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == case["drools"]


@pytest.mark.parametrize("case", CORNER_CASES, ids=lambda case: case["id"])
def test_in_a_corner_of_the_language_happens_what_drools_did(case: dict[str, Any], tmp_path: Path) -> None:
    if "does not compile" in case["drools"] or case["drools"] == ["error in it"]:
        assert refused(case["drl"], tmp_path)
        return
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == case["drools"]


def test_the_corners_that_are_recorded_are_those_that_are_drawn() -> None:
    asked = [{key: case[key] for key in ASKED} for case in CORNER_CASES]
    assert asked == cases()


@pytest.mark.parametrize(
    "case", [case for case in RECORDED if case["id"] not in DIFFERENCES], ids=lambda case: case["id"]
)
def test_a_random_file_does_what_drools_did(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == case["drools"]


@pytest.mark.parametrize("case", [case for case in RECORDED if case["id"] in DIFFERENCES], ids=lambda case: case["id"])
def test_a_listed_difference_is_still_one(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) != case["drools"]
