"""`python -m tests.torture --kills 1000`: a long campaign; exit code 1 if anything is lost or doubled."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from .campaign import Campaign, plugin_campaign


def main() -> int:
    """Runs one campaign and prints its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Kill a host again and again.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--plugin", action="store_true", help="the program with a host of durable-rules")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    print(f"{asked.kills} kills, seed {asked.seed}, journal and log in {folder}", flush=True)
    started = time.monotonic()
    make = plugin_campaign if asked.plugin else Campaign
    campaign = make(kills=asked.kills, seed=asked.seed, folder=folder, progress=_print_progress)
    verdict = campaign.run()
    left = campaign.unfinished()
    print(
        f"\n{verdict.acknowledged} messages of {verdict.people} people acknowledged in {time.monotonic() - started:.0f} s"
    )
    print(f"killed while: {dict(campaign.instants)}\nanswers to bodies: {dict(campaign.answers)}")
    print(f"problems: {dict(verdict.problems) or 'none'}\nunfinished: {left or 'nothing'}")
    return 1 if verdict.problems or left else 0


def _print_progress(kills: int) -> None:
    if kills % 10 == 0:
        print(f"\r{kills} kills", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
