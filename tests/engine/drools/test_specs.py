"""What DRL has beyond Python rules, against real Drools 8.31: nested terms, sources, accumulates, groups, logical facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.rulebook import Rulebook
from tests.engine.drools.playback import Playback
from tests.engine.drools.specs import EPOCH, TYPES, rules_of

RECORDED = [
    json.loads(line) for line in (Path(__file__).parent / "recorded_specs.jsonl").read_text("utf-8").splitlines()
]
#: An engine in the mode for events works changes off one by one, not at the rule's turn.
EVENTS = "matches come up in another order where Drools takes elements for events"
EVENT_IDS = (0, 6, 26, 30, 31, 32, 36, 50, 53, 54, 67, 70, 74, 108)
JOINS = "the order of matches of a join whose left and right sides changed in one go"
#: Recorded scenarios in which the engine does something else than Drools, and why.
DIFFERENCES = {
    "spec 17": JOINS,
    "spec 251": f"{JOINS}, of which an activation group lets only the first fire",
    "spec 263": JOINS,
    "spec 288": "a fact whose justification a body took away goes at once; there one more match of that rule sees it",
    "spec 304": "whose change made a result, where a no-loop rule and another had a part in it",
    "spec 345": "a set is in the order of its hash codes there, in the order in which values came here",
    "spec 427": JOINS,
    **{f"window {number}": EVENTS for number in EVENT_IDS},
}


def played(case: dict[str, Any]) -> list[str]:
    playback = Playback(Rulebook(rules_of(case["rules"]), fact_types=TYPES.values()), Path())
    playback.now = EPOCH
    return playback.play(case["steps"])


@pytest.mark.parametrize(
    "case", [case for case in RECORDED if case["id"] not in DIFFERENCES], ids=lambda case: case["id"]
)
def test_random_rules_do_what_drools_did(case: dict[str, Any]) -> None:
    assert played(case) == case["drools"]


@pytest.mark.parametrize("case", [case for case in RECORDED if case["id"] in DIFFERENCES], ids=lambda case: case["id"])
def test_a_listed_difference_is_still_one(case: dict[str, Any]) -> None:
    assert played(case) != case["drools"]
