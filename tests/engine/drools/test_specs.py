"""What DRL has beyond Python rules, against real Drools 8.31: nested terms, sources, accumulates, groups, logical facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from tests.engine.drools.playback import Playback
from tests.engine.drools.specs import EPOCH, TYPES, rules_of

RECORDED = [
    json.loads(line) for line in (Path(__file__).parent / "recorded_specs.jsonl").read_text("utf-8").splitlines()
]
#: Drools was told to take elements for events, and works changes off one by one; here windows tell, of which there are none.
NO_WINDOW = "no rule looks through a window"
EVENTS = "of several changes of one element, or patterns that it reaches, Drools works off another one first"
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
    "window 30": "an element that is changed inside a window is matched in another order",
    "window 31": "an element that is changed outside a window gets in again there",
    "window 32": NO_WINDOW,
    **dict.fromkeys(("window 36", "window 74", "window 106"), EVENTS),
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
