"""Background work in rounds."""

from __future__ import annotations

import asyncio
import logging

import pytest

from infobip_rules import background
from infobip_rules.background import Rounds
from infobip_rules.errors import JournalBusyError


async def test_rounds_without_rest_follow_each_other_until_stopped() -> None:
    played = 0

    async def play() -> float:
        nonlocal played
        played += 1
        if played == 3:
            rounds.stop()
        return 0

    rounds = Rounds("work", play)
    await asyncio.wait_for(rounds.run(), 10)
    assert played == 3


async def test_news_ends_a_rest() -> None:
    resting = asyncio.Event()
    played = 0

    async def play() -> float:
        nonlocal played
        played += 1
        resting.set()
        return 3600

    rounds = Rounds("work", play)
    running = asyncio.create_task(rounds.run())
    await asyncio.wait_for(resting.wait(), 10)
    resting.clear()
    rounds.wake()
    await asyncio.wait_for(resting.wait(), 10)
    rounds.stop()
    await asyncio.wait_for(running, 10)
    assert played == 2


async def test_news_during_a_round_is_not_missed() -> None:
    played = 0

    async def play() -> float:
        nonlocal played
        played += 1
        rounds.wake() if played == 1 else rounds.stop()
        return 3600

    rounds = Rounds("work", play)
    await asyncio.wait_for(rounds.run(), 10)
    assert played == 2


@pytest.mark.parametrize("problem", [JournalBusyError("The journal is full.", "Wait."), ValueError("a mistake")])
async def test_after_a_round_that_fails_the_next_is_played(
    problem: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(background, "AFTER_FAILURE", 0.001)
    played = 0

    async def play() -> float:
        nonlocal played
        played += 1
        if played == 1:
            raise problem
        rounds.stop()
        return 0

    rounds = Rounds("work", play)
    with caplog.at_level(logging.WARNING, "infobip_rules.work"):
        await asyncio.wait_for(rounds.run(), 10)
    assert played == 2
    assert caplog.records[0].getMessage().startswith("work.failed")
