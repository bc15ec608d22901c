"""Asks real Drools about all scenarios: `python -m tests.drl.record ORACLE [COUNT SEED]`.

ORACLE is a program that reads a JSON line for each scenario (id, drl, steps, mode) and prints one with the trace of what
Drools did. Without COUNT the recorded scenarios are asked once more, and differences from what was recorded are shown; with
it so many new ones take their place.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.drl.generate import Generator
from tests.drl.playing import answered

RECORDED = Path(__file__).with_name("recorded.jsonl.gz")


def recorded() -> list[dict[str, Any]]:
    """The scenarios with their answers: id, drl, steps, mode, drools."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(cases: list[dict[str, Any]]) -> None:
    """Puts the scenarios in place of those recorded; the same ones make the same file."""
    text = "".join(json.dumps(case) + "\n" for case in cases)
    RECORDED.write_bytes(gzip.compress(text.encode(), mtime=0))


def asked(oracle: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenarios that Drools compiles, with what it did."""
    lines = "\n".join(json.dumps({key: case[key] for key in ("id", "drl", "steps", "mode")}) for case in cases)
    done = subprocess.run([oracle, "--batch"], input=lines, capture_output=True, text=True, check=True)
    traces = {one["id"]: one["trace"] for one in map(json.loads, done.stdout.splitlines())}
    answers = [{**case, "drools": answered(traces[case["id"]], case["steps"])} for case in cases]
    return [case for case in answers if "does not compile" not in case["drools"]]


def main(oracle: str, *counts: str) -> int:
    """Records or compares; 1 where an answer is another than it was."""
    if counts:
        count, seed = map(int, counts)
        generator = Generator(seed)
        write(asked(oracle, [generator.case(f"{seed}-{number}") for number in range(count)]))
        return 0
    before = {case["id"]: case["drools"] for case in recorded()}
    now = asked(oracle, recorded())
    changed = [case["id"] for case in now if case["drools"] != before[case["id"]]]
    sys.stdout.write(f"{len(now)} scenarios asked, {len(changed)} answers changed: {', '.join(changed) or 'none'}\n")
    write(now)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
