"""Asks real Drools about all scenarios: `python -m tests.rulefiles.drl.record ORACLE [accept | COUNT SEED]`.

ORACLE is a program, or a folder with one called `oracle`, that takes `--batch`, reads a JSON line for each scenario (id, drl,
steps, mode) and prints one with the trace of what Drools did. Without more the recorded scenarios are asked once more, and
what differs from the record is shown; nothing is written. `accept` puts the new answers into the record; COUNT and SEED let
so many new scenarios take the place of all; `corners` records those of `tests.rulefiles.drl.corners` as they are now.
"""

from __future__ import annotations

import difflib
import gzip
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.rulefiles.drl.corners import cases
from tests.rulefiles.drl.generate import Generator
from tests.rulefiles.drl.playing import answered

RECORDED = Path(__file__).with_name("recorded.jsonl.gz")
#: Written by hand, with what rules of every day are made of; they are only compared.
EVERYDAY = RECORDED.with_name("everyday.jsonl.gz")
#: Of when rules look again; made by `listening`.
LISTENING = RECORDED.with_name("listening.jsonl.gz")
#: Those of `tests.rulefiles.drl.corners`.
CORNERS = RECORDED.with_name("corners.jsonl.gz")
#: What a scenario is; its answer is `drools`.
ASKED = ("id", "drl", "steps", "mode")


def recorded(file: Path = RECORDED) -> list[dict[str, Any]]:
    """The scenarios with their answers: id, drl, steps, mode, drools."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(cases: list[dict[str, Any]], file: Path = RECORDED) -> None:
    """Puts the scenarios in place of those recorded; the same ones make the same file."""
    text = "".join(json.dumps(case) + "\n" for case in cases)
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def asked(oracle: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scenarios with what Drools did; one that it said nothing of has no answer."""
    program = oracle / "oracle" if oracle.is_dir() else oracle
    lines = "".join(json.dumps({key: case[key] for key in ASKED}) + "\n" for case in cases)
    done = subprocess.run([program.resolve(), "--batch"], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    traces = {item["id"]: item["trace"] for item in map(json.loads, done.stdout.splitlines())}
    return [{**case, "drools": answered(traces.get(case["id"], ()), case["steps"])} for case in cases]


def differences(before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> list[str]:
    """For each scenario that is answered otherwise, its id and the lines that differ (- recorded, + now)."""
    answers = {case["id"]: case["drools"] for case in now}
    return [
        "\n".join([case["id"], *difflib.unified_diff(case["drools"], answers[case["id"]], "", "", n=1, lineterm="")])
        for case in before
        if answers[case["id"]] != case["drools"]
    ]


def compared(oracle: Path, file: Path, *, accept: bool) -> int:
    """Asks the recorded scenarios once more; 1 where an answer is another, which is kept only if it is accepted."""
    before = recorded(file)
    now = asked(oracle, before)
    found = differences(before, now)
    for difference in found:
        sys.stdout.write(f"{difference}\n")
    sys.stdout.write(f"{len(now)} scenarios asked, {len(found)} answered otherwise than recorded.\n")
    if found and accept:
        write(now, file)
        sys.stdout.write(f"The new answers are in {file.name}: see that tests/rulefiles/drl still passes.\n")
    elif found:
        sys.stdout.write("Nothing is written. Say `accept` to record the new answers.\n")
    return 1 if found and not accept else 0


def drawn(oracle: Path, file: Path, *, count: int, seed: int) -> int:
    """Records new scenarios in place of all, those that Drools compiles."""
    generator = Generator(seed)
    now = asked(oracle, [generator.case(f"{seed}-{number}") for number in range(count)])
    kept = [case for case in now if case["drools"] and "does not compile" not in case["drools"]]
    write(kept, file)
    sys.stdout.write(f"{len(kept)} of {count} scenarios recorded.\n")
    return 0


def main(oracle: str, *words: str, files: Sequence[Path] = (RECORDED, EVERYDAY, LISTENING, CORNERS)) -> int:
    """Compares, accepts, draws or writes down, as the words say."""
    if words == ("corners",):
        write(asked(Path(oracle), cases()), files[-1])
        return 0
    if len(words) == 2:
        return drawn(Path(oracle), files[0], count=int(words[0]), seed=int(words[1]))
    if words not in ((), ("accept",)):
        sys.stderr.write("Write ORACLE, ORACLE accept, ORACLE corners, or ORACLE COUNT SEED.\n")
        return 2
    return max([compared(Path(oracle), file, accept=bool(words)) for file in files])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
