"""Rules that look at one element twice, `forall($b: B() B(this == $b, ...))` and `A(...) from $a`, as Drools 8.31 plays them.

`same_element.jsonl.gz` holds what it answered.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.rulefiles.drl.playing import DrlPlayback

with gzip.open(Path(__file__).parent / "same_element.jsonl.gz", "rt", encoding="utf-8") as recorded:
    CASES = [json.loads(line) for line in recorded]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_rule_that_looks_at_an_element_twice_fires_as_in_drools(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path).play(case["steps"]) == case["drools"]
