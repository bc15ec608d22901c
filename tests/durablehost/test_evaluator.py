"""The evaluator of durable-rules' rules: what becomes of evaluations when it is closed."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.durablehost.evaluator import DurableEvaluator
from infobip_rules.evaluators.jobs import SessionJob, SignalJob
from tests.durablehost.rulesets import host_of, rules_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class NoMark:
    """Notes nothing."""

    def begin(self, signal: int) -> None:
        """Nothing is noted."""

    def end(self) -> None:
        """Nothing is noted."""


def job(signal: int) -> SessionJob:
    payload = json.dumps({"from": "385981234567", "text": "hello"})
    kind = "InfobipSmsReceivedMessage"
    return SessionJob("385981234567", None, (SignalJob(signal, kind, payload, received_at=NOW),), NOW)


async def test_whoever_waits_behind_a_slow_body_does_not_wait_for_ever_once_it_is_closed() -> None:
    begun, ends = threading.Event(), threading.Event()

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def slow(c: Any) -> None:
            begun.set()
            ends.wait(60)

    rules, host = rules_of(declare), host_of(declare)
    evaluator = DurableEvaluator(rules, host, channels=BUILT_IN, most_firings=100, mark=NoMark())
    first = asyncio.create_task(evaluator.evaluate([job(1)]))
    assert await asyncio.to_thread(begun.wait, 60)
    second = asyncio.create_task(evaluator.evaluate([job(2)]))
    await asyncio.sleep(0)  # its thread waits for its turn from here on

    await evaluator.close()
    await evaluator.close()
    ends.set()

    async with asyncio.timeout(60):
        assert [len(verdicts) for verdicts in await first] == [1]
        with pytest.raises(asyncio.CancelledError):
            await second
