"""A hundred kills at random instants, under faults of every kind: nothing lost, nothing doubled."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from .campaign import Campaign

_KILLS = 100


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_however_often_the_host_is_killed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    campaign = Campaign(kills=_KILLS, seed=seed, folder=tmp_path)

    verdict = campaign.run()

    again = f"python -m tests.torture --kills {_KILLS} --seed {seed}"
    assert verdict.problems == {}, again
    assert campaign.unfinished() == [], again
    assert verdict.acknowledged > _KILLS, again
